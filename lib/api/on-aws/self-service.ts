/** Self-service on AWS: previews in numbers, and restores that are asked for. Backups and exports are the operators' there. */
import { planIdOfKey, restorePlanKey } from '../../domain/object-key.ts';
import { parseRestoreRequest } from '../../domain/restore-request.ts';
import { unknownRequest } from '../../operations/governance/read-request.ts';
import { seenPlan } from '../../operations/governance/seen-plan.ts';
import { approvalsOf, findApproval } from '../../operations/restore/apply/kept-approvals.ts';
import { readPreview } from '../../operations/restore/apply/read-preview.ts';
import type { OwnRequest } from '../documents/self-documents.ts';
import { ASK_OWN_PREVIEW, ASK_OWN_RESTORE, LIST_OWN_REQUESTS, READ_OWN_REQUEST, READ_OWN_WORK } from '../facts/self.ts';
import { takeOwnQuota } from '../own-tenant.ts';
import { countsOf, ownWork } from '../own-view.ts';
import { reachable } from '../reachable.ts';
import { type ApiCall, route } from '../route.ts';
import { idOf } from '../routes/tenant.ts';
import {
  askedIn,
  begun,
  executionOfPlan,
  executionOfPreview,
  executionOn,
  previewOf,
  type RestoreExecution,
  shownExecution,
} from './deployed-restores.ts';
import { findAsked, ownAsked, pageOfAsked, plannedIn, plannedUnseen } from './restore-requests.ts';

type Call = Pick<ApiCall, 'deps' | 'tenant' | 'principal'>;

const askCounts = route(ASK_OWN_PREVIEW, async asked => {
  const { deps, tenant, principal, body } = asked;
  const target = await reachable(deps, tenant, body.to);
  await takeOwnQuota(asked, 'previews');
  const whose = { tenant: await idOf(deps, tenant), requestedBy: principal.name };
  const request = parseRestoreRequest({ ...whose, target, mode: body.mode, samples: 0 });
  const name = executionOfPreview(asked);
  return workOf(asked, await begun(deps, { principal, name, input: { ...request, previewOnly: true } }));
});

const askRestore = route(ASK_OWN_RESTORE, async asked => {
  const { deps, tenant, principal, body } = asked;
  const { preview, hash, reason } = body;
  await seenPlan(deps.storage, { principal, tenant, preview, hash });
  await takeOwnQuota(asked, 'previews');
  const input = { plan: restorePlanKey(tenant, preview), tenant, reason };
  return workOf(asked, await begun(deps, { principal, name: executionOfPlan(preview), input }));
});

const followWork = route(READ_OWN_WORK, async asked =>
  workOf(asked, await executionOn(asked.deps, asked.tenant, asked.path.work!)),
);

/** A restore that waits for people is no work that anybody waits for: it was asked for, and is followed as a request. */
async function workOf(asked: Call, execution: RestoreExecution): Promise<ReturnType<typeof ownWork>> {
  const shown = shownExecution(asked.tenant, execution);
  const preview = previewOf(execution);
  if (preview !== undefined) return ownWork({ ...shown, result: await countsIn(asked, preview) }, asked.principal);
  const { plan } = askedIn(execution);
  const id = plan === undefined ? undefined : planIdOfKey(asked.tenant, plan);
  if (id === undefined || shown.state === 'failed') return ownWork(shown, asked.principal);
  const request = await ownRequestOf(asked, id, execution);
  if (request.state === 'executing') return ownWork(shown, asked.principal);
  const result = { kind: 'request', request, applied: request.state === 'done' };
  return ownWork({ ...shown, state: 'done', endedAt: shown.endedAt ?? request.askedAt, result }, asked.principal);
}

async function countsIn({ deps, tenant }: Call, id: string) {
  const { preview } = await readPreview(deps.storage, tenant, id);
  return countsOf({ preview, id: preview.totals.rows > 0 ? id : null });
}

/** InputError `unknown-request`. */
async function ownRequestOf(
  { deps, tenant, principal }: Call,
  id: string,
  execution?: RestoreExecution,
): Promise<OwnRequest> {
  const asked =
    execution === undefined
      ? await findAsked(deps, tenant, id)
      : { tenant, id, approval: await findApproval(deps.storage, tenant, id), execution };
  return ownAsked(deps, principal, asked, plannedIn(deps, await readPreview(deps.storage, tenant, id)));
}

const listRequests = route(LIST_OWN_REQUESTS, async ({ deps, tenant, principal, query }) => {
  const { found, next } = await pageOfAsked(deps, await approvalsOf(deps.storage, tenant), query);
  const requests = found.map(each => ownAsked(deps, principal, each, plannedUnseen(each.approval)));
  return { requests, next };
});

const seeRequest = route(READ_OWN_REQUEST, asked => {
  const { request: id } = asked.path;
  if (id === undefined) throw unknownRequest();
  return ownRequestOf(asked, id);
});

export const SELF_SERVICE_ON_AWS = [askCounts, askRestore, followWork, listRequests, seeRequest];
