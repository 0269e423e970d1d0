/**
 * How a route asks for a governed action: one signed request on the path that the command line uses, which others approve and
 * somebody executes. Invariant: the requester is the caller, never somebody that the request names.
 */
import * as z from 'zod';
import { ActionPlan, GOVERNED_ACTIONS, type GovernedAction } from '../domain/governed-action.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { requestAction } from '../operations/governance/request-action.ts';
import type { ApiCall } from './route.ts';

/** What every request says besides what it is for. */
export const WithReason = z.object({
  reason: z.string().trim().min(1).max(2000).describe('Why, for the records.'),
  ticket: z.string().trim().min(1).max(200).optional().describe('Reference in your own system.'),
});

export const RequestedAction = z.object({
  request: z.string().describe('Its id: `GET /tenants/{tenant}/requests/{id}` follows it.'),
  tenant: z.string(),
  action: z.enum(GOVERNED_ACTIONS),
  state: z.enum(['waiting', 'approved']).describe('`approved`: it needs nobody else, and can be executed.'),
  planHash: z.string().describe('What is approved.'),
  plan: z.array(z.string()).describe('In sentences.'),
  approvals: z.number().int().nonnegative().describe('How many others must approve.'),
  until: z.string(),
});

interface ActionWanted extends z.infer<typeof WithReason> {
  readonly action: GovernedAction;
  readonly input: unknown;
}

/** A `RequestedAction`. Throws what requestAction throws. */
export async function askAction(
  { deps, principal, tenant }: Pick<ApiCall, 'deps' | 'principal'> & { readonly tenant: TenantRef },
  { action, input, reason, ticket }: ActionWanted,
): Promise<z.input<typeof RequestedAction>> {
  const request = await requestAction(await deps.governance(), await deps.kinds(), {
    ...{ principal, action, tenant, input, reason },
    ...(ticket !== undefined && { ticket }),
  });
  const { id, planHash, rule, until } = request;
  const plan = ActionPlan.parse(JSON.parse(request.plan));
  return {
    ...{ request: id, tenant, action, state: rule.approvals > 0 ? 'waiting' : 'approved', planHash },
    ...{ plan: [...plan.sentences], approvals: rule.approvals, until },
  };
}
