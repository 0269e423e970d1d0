/**
 * Proves the legal holds of one tenant in every region, holds what is not held, and certifies each hold again. It can set
 * holds and remove none, and can neither place a hold nor release one.
 */
import * as z from 'zod';
import { TenantRef } from '../lib/domain/tenant.ts';
import { holdProblems, keepHolds } from '../lib/operations/governance/holds/keep-holds.ts';
import { timeBudget } from '../lib/operations/time-budget.ts';
import { tenantStorageHandler } from '../lib/runtime/function-handler.ts';
import { whereHoldsReach } from '../lib/runtime/where-holds-reach.ts';

const Event = z.object({ tenant: TenantRef, run: z.string().min(1) });

export const handler = tenantStorageHandler(
  Event,
  event => event.tenant,
  async ({ tenant, run }, { ctx, aws, count }) => {
    const deps = { ...ctx, ...whereHoldsReach(aws) };
    const kept = await keepHolds(deps, { tenant, run }, timeBudget(ctx.settings.stepBudgetMs));
    if (kept === undefined) return { tenant, done: false };
    const problems = holdProblems(kept);
    count('HoldProblems', problems);
    const { holds, objects, reviewDue } = kept;
    return { tenant, done: true, holds: holds.length, objects, problems, reviewsDue: reviewDue.length };
  },
);
