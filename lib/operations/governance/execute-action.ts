/**
 * Executes an approved request: exactly its plan, once. Invariants: the approvers are those of the signed decisions; the
 * plan is the one whose hash they approved; of two executors one wins; a request that was executed is not executed again,
 * and one that was interrupted is continued.
 */
import { requireApproved } from '../../domain/approval.ts';
import { ConflictError, HoldfastError } from '../../domain/errors.ts';
import { ActionPlan, type Responsible } from '../../domain/governed-action.ts';
import { RequestEnd, RequestResult, requestPartKey } from '../../domain/governed-request.ts';
import { permissionsOf } from '../../domain/permission.ts';
import type { Principal } from '../../domain/principal.ts';
import { altered } from '../storage/sealed-document.ts';
import { unlessStored } from '../storage/write-once.ts';
import type { ActionKind } from './action-kind.ts';
import { type Attempt, draftOf, recordingDenials, requirePermitted } from './audit.ts';
import { putGovernance, readGovernance } from './governance-document.ts';
import { kindOf, planAction } from './plan-action.ts';
import { type RequestView, readRequest } from './read-request.ts';
import type { GovernanceDeps } from './request-action.ts';
import { withLease } from './request-lease.ts';
import { type RequestNamed, seeRequest } from './see-request.ts';

/**
 * The result; of a request that was executed before, its stored result. InputError `not-permitted`, `unknown-request`;
 * ConflictError `not-approved`, `request-refused`, `request-expired`, `request-cancelled`, `request-running`,
 * `plan-changed`; StorageError `audit-unwritable`; and what executing throws: then the same call continues it.
 */
export async function executeAction(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  named: RequestNamed,
): Promise<RequestResult> {
  return executeRequest(deps, kinds, await seeRequest(deps, named), named.principal);
}

/** The same for a request that was read. */
export async function executeRequest(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  view: RequestView,
  principal: Principal,
): Promise<RequestResult> {
  const { tenant, id, action, planHash } = view.request;
  const attempt: Attempt = {
    ...{ principal, tenant, permission: permissionsOf(action).execute, request: id, planHash },
  };
  const { policies, approvedBy } = await recordingDenials(deps, attempt, async () => {
    const allowed = await requirePermitted(deps, attempt);
    return { policies: allowed, approvedBy: approversOf(view) };
  });
  const begun = { ...attempt, policies, approvedBy };
  if (view.result) {
    // An executor that was killed may have left no event.
    await deps.record(tenant, draftOf(begun, 'done', { records: view.result.records, details: { repeated: true } }));
    return view.result;
  }
  return withLease(deps, view.request, async () => {
    const plan = await recordingDenials(deps, attempt, async () => {
      // Somebody may have refused or cancelled it since it was read.
      approversOf(await readRequest(deps, tenant, id));
      return begin(deps, kinds, view, begun);
    });
    return finish(deps, kindOf(kinds, action), view, { ...begun, plan });
  });
}

/**
 * A request that its reader may have executed now, for where something else executes it (carry-out-request.ts). Nothing is
 * done. Throws what `executeAction` throws before it begins.
 */
export async function requireExecutable(deps: GovernanceDeps, named: RequestNamed): Promise<RequestView> {
  const view = await seeRequest(deps, named);
  const { tenant, id, action, planHash } = view.request;
  const { principal } = named;
  const attempt: Attempt = { principal, tenant, permission: permissionsOf(action).execute, request: id, planHash };
  return recordingDenials(deps, attempt, async () => {
    await requirePermitted(deps, attempt);
    approversOf(view);
    return view;
  });
}

/** Names of the approvers. ConflictError unless it can be executed. */
function approversOf({ request, state, approval }: RequestView): string[] {
  if (state === 'cancelled') throw over('request-cancelled', 'The request was cancelled.');
  if (state === 'refused') throw over('request-refused', 'The request was refused.');
  if (state === 'expired') throw over('request-expired', 'The request expired before it was executed.');
  if (request.brokeGlass) return [];
  return requireApproved(approval, requestPartKey(request.tenant, request.id, 'request'), request.rule.approvals);
}

interface Begun extends Attempt {
  readonly policies: string[];
  readonly approvedBy: string[];
}

