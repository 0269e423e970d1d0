/**
 * The snapshot that the next one builds on: its chunk bounds are inherited, chunks with equal digests are not stored
 * again, and what is unchanged according to the log is reused. A base that does not verify is not used: the next
 * snapshot then reads everything, and a notification is sent.
 */

import type { Chunk, KeyBound } from '../../domain/chunk-page.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { SnapshotBody, type SnapshotTable } from '../../domain/snapshot-body.ts';
import type { TableName, TableSchema, TypeSchema } from '../../domain/table-schema.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { TableShape } from '../../postgres/export/chunk-query.ts';
import { type BackupItem, backups } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../in-parallel.ts';
import { readManifest, type StoredManifest } from '../storage/manifest-store.ts';
import { PageReader, TableChunks } from '../storage/page-reader.ts';
import { presentBytes } from '../storage/present-object.ts';

export interface SnapshotBase {
  readonly stored: StoredManifest;
  readonly body: SnapshotBody;
  readonly tables: ReadonlyMap<TableName, SnapshotTable>;
  readonly reader: PageReader;
  /** None for a table that the base does not have. */
  readonly chunksOf: (table: TableName) => TableChunks;
  /** Digest → chunk, of a table that is cut anew: opens all of its pages, unless there are too many to remember. */
  readonly digestsOf: (table: TableName) => Promise<ReadonlyMap<string, Chunk>>;
}

/** Objects of the base that are looked for at the same time. */
const AT_ONCE = 16;

/**
 * The tenant's newest snapshot, verified; undefined where there is none (or none that verifies), or where an object of it is
 * missing: what is reused could not be retained.
 */
export async function loadNewestBase(ctx: Context, tenant: TenantRef): Promise<SnapshotBase | undefined> {
  const newest = (await snapshotsOf(ctx, tenant)).at(-1);
  if (!newest) return undefined;
  try {
    const base = await loadBase(ctx, tenant, newest);
    await inParallel(AT_ONCE, base.stored.header.objects, ({ key, bytes }) => presentBytes(ctx, key, bytes));
    return base;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    await reportUnreadable(ctx, tenant, newest, error);
    return undefined;
  }
}

/** Its manifest, or a page of it, does not open. */
export async function reportUnreadable(
  ctx: Context,
  tenant: TenantRef,
  base: { key: string },
  error: IntegrityError,
): Promise<void> {
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'base-unreadable',
    message: `The newest snapshot does not verify (${error.code}): a full one is taken instead.`,
    details: { object: error.details.object ?? base.key, tenant },
  });
}

export async function loadBase(
  ctx: Context,
  tenant: TenantRef,
  manifest: { key: string; sha256: string },
): Promise<SnapshotBase> {
  const { body, ...stored } = await readManifest(ctx, manifest.key, SnapshotBody, {
    tenant,
    kind: 'snapshot',
    sha256: manifest.sha256,
  });
  const tables = new Map(body.tables.map(table => [table.table, table]));
  const reader = new PageReader(ctx, tenant);
  const chunks = new Map(body.tables.map(({ table, pages }) => [table, new TableChunks(reader, pages)]));
  const none = new TableChunks(reader, []);
  const chunksOf = (table: TableName) => chunks.get(table) ?? none;
  return { stored, body, tables, reader, chunksOf, digestsOf: table => digestIndex(chunksOf(table)) };
}

export const boundText = (bound: KeyBound) => JSON.stringify(bound);

/** Some 20 MB. A table that was cut by another key has hardly a chunk in common, and one without a key has larger ones. */
const MOST_REMEMBERED = 50_000;

async function digestIndex(chunks: TableChunks): Promise<ReadonlyMap<string, Chunk>> {
  const digests = new Map<string, Chunk>();
  if (chunks.count > MOST_REMEMBERED) return digests;
  for await (const chunk of chunks.between([0, chunks.count])) if (chunk.length > 0) digests.set(chunk.digest, chunk);
  return digests;
}

/** Snapshots in the order of the positions to which they can be recovered. */
export async function snapshotsOf(ctx: Pick<Context, 'catalog'>, tenant: TenantRef): Promise<BackupItem[]> {
  const all = await backups.list(ctx.catalog, tenant);
  return all
    .filter(item => item.kind === 'snapshot')
    .sort(
      (a, b) =>
        Number(parseLsn(a.to) - parseLsn(b.to)) || (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0),
    );
}

/**
 * Whether the base's bounds of the table still divide its rows: same key, same types, same collations and versions. `types`:
 * as they are now. The labels of an enum can be renamed, so that a bound is no value, or another one.
 */
export function boundsHold(base: SnapshotBase, shape: TableShape, types: readonly TypeSchema[]): boolean {
  const table = base.tables.get(shape.owned.table);
  const before = schemaIn(base, shape.owned.table);
  if (!table || !before || shape.keyPositions === undefined) return false;
  if (JSON.stringify(table.key) !== JSON.stringify(shape.key)) return false;
  if (table.uncut) return false;
  return shape.key.every(name => {
    const now = shape.schema.columns.find(column => column.name === name);
    const then = before.columns.find(column => column.name === name);
    if (now?.typeKind !== 'b' && !typesHold(base, types)) return false;
    return now?.type === then?.type && now?.collation === then?.collation;
  });
}

/** Whether a stored row of the base would be printed the same now: columns, user types, storage and model agree. */
export function rowsHold(
  base: SnapshotBase,
  shape: TableShape,
  storage: string,
  types: readonly TypeSchema[],
): boolean {
  const table = base.tables.get(shape.owned.table);
  const before = schemaIn(base, shape.owned.table);
  if (!table || !before || before.oid !== shape.schema.oid) return false;
  const print = (schema: TableSchema) =>
    schema.columns.filter(column => column.generated === '').map(({ name, number, type }) => [name, number, type]);
  const entries = base.body.model as { table: string }[];
  return (
    table.storage === storage &&
    JSON.stringify(print(before)) === JSON.stringify(print(shape.schema)) &&
    typesHold(base, types) &&
    JSON.stringify(entries.find(entry => entry.table === table.table)) === JSON.stringify(shape.owned)
  );
}

function typesHold(base: SnapshotBase, types: readonly TypeSchema[]): boolean {
  return JSON.stringify(base.body.schema.types) === JSON.stringify(types);
}

function schemaIn(base: SnapshotBase, name: TableName): TableSchema | undefined {
  return base.body.schema.tables.find(schema => schema.table === name);
}
