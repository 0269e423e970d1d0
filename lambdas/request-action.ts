/**
 * The entry for holds, releases, destruction and shorter retention: plans what is asked for, keeps the signed request, and
 * tells the approvers. Its URL admits only IAM identities; the requester is the caller that IAM authenticated. What needs no
 * approval is carried out at once. It also takes the cancellation of a destruction, signs it, and has the key brought back.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import type { GovernedRequest } from '../lib/domain/governed-request.ts';
import { newId } from '../lib/domain/new-id.ts';
import type { Principal } from '../lib/domain/principal.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { changePolicy } from '../lib/operations/governance/change-policy.ts';
import { orderCancellation } from '../lib/operations/governance/destruction/cancel-destruction.ts';
import { decideCancellation } from '../lib/operations/governance/destruction/decide-destruction.ts';
import { destroyKind } from '../lib/operations/governance/destruction/destroy-kind.ts';
import { holdKind } from '../lib/operations/governance/holds/place-hold-kind.ts';
import { releaseKind } from '../lib/operations/governance/holds/release-hold-kind.ts';
import { requestAction } from '../lib/operations/governance/request-action.ts';
import { governanceDeps } from '../lib/runtime/carry-out.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';
import { executionArn, startCarryingOut, startOnce } from '../lib/runtime/workflows.ts';

const Body = z.strictObject({
  action: z.enum(['hold', 'release', 'destroy', 'change-policy']),
  tenant: TenantRef,
  /** As the kind of action reads it. */
  input: z.unknown(),
  reason: z.string().max(500),
  ticket: z.string().max(200).exactOptional(),
});

const Cancellation = z.strictObject({
  cancel: z.literal('destroy'),
  tenant: TenantRef,
  reason: z.string().min(1).max(500),
});

const KINDS = [holdKind, releaseKind, destroyKind(), changePolicy] as readonly unknown[] as readonly ActionKind[];
const URL = { role: 'legal-officer', action: 'hold' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, (principal, body) => {
    const cancelled = Cancellation.safeParse(body);
    if (cancelled.success) return cancel(principal, cancelled.data, tools);
    return request(principal, askedIn(body), tools);
  }),
);

/** Once its outcome is signed it is cancelled; the state machine, or else its next daily run, brings back the key. */
async function cancel(
  principal: Principal,
  { tenant, reason }: z.infer<typeof Cancellation>,
  { aws }: FunctionTools<StorageContext>,
) {
  const deps = governanceDeps(await aws.storageOf(tenant), aws);
  const { number } = await decideCancellation(deps, { principal, tenant }, reason, orderCancellation);
  const name = `cancel-${newId(deps)}`;
  const { finishDestructions } = aws.config.workflows;
  const started =
    finishDestructions !== undefined && (await startOnce(aws.workflows, finishDestructions, name, { tenant }));
  return { tenant, number, state: 'cancelled', ...(started && { execution: executionArn(finishDestructions, name) }) };
}

async function request(principal: Principal, asked: z.infer<typeof Body>, { ctx, aws }: FunctionTools<StorageContext>) {
  const deps = governanceDeps(await aws.storageOf(asked.tenant), aws);
  const made = await requestAction(deps, KINDS, { principal, ...asked });
  const { id, tenant, action, planHash, plan, rule, until } = made;
  if (rule.approvals === 0) await startCarryingOut(aws.workflows, aws.config.workflows.carryOutRequest, made);
  else await tellApprovers(ctx, made, aws.config);
  const { sentences } = JSON.parse(plan);
  return { id, tenant, action, planHash, approvals: rule.approvals, until, sentences };
}

async function tellApprovers(
  { notifier }: StorageContext,
  { id, tenant, action, planHash, requestedBy, rule, until }: GovernedRequest,
  { name, region }: { readonly name: string; readonly region: string },
): Promise<void> {
  const approvers = rule.approvals === 1 ? 'one other person' : `${rule.approvals} other people`;
  await notifier.notify({
    severity: 'info',
    code: 'approval-wanted',
    message: `${requestedBy.name} asks for the action ${action}: it waits for approval by ${approvers} until ${until} (installation ${name}, ${region}).`,
    details: { tenant, id, hash: planHash, action },
  });
}

function askedIn(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a request for an action.', {
    hint: 'Send {"action": "hold", "release", "destroy" or "change-policy", "tenant": its reference, "input", "reason"}.',
  });
}