/** Writes down that it was started, and returns the body of the plan. Under the lease. */
async function begin(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  view: RequestView,
  begun: Begun,
): Promise<unknown> {
  const { request } = view;
  const { tenant, id, action, planHash } = request;
  const key = requestPartKey(tenant, id, 'end');
  const before = (await deps.vault.head(key)) !== undefined;
  const kind = kindOf(kinds, action);
  const plan = ActionPlan.parse(JSON.parse(request.plan));
  if (plan.tenant !== tenant || plan.action !== action) throw altered(requestPartKey(tenant, id, 'request'), undefined);
  // What was started may have changed what the plan is made from.
  if (!before && !kind.keepsPlan) await requireSamePlan(deps, kind, view);
  const { policies, approvedBy, principal } = begun;
  await deps.record(tenant, draftOf(begun, 'started', { policies, ...glassOf(view), details: approvers(approvedBy) }));
  if (!before) {
    const at = deps.clock.now().toISOString();
    await putEnd(deps, key, {
      ...{ format: 'holdfast.request-end/1', request: id, tenant, action, planHash },
      ...{ end: 'started', by: principal, approvedBy, at },
    });
  }
  await requireStarted(deps, key);
  await deps.crash?.('request.started');
  return kind.plan.parse(plan.body);
}

async function requireSamePlan(deps: GovernanceDeps, kind: ActionKind, { request }: RequestView): Promise<void> {
  const again = await planAction(deps, kind, request.tenant, request.input);
  if (again.hash === request.planHash) return;
  throw new ConflictError('plan-changed', 'What would be done now is not what was approved.', {
    hint: 'Nothing was done. Request it again, and have the new plan approved.',
    details: { approved: request.planHash, now: again.hash },
  });
}

/** Whoever cancels or starts at the same moment may be first. */
async function putEnd(deps: GovernanceDeps, key: string, end: RequestEnd): Promise<void> {
  await unlessStored(putGovernance(deps, key, RequestEnd.parse(end)));
}

async function requireStarted(deps: GovernanceDeps, key: string): Promise<void> {
  const { end } = await readGovernance(deps, key, RequestEnd);
  if (end === 'cancelled') throw over('request-cancelled', 'The request was cancelled.');
}

/** Executes the plan, stores the result, records it. */
async function finish(
  deps: GovernanceDeps,
  kind: ActionKind,
  view: RequestView,
  begun: Begun & { readonly plan: unknown },
): Promise<RequestResult> {
  const { request } = view;
  const { tenant, id, planHash } = request;
  const before = (await readRequest(deps, tenant, id)).result;
  const glass = glassOf(view);
  try {
    const result = before ?? (await executed(deps, kind, view, begun));
    await deps.crash?.('request.executed');
    await deps.record(tenant, draftOf(begun, 'done', { planHash, records: result.records, ...glass }));
    return result;
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : 'internal';
    // The action failed in any case; whoever could not write the event was alarmed.
    if (code !== 'audit-unwritable' && code !== 'request-unfinished')
      await deps.record(tenant, draftOf(begun, 'failed', { code, ...glass })).catch(() => {});
    throw error;
  }
}

async function executed(
  deps: GovernanceDeps,
  kind: ActionKind,
  { request }: RequestView,
  { plan, approvedBy, principal }: Begun & { readonly plan: unknown },
): Promise<RequestResult> {
  const { tenant, id, action, planHash, requestedBy, reason, ticket, brokeGlass = false } = request;
  const responsible: Responsible = {
    ...{ request: id, requestedBy: requestedBy.name, approvedBy, reason, planHash, brokeGlass },
    ...(ticket !== undefined && { ticket }),
  };
  const { proof, records } = await kind.execute(deps, tenant, plan, responsible);
  const result = RequestResult.parse({
    ...{ format: 'holdfast.request-result/1', request: id, tenant, action, planHash, by: principal.name, approvedBy },
    ...{ proof, records, at: deps.clock.now().toISOString() },
  });
  await putGovernance(deps, requestPartKey(tenant, id, 'result'), result);
  return result;
}

function glassOf({ request }: RequestView) {
  return request.brokeGlass ? { brokeGlass: true as const } : {};
}

function approvers(approvedBy: readonly string[]): Record<string, string> {
  return approvedBy.length > 0 ? { approvedBy: approvedBy.join(', ') } : {};
}

function over(code: 'request-cancelled' | 'request-refused' | 'request-expired', message: string): ConflictError {
  return new ConflictError(code, message, { hint: 'Nothing was done. Request it again if it is still needed.' });
}
