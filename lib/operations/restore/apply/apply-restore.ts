/**
 * Applies exactly what was compared, proves it and records it. Rows that the application changed in between are never
 * overwritten: the apply is refused, and the caller compares again or has a new preview approved.
 */
import type { Destination } from '../../../domain/destination.ts';
import { newId } from '../../../domain/new-id.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { RestorePlace, RestoreRecord } from '../../../domain/restore-record.ts';
import type { Context } from '../../context.ts';
import { refOf } from '../../context.ts';
import type { TimeBudget } from '../../time-budget.ts';
import type { ComparedRestore } from '../compare/compare-restore.ts';
import { refuseConflicts } from '../compare/refuse-conflicts.ts';
import { openPlanFile } from '../compare/restore-plan-file.ts';
import { leftOutTables } from '../plan/excluded-tables.ts';
import { resolveScope } from '../plan/restore-scope.ts';
import { refuseExistingTenant } from '../stage/new-tenant.ts';
import { keepBetweenCalls } from '../stage/stage-restore.ts';
import { applyStaged } from './apply-staged.ts';
import type { Applied } from './apply-transaction.ts';
import { announceRestore, recordRestore, settleInterrupted } from './record-restore.ts';

export interface RestoreResult {
  readonly record: RestoreRecord;
  /** What was applied; null for a side-by-side restore. */
  readonly preview: Preview | null;
}

export interface ApplyRun {
  /** How often the difference was computed. */
  readonly attempts: number;
  /** A kept plan: rows outside the plan may have changed since. */
  readonly approved: boolean;
  /** Remaining batches can be left to another call. Absent: no limit. */
  readonly budget?: TimeBudget;
}

/**
 * Undefined where batches are left to another call. ConflictError `conflicts` (listed in details), `rows-changed`,
 * `restore-running`, `preview-altered`, `preview-gone`; then the tenant's rows are as before.
 */
export async function applyRestore(
  ctx: Context,
  compared: ComparedRestore,
  run: ApplyRun,
): Promise<RestoreResult | undefined> {
  const { scope, staging, preview, facts } = compared;
  refuseConflicts(preview);
  const recordOf = (applied: Applied) => describeApplied(ctx, compared, run, applied);
  const applied = await applyStaged(ctx, staging, scope, preview, {
    ...{ restoreId: newId(ctx), approved: run.approved },
    ...(run.budget && { budget: run.budget }),
    beforeCommit: async (soon, batch) => {
      await ctx.requireActive?.();
      await announceRestore(
        ctx,
        facts.ref,
        recordOf(soon),
        batch && {
          transaction: batch.transaction,
          before: batch.before ? recordOf(batch.before) : null,
          schema: staging.schema,
        },
      );
    },
  });
  if (applied === undefined) return undefined;
  await ctx.crash?.('restore.after-commit');
  const record = recordOf(applied);
  await recordRestore(ctx, facts.ref, record);
  return { record, preview };
}

/**
 * Applies a plan file: exactly the difference that was approved. ConflictError `rows-changed` where a row that it
 * touches changed since, `preview-gone`, `preview-altered`; InputError `bad-plan`. The staging schema is removed once
 * it is applied. `reason`: for the record, where the plan has none.
 */
export async function applyPlan(
  ctx: Context,
  file: string,
  approvedBy: readonly string[] = [],
  reason = '',
): Promise<RestoreResult> {
  // Without a budget it runs to completion.
  return (await applyPlanWithin(ctx, file, approvedBy, undefined, reason))!;
}

/** The same until the time is used up: undefined where batches are left to another call. */
export async function applyPlanWithin(
  ctx: Context,
  file: string,
  approvedBy: readonly string[],
  budget?: TimeBudget,
  reason = '',
): Promise<RestoreResult | undefined> {
  const { document, staging, drop } = await openPlanFile(ctx, file);
  const { preview, chain } = document;
  // Batches, and a transaction in a container, can take longer than a preview is kept.
  if (budget) await keepBetweenCalls(ctx.source, staging.id, ctx.settings.stepBudgetMs);
  const { reason: planned } = document.request;
  const everyone = [...document.request.approvedBy, ...approvedBy];
  const request = { ...document.request, approvedBy: everyone, reason: planned === '' ? reason : planned };
  const scope = await resolveScope(ctx, request);
  // The record belongs to the original tenant, also where the rows become another tenant's.
  const ref = refOf(ctx, scope.tenant);
  await settleInterrupted(ctx, ref);
  refuseConflicts(preview);
  if (scope.destination.kind === 'tenant' && scope.batches === undefined)
    await refuseExistingTenant(ctx, staging.tenant);
  const facts = { ref, startedAt: ctx.clock.now(), chain, targetTime: preview.targetTime, planMs: 0, stageMs: 0 };
  const run = { attempts: 1, approved: true, ...(budget && { budget }) };
  const result = await applyRestore(ctx, { scope, staging, preview, facts }, run);
  if (result !== undefined) await drop();
  return result;
}

const PLACES: Readonly<Record<Destination['kind'], RestorePlace>> = {
  'in-place': 'in-place',
  'side-by-side': 'side-by-side',
  database: 'into-database',
  tenant: 'as-tenant',
};

/** The record of what is about to commit or has committed. */
function describeApplied(
  ctx: Pick<Context, 'clock' | 'model'>,
  { scope, staging, preview, facts }: ComparedRestore,
  run: ApplyRun,
  applied: Applied,
): RestoreRecord {
  const { document, destination } = scope;
  const excluded = leftOutTables(scope, ctx.model, staging.tables);
  const { tables, restoreId, transaction, applyMs, proveMs } = applied;
  return {
    format: 'holdfast.restore-record/1',
    ...{ id: restoreId, tenantId: staging.tenant, place: PLACES[destination.kind], request: document },
    ...{ requestedBy: document.requestedBy, approvedBy: document.approvedBy, previewHash: preview.hash },
    ...{ approvedPlan: run.approved, target: preview.target, targetTime: facts.targetTime, chain: facts.chain },
    tables,
    totals: {
      inserted: tables.reduce((sum, table) => sum + table.inserted, 0),
      updated: tables.reduce((sum, table) => sum + table.updated, 0),
      deleted: tables.reduce((sum, table) => sum + table.deleted, 0),
    },
    ...{ conflicts: preview.conflicts, notes: preview.notes, sequences: preview.sequences },
    phases: {
      ...{ planMs: facts.planMs, stageMs: facts.stageMs, diffMs: preview.measured.diffMs },
      ...{ applyMs, proveMs },
    },
    attempts: run.attempts,
    proof: { ...applied.proof, rows: Object.fromEntries(staging.tables.map(table => [table.table, table.rows])) },
    ...{ transaction, schema: null, ...(applied.partial && { partial: true as const }) },
    ...(excluded.length > 0 && { excluded }),
    ...{ startedAt: facts.startedAt.toISOString(), committedAt: ctx.clock.now().toISOString() },
  };
}
