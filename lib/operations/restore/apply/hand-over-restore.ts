/**
 * `holdfast restore --side-by-side`: the staged state becomes a schema beside the live tables; nothing live is touched.
 */

import { formatLsn } from '../../../domain/lsn.ts';
import { newId } from '../../../domain/new-id.ts';
import type { RestoreRecord } from '../../../domain/restore-record.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { dropSchemaOf } from '../../../postgres/staging/drop-schema.ts';
import { handOver } from '../../../postgres/staging/hand-over.ts';
import type { Context } from '../../context.ts';
import { leftOutTables } from '../plan/excluded-tables.ts';
import { chainOf } from '../plan/plan-restore.ts';
import { type RestoreScope, resolveScope } from '../plan/restore-scope.ts';
import { type OpenedStaging, openStaged, type StagingRef } from '../stage/stage-restore.ts';
import { recordRestore } from './record-restore.ts';

export interface HandedOver {
  readonly record: RestoreRecord;
  readonly preview: null;
  readonly tables: Record<TableName, string>;
}

/** Where the restored rows are. */
const schemaFor = (restoreId: string) => `holdfast_restored_${restoreId.replaceAll('-', '_')}`;

/** Turns a complete state into a side-by-side schema, once: the restore has the id of the staging. */
export async function handOverStaged(ctx: Context, ref: StagingRef, request: RestoreRequest): Promise<HandedOver> {
  const scope = await resolveScope(ctx, request);
  const opened = await openStaged(ref, ctx.source, scope.tenant);
  return handOverState(ctx, opened, scope, { id: ref.id, startedAt: opened.plan.createdAt });
}

/** Turns a staged state into a side-by-side schema and records it. On an error nothing is left of it. */
export async function handOverState(
  ctx: Context,
  opened: OpenedStaging,
  scope: RestoreScope,
  { id = newId(ctx), startedAt }: { readonly id?: string; readonly startedAt: string },
): Promise<HandedOver> {
  const { staging, plan } = opened;
  const schema = schemaFor(id);
  const applying = performance.now();
  const conditions = new Map([...scope.selections].map(([table, selection]) => [table, selection.conditions]));
  let tables: Record<TableName, string>;
  try {
    await opened.area.release();
    tables = await withConnection(ctx.source, 'restore side by side', connection =>
      handOver(connection, staging, schema, conditions),
    );
  } catch (error) {
    await dropSchemaOf(ctx.source, staging.schema).catch(() => {});
    throw error;
  }
  const excluded = leftOutTables(scope, ctx.model, staging.tables);
  const applyMs = Math.round(performance.now() - applying);
  const record: RestoreRecord = {
    format: 'holdfast.restore-record/1',
    ...{ id, tenantId: scope.tenant, place: 'side-by-side', request: scope.document, schema },
    ...(excluded.length > 0 && { excluded }),
    ...{
      requestedBy: scope.document.requestedBy,
      approvedBy: scope.document.approvedBy,
      previewHash: '',
      approvedPlan: false,
    },
    ...{ target: formatLsn(staging.target), targetTime: plan.target.time, chain: chainOf(plan) },
    tables: staging.tables.map(table => ({ table: table.table, inserted: table.rows, updated: 0, deleted: 0 })),
    totals: { inserted: staging.tables.reduce((sum, table) => sum + table.rows, 0), updated: 0, deleted: 0 },
    ...{ conflicts: [], sequences: [], attempts: 1, transaction: null },
    notes: staging.notes.map(text => ({ code: 'staging', table: null, text })),
    phases: { planMs: opened.planMs, stageMs: opened.stageMs, diffMs: 0, applyMs, proveMs: 0 },
    proof: { left: {}, brokenReferences: 0, rows: Object.fromEntries(staging.tables.map(t => [t.table, t.rows])) },
    ...{ startedAt, committedAt: ctx.clock.now().toISOString() },
  };
  await recordRestore(ctx, staging.ref, record);
  return { record, preview: null, tables };
}

/** Removes the side-by-side schema of the restore with this id. */
export async function dropHandedOver(ctx: Context, id: string): Promise<void> {
  await dropSchemaOf(ctx.source, schemaFor(id));
}
