/** `approve` on one machine: shows a request with its plan, and approves or refuses exactly that. */
import { type RequestDocument, requestDocument } from '../../lib/api/request-document.ts';
import { decideRequest } from '../../lib/operations/governance/decide-request.ts';
import { listRequests } from '../../lib/operations/governance/list-requests.ts';
import { seeRequest } from '../../lib/operations/governance/see-request.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { renderRequests } from '../terminal/request-text.ts';
import type { Session } from '../terminal/session.ts';
import { planOf, showPlan } from './governed-command.ts';

/** Requests that wait for a decision; of one tenant, or of all. */
export async function waitingRequests(session: Session, tenant: string | undefined): Promise<RequestDocument[]> {
  const one = tenant === undefined ? {} : { tenant: (await askedTenant(session, tenant)).ref };
  const found = await listRequests(await session.deps(), { ...one, ended: 0, seenBy: await session.principal() });
  return found.filter(({ state }) => state === 'waiting').map(requestDocument);
}

export async function listWaiting(session: Session, tenant: string): Promise<void> {
  const waiting = await waitingRequests(session, tenant);
  session.emit({ waiting }, () => renderRequests(waiting, session));
}

export async function decideNamed(
  session: Session,
  { tenant, id }: { readonly tenant: string; readonly id: string },
  { refuse = false, yes = false }: { readonly refuse?: boolean; readonly yes?: boolean },
): Promise<void> {
  const deps = await session.governance();
  const { ref } = await askedTenant(session, tenant);
  const principal = await session.principal();
  const view = await seeRequest(deps, { principal, tenant: ref, id });
  const { request } = view;
  showPlan(session, planOf(request));
  session.remark(renderRequests([requestDocument(view)], session), true);
  await session.confirm(refuse ? 'Refuse this request?' : 'Approve exactly this plan?', yes, {
    message: 'Approving needs a person who has seen the plan, and there is no terminal.',
    hint: 'Read the plan (`holdfast requests TENANT`), then pass --yes.',
  });
  const decided = await decideRequest(deps, {
    ...{ principal, tenant: ref, id, agrees: !refuse, planHash: request.planHash },
  });
  const document = requestDocument(decided);
  session.emit(document, () => renderRequests([document], session));
}
