/**
 * Receives an approver's decision through the function's URL, which admits only IAM identities: the approver is the caller
 * that IAM authenticated, never one named in the body; the policies decide whether that caller may, and the audit trail has
 * the decision before it counts. Enough approvals complete the waiting task; a refusal fails it.
 * Calling again with the same decision sends the same answer again.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { GovernedAction } from '../lib/domain/governed-action.ts';
import type { Principal } from '../lib/domain/principal.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { reviewGlass } from '../lib/operations/governance/break-glass.ts';
import { decideRequest } from '../lib/operations/governance/decide-request.ts';
import type { RequestView } from '../lib/operations/governance/read-request.ts';
import { decideWaiting } from '../lib/runtime/approve.ts';
import { failoverMachine } from '../lib/runtime/aws-regions.ts';
import { governanceDeps } from '../lib/runtime/carry-out.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';
import { startCarryingOut } from '../lib/runtime/workflows.ts';

const Body = z.strictObject({
  tenant: TenantRef,
  id: z.string(),
  /** Hash of the preview or plan that the approver saw. */
  hash: z.string(),
  /** `review`: of what somebody executed without approvals. */
  decision: z.enum(['approve', 'refuse', 'review']),
  /** What a review found. */
  comment: z.string().max(500).default(''),
  /** What is decided on. Absent: a restore. */
  action: GovernedAction.default('restore'),
});

const URL = { role: 'approver', action: 'approveRestore' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, (principal, body) => approve(principal, decisionOf(body), tools)),
);

function approve(principal: Principal, body: z.infer<typeof Body>, tools: FunctionTools<StorageContext>) {
  return body.action === 'restore' && body.decision !== 'review'
    ? decideWaiting(tools, { principal, ...body, agrees: body.decision === 'approve' })
    : approveAction(principal, body, tools);
}

/** The signed documents of the request decide, not the caller's word for its action. The last approval carries it out. */
async function approveAction(
  principal: Principal,
  body: z.infer<typeof Body>,
  { ctx, aws }: FunctionTools<StorageContext>,
) {
  const { tenant, id, hash, decision, comment } = body;
  const deps = governanceDeps(ctx, aws);
  if (decision === 'review') return answerOf(await reviewGlass(deps, { principal, tenant, id, comment }), false);
  const view = await decideRequest(deps, { principal, tenant, id, planHash: hash, agrees: decision === 'approve' });
  const { request, state } = view;
  const started =
    state === 'approved' &&
    (await startCarryingOut(aws.workflows, machineOf(request.action, aws), { ...request, now: ctx.clock.now() }));
  return answerOf(view, started);
}

/** A fail-over is carried out by a state machine of the region that takes over, where it was asked for. */
function machineOf(action: GovernedAction, { config }: FunctionTools['aws']): string | undefined {
  return action === 'fail-over' ? failoverMachine(config) : config.workflows.carryOutRequest;
}

function answerOf({ request: { id }, approval: { state, decisions, needed } }: RequestView, told: boolean) {
  return { id, state, agreed: decisions.filter(each => each.agrees).length, needed, told };
}

function decisionOf(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-approval', 'The request body is not a decision.', {
    hint: 'Send {"tenant", "id", "hash", "decision": "approve", "refuse" or "review"} with the values of the notice.',
  });
}
