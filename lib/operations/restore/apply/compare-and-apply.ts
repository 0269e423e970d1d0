/**
 * Compare, refuse or apply, record: the second half of every restore that writes live rows. Rows that the application
 * changes in between are never overwritten: the difference is computed anew and said so.
 */
import { ConflictError, HoldfastError } from '../../../domain/errors.ts';
import { newId } from '../../../domain/new-id.ts';
import { blockingConflicts, type Preview } from '../../../domain/preview.ts';
import type { RestorePlace, RestoreRecord } from '../../../domain/restore-record.ts';
import { type RestoreRequest, storableRequest } from '../../../domain/restore-request.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Context } from '../../context.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { diffStaged } from '../compare/diff-staged.ts';
import { leftOutTables } from '../plan/excluded-tables.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { applyStaged } from './apply-staged.ts';
import type { Applied } from './apply-transaction.ts';
import { announceRestore, recordRestore } from './record-restore.ts';

/** How often a restore computes its difference anew because the application changed rows meanwhile. */
const MAX_ATTEMPTS = 5;

export interface RestoreResult {
  readonly record: RestoreRecord;
  /** What was applied; null for a side-by-side restore. */
  readonly preview: Preview | null;
}

/** What the record says beside the difference. */
export interface Facts {
  readonly ref: TenantRef;
  readonly startedAt: Date;
  readonly place: RestorePlace;
  readonly chain: RestoreRecord['chain'];
  readonly targetTime: string | null;
  readonly planMs: number;
  readonly stageMs: number;
}

/** Difference, conflicts, apply; anew where live rows changed in between. */
export async function compareAndApply(
  ctx: Context,
  staging: StagedState,
  request: RestoreRequest,
  facts: Facts,
): Promise<RestoreResult> {
  for (let attempt = 1; ; attempt++) {
    const preview = await diffStaged(ctx, staging, request, facts);
    await ctx.crash?.('restore.after-diff');
    refuseConflicts(preview);
    try {
      const run = { attempts: attempt, approved: false };
      // Without a budget it does not end before it is done.
      return (await applyAndRecord(ctx, staging, request, preview, facts, run))!;
    } catch (error) {
      const again = error instanceof HoldfastError && error.code === 'rows-changed' && attempt < MAX_ATTEMPTS;
      if (!again) throw error;
      ctx.progress?.({
        step: 'restore.again',
        message: 'The application changed rows meanwhile: computing the difference anew.',
      });
    }
  }
}

/** Applies one difference and records it; undefined where batches are left for another call. */
export async function applyAndRecord(
  ctx: Context,
  staging: StagedState,
  request: RestoreRequest,
  preview: Preview,
  facts: Facts,
  run: { attempts: number; approved: boolean; budget?: TimeBudget },
): Promise<RestoreResult | undefined> {
  const excluded = leftOutTables(request, ctx.model, staging.tables);
  const recordOf = (applied: Applied): RestoreRecord => ({
    format: 'holdfast.restore-record/1',
    ...{ id: applied.restoreId, tenantId: staging.tenant, place: facts.place, request: storableRequest(request) },
    ...{ requestedBy: request.requestedBy, approvedBy: request.approvedBy, previewHash: preview.hash },
    ...{ approvedPlan: run.approved, target: preview.target, targetTime: facts.targetTime, chain: facts.chain },
    tables: applied.tables,
    totals: {
      inserted: applied.tables.reduce((sum, table) => sum + table.inserted, 0),
      updated: applied.tables.reduce((sum, table) => sum + table.updated, 0),
      deleted: applied.tables.reduce((sum, table) => sum + table.deleted, 0),
    },
    ...{ conflicts: preview.conflicts, notes: preview.notes, sequences: preview.sequences },
    phases: {
      ...{ planMs: facts.planMs, stageMs: facts.stageMs, diffMs: preview.measured.diffMs },
      ...{ applyMs: applied.applyMs, proveMs: applied.proveMs },
    },
    attempts: run.attempts,
    proof: { ...applied.proof, rows: Object.fromEntries(staging.tables.map(table => [table.table, table.rows])) },
    ...{ transaction: applied.transaction, schema: null, ...(applied.partial && { partial: true as const }) },
    ...(excluded.length > 0 && { excluded }),
    ...{ startedAt: facts.startedAt.toISOString(), committedAt: ctx.clock.now().toISOString() },
  });
  const applied = await applyStaged(ctx, staging, request, preview, {
    restoreId: newId(ctx),
    approved: run.approved,
    ...(run.budget && { budget: run.budget }),
    beforeCommit: (soon, batch) =>
      announceRestore(
        ctx,
        facts.ref,
        recordOf(soon),
        batch && {
          transaction: batch.transaction,
          before: batch.before ? recordOf(batch.before) : null,
          schema: staging.schema,
        },
      ),
  });
  if (applied === undefined) return undefined;
  await ctx.crash?.('restore.after-commit');
  const record = recordOf(applied);
  await recordRestore(ctx, facts.ref, record);
  return { record, preview };
}

/** ConflictError `conflicts`, with the list in its details. */
export function refuseConflicts(preview: Preview): void {
  const blocking = blockingConflicts(preview);
  if (blocking.length === 0) return;
  const list = blocking.map(conflict => `${conflict.table}: ${conflict.explanation}`).join(' ');
  throw new ConflictError('conflicts', `The restore is refused, nothing was written. ${list}`, {
    hint: 'Resolve what stands in the way, or restore fewer rows (--table, --rows, --keys), only what is missing (--mode missing-only), or side by side.',
    details: { conflicts: blocking },
  });
}
