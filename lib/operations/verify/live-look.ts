/**
 * Reads a tenant's live rows once: counts and sums of all of its tables in one database snapshot, and the position of
 * that snapshot in the log. Only counts and keyed sums leave the database.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { sha256Hex } from '../../codec/digest.ts';
import { LsnText } from '../../domain/lsn.ts';
import { storedColumns, type TableSchema } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { XidSnapshot } from '../../domain/xid-snapshot.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../postgres/connection.ts';
import { closeLiveView, openLiveView, sumTenantRows } from '../../postgres/verify/row-sums.ts';
import { currentSource } from '../catalog/current-source.ts';
import { type Context, refOf } from '../context.ts';
import { StagingRef } from '../restore/stage/stage-restore.ts';
import { digestKey } from '../storage/tenant-key.ts';
import { chooseBackup } from './record-verification.ts';

export const LiveTable = z.object({
  table: z.string(),
  /** Digest of the names of the summed columns. */
  columns: z.string(),
  rows: z.number().int(),
  sum: z.string(),
});
export type LiveTable = z.infer<typeof LiveTable>;

/** What one call passes to the next. */
export const LiveRun = z.object({
  startedAt: z.string(),
  /** The database snapshot of the live read. */
  lsn: LsnText,
  time: z.string(),
  seenBy: XidSnapshot,
  live: z.array(LiveTable),
  /** Null until the log has reached the position. */
  staging: StagingRef.nullable(),
});
export type LiveRun = z.infer<typeof LiveRun>;

/** Counts and sums of all of the tenant's tables, in one snapshot. */
export async function lookAtLive(ctx: Context, tenant: TenantId): Promise<LiveRun> {
  const startedAt = ctx.clock.now().toISOString();
  // InputError for an unknown tenant, before the database is queried.
  await chooseBackup(ctx, refOf(ctx, tenant), undefined);
  return withConnection(ctx.source, 'verify live', async connection => {
    const { epoch } = await currentSource(ctx, connection);
    const view = await openLiveView(connection, epoch);
    const { tables } = await readOwnedSchema(ctx, connection);
    const schemas = new Map(tables.map(table => [table.table, table]));
    const seed = await seedOf(ctx, refOf(ctx, tenant), startedAt);
    const live: LiveTable[] = [];
    for (const owned of ownedTables(ctx.model)) {
      const schema = schemas.get(owned.table);
      if (schema === undefined) continue;
      const columns = namesOf(schema);
      const rows = { owned, schemas, model: ctx.model, tenant, columns };
      const sum = await sumTenantRows(connection, rows, seed);
      live.push({ table: owned.table, columns: digestOf(columns), ...sum });
      ctx.progress?.({
        ...{ step: 'verify.look', message: `Counted ${owned.table}`, unit: 'tables' },
        ...{ done: live.length, total: schemas.size },
      });
    }
    await closeLiveView(connection);
    const { lsn, time, xmax, xip } = view;
    return { startedAt, lsn, time, seenBy: { xmax, xip }, live, staging: null };
  });
}

/** The summed columns, in the same order on both sides. */
export const namesOf = (schema: TableSchema | undefined) =>
  schema ? storedColumns(schema).map(column => column.name) : [];

export const digestOf = (columns: readonly string[]) => sha256Hex(JSON.stringify(columns)).slice(0, 16);

/** What passes between the calls reveals nothing of a row without the tenant's key. */
export async function seedOf(ctx: Context, ref: TenantRef, startedAt: string): Promise<bigint> {
  const key = await digestKey(ctx, ref);
  return createHmac('sha256', key).update(`verify-live ${startedAt}`).digest().readBigInt64BE(0);
}
