/** Destruction as a kind of action that people can ask for. */
import * as z from 'zod';
import { DestructionPlan } from '../../../domain/destruction.ts';
import { COUNTDOWN_DAYS } from '../../../domain/key-destruction.ts';
import type { ActionKind } from '../action-kind.ts';
import { type DestructionOptions, destructionDeps } from './destruction-deps.ts';
import { type BegunDestruction, executeDestruction } from './execute-destruction.ts';
import { planDestruction } from './plan-destruction.ts';

export const DestructionInput = z.strictObject({
  /** Length of the countdown. */
  days: z.number().int().min(COUNTDOWN_DAYS.least).max(COUNTDOWN_DAYS.most).default(COUNTDOWN_DAYS.default),
});
export type DestructionInput = z.infer<typeof DestructionInput>;

type DestructionProof = Omit<BegunDestruction, 'records'>;

export function destroyKind(
  options: DestructionOptions = {},
): ActionKind<DestructionInput, DestructionPlan, DestructionProof> {
  return {
    action: 'destroy',
    input: DestructionInput,
    plan: DestructionPlan,
    // Its copies grow with every backup; the keys must be the same, and execution compares them.
    keepsPlan: true,
    makePlan: (deps, tenant, input) => planDestruction(destructionDeps(deps, options), tenant, input),
    describe: describeDestruction,
    async execute(deps, tenant, plan, responsible) {
      const { records, ...proof } = await executeDestruction(destructionDeps(deps, options), tenant, plan, responsible);
      return { proof, records };
    },
  };
}

function describeDestruction(plan: DestructionPlan): string[] {
  const objects = plan.copies.reduce((sum, copy) => sum + copy.objects, 0);
  const regions = new Set(plan.copies.map(copy => copy.region)).size;
  const locked = [plan.log?.lockedUntil, ...plan.copies.map(copy => copy.lockedUntil)].filter(Boolean).sort().at(-1);
  return [
    `The tenant's key is disabled at once and destroyed after ${plan.days} days; until then this can be cancelled.`,
    `${objects} objects in ${regions} regions and ${plan.log?.runs ?? 0} runs of the log can then never be opened again, by anybody.`,
    ...(locked ? [`Object Lock keeps them, unreadable, until ${locked}.`] : []),
    'Nothing that the application writes for this tenant is backed up from now on. The tenant id can never be protected again.',
    ...outsideSentences(plan),
  ];
}

function outsideSentences({ outside, staging, stays }: DestructionPlan): string[] {
  const records = Object.values(stays).reduce((sum, count) => sum + count, 0);
  return [
    ...outside.map(({ what, ends }) => `Out of reach: ${what} (ends: ${ends}).`),
    ...(staging === null || staging.length === 0
      ? []
      : [
          `${staging.length} staging schemas of restores are in the database: remove them with \`holdfast leftovers\`.`,
        ]),
    `${records} records and audit events stay readable for the auditors.`,
  ];
}
