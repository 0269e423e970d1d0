/**
 * What people ask of the entry for fail-overs, in the region that takes over: the state of the regions, what a fail-over would
 * lose, the fail-over itself, and the records. Invariant: who may not ask for a fail-over sees none of it, and nothing is
 * promoted here.
 */
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';
import { FailoverInput } from '../domain/failover.ts';
import type { Principal } from '../domain/principal.ts';
import { SYSTEM } from '../domain/tenant.ts';
import { failoverKind } from '../operations/failover/failover-kind.ts';
import { failoverRecords } from '../operations/failover/failover-steps.ts';
import { planFailover } from '../operations/failover/plan-failover.ts';
import { regionStatus, settleRegions } from '../operations/failover/region-status.ts';
import type { ActionKind } from '../operations/governance/action-kind.ts';
import { recordingDenials, requirePermitted } from '../operations/governance/audit.ts';
import type { GovernanceDeps } from '../operations/governance/request-action.ts';
import type { Regions } from '../region-ports.ts';
import type { AwsPorts } from './aws.ts';
import { failoverMachine, noRegions } from './aws-regions.ts';
import { governanceDeps } from './carry-out.ts';
import type { StorageContext } from './function-handler.ts';
import { HOW_ASKED, keepRequest, type RequestEntry, StepAsked, stepRequest } from './keep-request.ts';

/** Only a region decides on a state of the regions. */
const Asked = FailoverInput.omit({ automatic: true });

const Body = z.union([
  z.strictObject({ show: z.enum(['status', 'records']) }),
  z.strictObject({ show: z.literal('plan'), input: Asked }),
  /** Brings the newest state to every place; ends fences. */
  z.strictObject({ settle: z.literal(true) }),
  z.strictObject({ failOver: Asked, ...HOW_ASKED }),
  StepAsked,
]);

/** The answer for the person. Throws what the request path and the regions throw; InputError `bad-request`, `no-regions`. */
export async function requestFailover(
  principal: Principal,
  body: unknown,
  { ctx, aws }: { readonly ctx: StorageContext; readonly aws: AwsPorts },
): Promise<unknown> {
  const asked = bodyOf(body);
  const regions = await aws.regions?.();
  if (regions === undefined) throw noRegions();
  const deps = { ...governanceDeps(ctx, aws), regions };
  const entry: RequestEntry = {
    ...{ deps, kinds: [failoverKind as ActionKind], machine: failoverMachine(aws.config), workflows: aws.workflows },
  };
  if ('step' in asked) return stepRequest(entry, principal, asked);
  if (!('failOver' in asked)) return look(deps, principal, asked);
  const { failOver: input, start, breakGlass, ...how } = asked;
  return keepRequest(entry, { principal, action: 'fail-over', tenant: SYSTEM, input, ...how }, { start, breakGlass });
}

type Looked = Exclude<z.infer<typeof Body>, { readonly failOver: unknown } | { readonly step: unknown }>;

async function look(deps: GovernanceDeps & { readonly regions: Regions }, principal: Principal, asked: Looked) {
  const attempt = { principal, tenant: SYSTEM, permission: 'failOver' } as const;
  await recordingDenials(deps, attempt, () => requirePermitted(deps, attempt));
  if ('settle' in asked) return settleRegions(deps, principal.name);
  if (asked.show === 'plan') return planFailover(deps, asked.input);
  return asked.show === 'status' ? regionStatus(deps) : { records: await failoverRecords(deps) };
}

function bodyOf(body: unknown): z.infer<typeof Body> {
  const parsed = Body.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-request', 'The request body is not a question or a request about a fail-over.', {
    hint: 'Send {"show": "status" or "records"}, {"show": "plan", "input"}, {"settle": true}, {"failOver": {"planned", "fenced"}, "reason"}, or {"step": "execute" or "cancel", "tenant", "id"}.',
  });
}
