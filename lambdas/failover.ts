/**
 * One call of a fail-over to this region: carries an approved request on by one step, and says whether it is done. What must
 * wait is asked again by the state machine. The signed request says what is done and who approved it.
 */
import * as z from 'zod';
import { SYSTEM } from '../lib/domain/tenant.ts';
import { failoverKind } from '../lib/operations/failover/failover-kind.ts';
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { carryOutRequest } from '../lib/operations/governance/carry-out-request.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { governanceDeps } from '../lib/runtime/carry-out.ts';
import { functionHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ tenant: z.literal(SYSTEM), request: z.string() });

export const handler = functionHandler(Event, async ({ tenant, request: id }, { ctx, aws }) => {
  const regions = await aws.regions?.(ctx.source);
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const deps = { ...governanceDeps(ctx, aws), source: ctx.source, budget, ...(regions && { regions }) };
  const result = await carryOutRequest(deps, [failoverKind as ActionKind], { tenant, id });
  return { tenant, request: id, done: result !== undefined };
});
