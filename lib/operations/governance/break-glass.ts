/**
 * Break glass: an administrator executes at once, without approvals, and answers for it. Another person reviews it
 * afterwards.
 *
 * Invariants: it alarms before anything is done, and is marked in the vault until another person's review is there; an
 * event that cannot be written alarms instead of stopping it, which is the one exception of the audit trail.
 */
import { ConflictError, HoldfastError } from '../../domain/errors.ts';
import {
  GLASS_PREFIX,
  GlassReview,
  GovernedRequest,
  glassKey,
  glassOf,
  type RequestResult,
  requestPartKey,
} from '../../domain/governed-request.ts';
import { permissionsOf } from '../../domain/permission.ts';
import { samePerson } from '../../domain/person.ts';
import type { Principal } from '../../domain/principal.ts';
import { inParallel } from '../in-parallel.ts';
import type { ActionKind } from './action-kind.ts';
import { type Attempt, draftOf, recordingDenials, requirePermitted } from './audit.ts';
import { executeRequest } from './execute-action.ts';
import { putGovernance } from './governance-document.ts';
import { type ReadDeps, type RequestView, readRequest } from './read-request.ts';
import {
  type ActionAsked,
  describeRequest,
  eventFacts,
  type GovernanceDeps,
  requirePrincipalPerson,
  requireReason,
} from './request-action.ts';
import { type RequestNamed, seeRequest } from './see-request.ts';

/** The result. InputError `not-permitted`, `reason-missing`, `no-person`; and what planning and executing throw. */
export async function breakGlass(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  asked: ActionAsked,
): Promise<{ request: GovernedRequest; result: RequestResult }> {
  const request = await askWithoutApprovals(deps, kinds, asked);
  return { request, result: await executeBroken(deps, kinds, request, asked.principal) };
}

/** Executes what `askWithoutApprovals` kept. What executing throws. */
export async function executeBroken(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  { tenant, id }: Pick<GovernedRequest, 'tenant' | 'id'>,
  principal: Principal,
): Promise<RequestResult> {
  return executeRequest(alarmingInstead(deps), kinds, await readRequest(deps, tenant, id), principal);
}

/** The kept request alone, for where something else executes it (carry-out-request.ts). It has alarmed. Throws likewise. */
export async function askWithoutApprovals(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  asked: ActionAsked,
): Promise<GovernedRequest> {
  const { principal, action, tenant } = asked;
  const attempt: Attempt = { principal, tenant, permission: 'breakGlass' };
  const request = await recordingDenials(deps, attempt, async () => {
    requirePrincipalPerson(principal);
    const policies = await requirePermitted(deps, attempt);
    await requirePermitted(deps, { ...attempt, permission: permissionsOf(action).request });
    requireReason(asked);
    const rule = deps.policyFor(action, tenant);
    const described = await describeRequest(deps, kinds, asked, { rule, policies });
    return GovernedRequest.parse({ ...described, brokeGlass: true });
  });
  await alarm(deps, request);
  await putGovernance(deps, glassKey(tenant, request.id), { request: request.id, tenant });
  const { record } = alarmingInstead(deps);
  await record(tenant, draftOf(attempt, 'requested', { ...eventFacts(request), brokeGlass: true }));
  await putGovernance(deps, requestPartKey(tenant, request.id, 'request'), request);
  return request;
}

async function alarm(deps: GovernanceDeps, { id, tenant, action, requestedBy }: GovernedRequest): Promise<void> {
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'glass-broken',
    message: `${requestedBy.name} executes the action ${action} without approvals. Review it: holdfast requests ${tenant} --review ${id}`,
    details: { tenant, request: id, action },
  });
}

/** For what executes without approvals: the writer of the audit trail has alarmed (audit-trail.ts), and it goes on. */
export function alarmingInstead(deps: GovernanceDeps): GovernanceDeps {
  const record: GovernanceDeps['record'] = (tenant, draft) =>
    deps.record(tenant, draft).catch(() =>
      deps.notifier.notify({
        severity: 'alarm',
        code: 'audit-unwritable',
        message: `An execution without approvals goes on although its event (${draft.outcome}) could not be written.`,
        details: { tenant, ...(draft.request !== undefined && { request: draft.request }) },
      }),
    );
  return { ...deps, record };
}

export interface GlassReviewAsked extends RequestNamed {
  readonly comment: string;
}

/**
 * Another person's review. InputError `unknown-request`, `own-request`, `not-permitted`, `reason-missing`; ConflictError
 * `not-broken` for one that broke no glass or is reviewed.
 */
export async function reviewGlass(deps: GovernanceDeps, asked: GlassReviewAsked): Promise<RequestView> {
  const { principal, tenant, id, comment } = asked;
  const attempt: Attempt = { principal, tenant, permission: 'reviewBrokenGlass', request: id };
  const { request, review: before } = await seeRequest(deps, asked);
  const review = await recordingDenials(deps, attempt, async () => {
    requirePrincipalPerson(principal);
    requireReason({ reason: comment, action: 'review' });
    await requirePermitted(deps, attempt, { ownRequest: samePerson(principal.name, request.requestedBy.name) });
    if (!request.brokeGlass || before) throw notBroken();
    return GlassReview.parse({
      ...{ format: 'holdfast.glass-review/1', request: id, tenant, action: request.action, planHash: request.planHash },
      ...{ by: principal, comment, at: deps.clock.now().toISOString() },
    });
  });
  await deps.record(tenant, draftOf({ ...attempt, planHash: review.planHash }, 'reviewed', { brokeGlass: true }));
  await putGovernance(deps, requestPartKey(tenant, id, 'review'), review);
  return readRequest(deps, tenant, id);
}

function notBroken(): ConflictError {
  return new ConflictError('not-broken', 'There is nothing to review: it had approvals, or is reviewed.', {
    hint: '`holdfast requests` lists what waits for a review.',
  });
}

const AT_ONCE = 8;

/** Executions without approvals that nobody else has reviewed, oldest first. Read from the vault alone. */
export async function unreviewedGlass(deps: ReadDeps): Promise<RequestView[]> {
  const marked: ReturnType<typeof glassOf>[] = [];
  for await (const key of deps.vault.keys(GLASS_PREFIX)) marked.push(glassOf(key));
  const views = await inParallel(AT_ONCE, marked, async mark => mark && findMarked(deps, mark));
  return views.flatMap(view => (view === undefined || view.review ? [] : [view]));
}

/** Undefined for a mark without a request: the executor was killed before it did anything. */
async function findMarked(deps: ReadDeps, { tenant, id }: NonNullable<ReturnType<typeof glassOf>>) {
  try {
    return await readRequest(deps, tenant, id);
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'unknown-request') return undefined;
    throw error;
  }
}
