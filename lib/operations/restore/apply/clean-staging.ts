/**
 * After a failed restore: removes what it staged and returns whether the restore was applied after all (its transaction
 * committed and only the answer was lost), or in part.
 */
import * as z from 'zod';
import { dropStagingArea } from '../../../postgres/staging/staging-area.ts';
import { restores } from '../../catalog/catalog-index.ts';
import type { Context } from '../../context.ts';
import { dropPlan, type KeptPlan, readKeptPlan } from '../compare/kept-plan.ts';
import type { StagingRef } from '../stage/stage-restore.ts';
import { dropHandedOver } from './hand-over-restore.ts';
import { listRestores, recordedRestore } from './read-record.ts';
import { settleInterrupted } from './record-restore.ts';

export interface Aftermath {
  readonly applied: boolean;
  /** Some batches committed, and the rest did not. */
  readonly partial: boolean;
}

/**
 * After a failure: removes the staging schema and returns whether the plan was applied after all (its transaction
 * committed and only the answer was lost). Dropping waits for a transaction that still uses it, so the answer is final.
 */
export async function dropKeptPlan(ctx: Context, plan: KeptPlan): Promise<Aftermath> {
  const { hash } = (await dropPlan(ctx, await readKeptPlan(ctx, plan))).preview;
  await settleInterrupted(ctx, plan.tenant);
  const done = (await listRestores(ctx, plan.tenant)).filter(item => item.state === 'done').reverse();
  for (const item of done) {
    const record = await recordedRestore(ctx, plan.tenant, item);
    if (record?.approvedPlan && record.previewHash === hash)
      return { applied: record.partial !== true, partial: record.partial === true };
  }
  return { applied: false, partial: false };
}

/** After a failure before there is a plan: removes the staging schema, and a side-by-side schema without a record. */
export async function dropStaged(ctx: Context, ref: StagingRef): Promise<Aftermath> {
  await dropStagingArea(ctx.source, ref.id);
  const item = await restores.get(ctx.catalog, ref.tenant, ref.id);
  const applied = z.object({ state: z.literal('done'), place: z.literal('side-by-side') }).safeParse(item).success;
  if (!applied) await dropHandedOver(ctx, ref.id);
  return { applied, partial: false };
}
