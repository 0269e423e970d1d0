/** `holdfast restore --side-by-side`: the staged state is handed over beside the live tables; nothing live is touched. */

import { formatLsn } from '../../../domain/lsn.ts';
import { newId } from '../../../domain/new-id.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { RestoreRecord } from '../../../domain/restore-record.ts';
import { type RestoreRequest, storableRequest } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { dropSchemaOf } from '../../../postgres/staging/drop-schema.ts';
import { handOver } from '../../../postgres/staging/hand-over.ts';
import type { Context } from '../../context.ts';
import { leftOutTables } from '../plan/excluded-tables.ts';
import { chainOf } from '../plan/plan-request.ts';
import { selectRows } from '../plan/select-rows.ts';
import { openRestore } from '../stage/open-restore.ts';
import { openStaged, type StagingRef } from '../stage/stage-restore.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { recordRestore } from './record-restore.ts';

/** The schema that was handed over stands in the record. Throws what planning and staging throw. */
export async function restoreSideBySide(ctx: Context, request: RestoreRequest): Promise<HandedOver> {
  const startedAt = ctx.clock.now().toISOString();
  const opened = await openRestore(ctx, request);
  const { release } = opened.staging;
  return handOverState(ctx, { ...opened, id: newId(ctx), startedAt, release }, request);
}

/** Hands a complete state over as a schema, once: the restore has the id of the staging. */
export async function handOverStaged(ctx: Context, ref: StagingRef, request: RestoreRequest): Promise<HandedOver> {
  const opened = await openStaged(ref, ctx.source, request.tenant);
  const release = () => opened.area.release();
  return handOverState(ctx, { ...opened, id: ref.id, startedAt: opened.plan.createdAt, release }, request);
}

export interface HandedOver {
  readonly record: RestoreRecord;
  readonly preview: null;
  readonly tables: Record<TableName, string>;
}

/** Where the restored rows are. */
export const schemaFor = (restoreId: string) => `holdfast_restored_${restoreId.replaceAll('-', '_')}`;

export interface ToHandOver {
  /** Of the restore. */
  readonly id: string;
  readonly startedAt: string;
  readonly staging: StagedState;
  readonly plan: RestorePlan;
  readonly planMs: number;
  readonly stageMs: number;
  /** Lets the staging area go. */
  release(): Promise<void>;
}

/** Hands a staged state over and records it. On an error nothing is left of it. */
export async function handOverState(ctx: Context, opened: ToHandOver, request: RestoreRequest): Promise<HandedOver> {
  const { staging, plan, id, startedAt } = opened;
  const schema = schemaFor(id);
  const applying = performance.now();
  let tables: Record<TableName, string>;
  try {
    await opened.release();
    tables = await withConnection(ctx.source, 'restore side by side', async connection => {
      const selections = await selectRows(request, ctx.model, await readOwnedSchema(ctx, connection));
      const conditions = new Map([...selections].map(([table, selection]) => [table, selection.conditions]));
      return handOver(connection, staging, schema, conditions);
    });
  } catch (error) {
    await dropSchemaOf(ctx.source, staging.schema).catch(() => {});
    throw error;
  }
  const excluded = leftOutTables(request, ctx.model, staging.tables);
  const applyMs = Math.round(performance.now() - applying);
  const record: RestoreRecord = {
    format: 'holdfast.restore-record/1',
    ...{ id, tenantId: request.tenant, place: 'side-by-side', request: storableRequest(request), schema },
    ...(excluded.length > 0 && { excluded }),
    ...{ requestedBy: request.requestedBy, approvedBy: request.approvedBy, previewHash: '', approvedPlan: false },
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

/** Removes what a restore of this id handed over. */
export async function dropHandedOver(ctx: Context, id: string): Promise<void> {
  await dropSchemaOf(ctx.source, schemaFor(id));
}
