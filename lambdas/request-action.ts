/**
 * The entry for holds, releases, destruction, shorter retention and exports: plans what is asked for, keeps the signed request, and
 * tells the approvers; later it starts or cancels it. Its URL admits only IAM identities; who asks is the caller
 * that IAM authenticated. Nothing is executed here: carrying out is the work of a function with the rights of its kind. The
 * cancellation of a destruction, too, is only signed here, and another function brings back the key.
 */
import * as z from 'zod';
import { InputError } from '../lib/domain/errors.ts';
import { newId } from '../lib/domain/new-id.ts';
import type { Principal } from '../lib/domain/principal.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { askedExportKind } from '../lib/operations/governance/asked-export-kind.ts';
import { changePolicy } from '../lib/operations/governance/change-policy.ts';
import { orderCancellation } from '../lib/operations/governance/destruction/cancel-destruction.ts';
import { decideCancellation } from '../lib/operations/governance/destruction/decide-destruction.ts';
import { destroyKind } from '../lib/operations/governance/destruction/destroy-tenant-kind.ts';
import { holdKind } from '../lib/operations/governance/holds/place-hold-kind.ts';
import { releaseKind } from '../lib/operations/governance/holds/release-hold-kind.ts';
import type { GovernanceDeps } from '../lib/operations/governance/request-action.ts';
import { governanceDeps } from '../lib/runtime/carry-out.ts';
import { type FunctionTools, type StorageContext, storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal } from '../lib/runtime/governed-call.ts';
import { HOW_ASKED, keepRequest, StepAsked, stepRequest } from '../lib/runtime/keep-request.ts';
import { executionArn, startOnce } from '../lib/runtime/workflows.ts';

const Asked = z.strictObject({
  action: z.enum(['hold', 'release', 'destroy', 'change-policy', 'export']),
  tenant: TenantRef,
  /** As the kind of action reads it. */
  input: z.unknown(),
  ...HOW_ASKED,
});

/** Of a destruction that is under way. */
const Cancellation = z.strictObject({
  cancel: z.literal('destroy'),
  tenant: TenantRef,
  reason: z.string().min(1).max(500),
});

type Tools = FunctionTools<StorageContext>;

const KINDS = [
  holdKind,
  releaseKind,
  destroyKind(),
  changePolicy,
  askedExportKind,
] as readonly unknown[] as readonly ActionKind[];
const URL = { role: 'legal-officer', action: 'hold' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, async (principal, body) => {
    const asked = bodyOf(body);
    const deps = governanceDeps(await tools.aws.storageOf(asked.tenant), tools.aws);
    if ('cancel' in asked) return cancel(deps, principal, asked, tools);
    const { config, workflows } = tools.aws;
    const entry = { deps, kinds: KINDS, machine: config.workflows.carryOutRequest, workflows };
    if ('step' in asked) return stepRequest(entry, principal, asked);
    const { start, breakGlass, ...wanted } = asked;
    return keepRequest(entry, { principal, ...wanted }, { start, breakGlass });
  }),
);

/** Once its outcome is signed it is cancelled; the state machine, or else its next daily run, brings back the key. */
async function cancel(
  deps: GovernanceDeps,
  principal: Principal,
  { tenant, reason }: z.infer<typeof Cancellation>,
  { aws }: Tools,
) {
  const { number } = await decideCancellation(deps, { principal, tenant }, reason, orderCancellation);
  const machine = aws.config.workflows.finishDestructions;
  // Only the primary region has this URL.
  if (machine === undefined) throw new Error('No state machine is configured.');
  const name = `cancel-${newId(deps)}`;
  await startOnce(aws.workflows, machine, name, { tenant });
  return { tenant, number, execution: executionArn(machine, name) };
}

function bodyOf(body: unknown): z.infer<typeof Asked> | z.infer<typeof StepAsked> | z.infer<typeof Cancellation> {
  const parsed = z.union([Asked, StepAsked, Cancellation]).safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a request for an action.', {
    hint: 'Send {"action": "hold", "release", "destroy", "change-policy" or "export", "tenant": its reference, "input", "reason"}, {"step": "execute" or "cancel", "tenant", "id"}, or {"cancel": "destroy", "tenant", "reason"}.',
  });
}
