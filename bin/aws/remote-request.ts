/**
 * Requests, decisions and their execution on an installation on AWS: written through the functions' URLs in the name of the
 * person that IAM authenticates, read from the vault with that person's own rights.
 */
import { type RequestDocument, requestDocument } from '../../lib/api/request-document.ts';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { isRequestId } from '../../lib/domain/governed-request.ts';
import { parseTenantRef, type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { listRequests } from '../../lib/operations/governance/list-requests.ts';
import { type RequestView, readRequest } from '../../lib/operations/governance/read-request.ts';
import type { Deps } from '../../lib/ports.ts';
import type { RequestStep, StepAnswer } from '../../lib/runtime/action-call.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';
import {
  type GovernedAsked,
  type GovernedOutcome,
  planOf,
  renderStarted,
  showPlan,
  UNSEEN,
} from '../commands/governed-command.ts';
import { plural } from '../terminal/format.ts';
import { renderRequests } from '../terminal/request-text.ts';
import type { Session } from '../terminal/session.ts';

type Deployed = () => Promise<DeployedInstallation>;

/** Requests it there. What needs nobody else is carried out after the person has seen its plan; nobody waits for its end. */
export async function requestThere(
  session: Session,
  deployed: Deployed,
  asked: GovernedAsked,
): Promise<GovernedOutcome> {
  const { action, tenant, input, reason, ticket, breakGlass } = asked;
  const { sendAction } = await import('../../lib/runtime/action-call.ts');
  if (breakGlass)
    await session.confirm(`Execute the action ${action} without approvals? It alarms.`, asked.yes, UNSEEN);
  const body = { action, tenant, input, reason, ...(ticket !== undefined && { ticket }), start: false, breakGlass };
  const made = await sendAction(await deployed(), body);
  const { id, planHash, approvals, until, sentences } = made;
  showPlan(session, made);
  const outcome = { request: id, tenant, action, planHash, plan: sentences, approvals, until, result: null };
  if (breakGlass) return { ...outcome, state: 'started' };
  if (approvals > 0) return { ...outcome, state: 'waiting' };
  try {
    await (asked.confirm?.({ format: 'holdfast.action-plan/1', action, tenant, sentences, body: null }) ??
      session.confirm('Do exactly this?', asked.yes, UNSEEN));
  } catch (error) {
    await stepThere(deployed, { step: 'cancel', tenant, id });
    throw error;
  }
  await stepThere(deployed, { step: 'execute', tenant, id });
  return { ...outcome, state: 'started' };
}

/** Starts or cancels a request. Throws what sendRequestStep throws. */
async function stepThere(deployed: Deployed, step: RequestStep): Promise<StepAnswer> {
  const { sendRequestStep } = await import('../../lib/runtime/action-call.ts');
  return sendRequestStep(await deployed(), step);
}

/** The same for a command: shows the request as it is afterwards. */
export async function showStepThere(session: Session, deployed: Deployed, step: RequestStep): Promise<void> {
  const { tenant, id, started } = await stepThere(deployed, step);
  const document = requestDocument(await readRequest(await session.deps(), tenant, id));
  session.emit(document, () => {
    const shown = renderRequests([document], session);
    if (step.step !== 'execute') return shown;
    return `${shown}${started ? renderStarted(session, id) : 'It is being carried out, or was a moment ago.\n'}`;
  });
}

/** Reviews what somebody executed without approvals, and shows the request. */
export async function reviewThere(
  session: Session,
  deployed: Deployed,
  { tenant, id, comment }: Pick<RequestStep, 'tenant' | 'id'> & { readonly comment: string },
): Promise<void> {
  const deps = await session.deps();
  const { action, planHash: hash } = (await readRequest(deps, tenant, id)).request;
  const { sendDecision } = await import('../../lib/runtime/approval-call.ts');
  await sendDecision(await deployed(), { tenant, id, hash, action, decision: 'review', comment });
  const document = requestDocument(await readRequest(deps, tenant, id));
  session.emit(document, () => renderRequests([document], session));
}

/** Those that wait for a decision; of some tenants, or of all. */
export async function waitingThere(session: Session, tenants?: readonly TenantRef[]): Promise<RequestDocument[]> {
  const deps = await session.deps();
  const seenBy = await session.principal();
  const found: RequestView[] = [];
  for (const tenant of tenants ?? [undefined])
    found.push(...(await listRequests(deps, { ...(tenant && { tenant }), ended: 0, seenBy })));
  return found.filter(({ state }) => state === 'waiting').map(requestDocument);
}

/** References that the text can mean, an id first: an approver may not read the catalog, which would tell. */
export function refsTyped(deps: Pick<Deps, 'installation'>, typed: string): TenantRef[] {
  const ref = parseTenantRef(typed);
  return [refOf(deps, tenantId(typed)), ...(ref === undefined ? [] : [ref])];
}

/** Undefined where no tenant of that name has such a request. */
export async function findRequestThere(
  deps: Deps,
  tenants: readonly TenantRef[],
  id: string,
): Promise<RequestView | undefined> {
  if (!isRequestId(id)) return undefined;
  for (const tenant of tenants) {
    try {
      return await readRequest(deps, tenant, id);
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'unknown-request')) throw error;
    }
  }
  return undefined;
}

/** Shows the plan, and sends the decision on exactly that. */
export async function decideThere(
  session: Session,
  deployed: Deployed,
  view: RequestView,
  { refuse = false, yes = false }: { readonly refuse?: boolean; readonly yes?: boolean },
): Promise<void> {
  const { request } = view;
  const { tenant, id, action, planHash: hash } = request;
  showPlan(session, planOf(request));
  session.remark(renderRequests([requestDocument(view)], session), true);
  await session.confirm(refuse ? 'Refuse this request?' : 'Approve exactly this plan?', yes, {
    message: 'Approving needs a person who has seen the plan, and there is no terminal.',
    hint: 'Read the plan (`holdfast requests TENANT`), then pass --yes.',
  });
  const { sendDecision } = await import('../../lib/runtime/approval-call.ts');
  const decision = refuse ? 'refuse' : 'approve';
  const answer = await sendDecision(await deployed(), { tenant, id, hash, decision, action });
  session.emit(answer, () => {
    const { style } = session;
    if (answer.state === 'refused') return `${style.warn('Refused.')} Nothing is done.\n`;
    if (answer.state === 'waiting')
      return `${style.good('Recorded.')} ${answer.agreed} of ${plural(answer.needed, 'approval')}: another person must approve.\n`;
    return `${style.good('Approved.')} ${renderStarted(session, id)}`;
  });
}
