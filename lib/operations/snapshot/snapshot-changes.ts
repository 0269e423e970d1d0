/**
 * What changed for a tenant since a snapshot, from the change log: the keys of changed rows, table by table. Invariant:
 * there is a result only when the log covers everything from the base's replay start to the judged position, without a
 * gap; otherwise everything is read.
 */
import { IntegrityError } from '../../domain/errors.ts';
import type { GapEntry } from '../../domain/log-manifest.ts';
import { type Lsn, type LsnText, parseLsn } from '../../domain/lsn.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import type { DatabaseSchema, TableName } from '../../domain/table-schema.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Connection } from '../../postgres/connection.ts';
import { keysOfChildren } from '../../postgres/export/child-rows.ts';
import type { TableShape } from '../../postgres/export/chunk-query.ts';
import { gaps, runs } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { type ChangedKeys, changedKeys, type FoundChanges } from './changed-keys.ts';
import { referencesBetween } from './changed-parents.ts';
import { boundsHold, type SnapshotBase } from './snapshot-base.ts';
import { touchedChunks } from './touched-chunks.ts';

export interface JudgedChanges {
  /** End of the log that was consulted: rows outside `keys` are as the base has them at this position. */
  readonly lsn: LsnText;
  readonly time: string;
  /** Chunk keys of changed rows, or `all` where they are unknown; a table without changes has no entry. */
  readonly keys: ChangedKeys;
  /** Chunks of the base with more changed rows, whose keys were too many to remember. */
  readonly placed: ReadonlyMap<TableName, ReadonlySet<number>>;
}

/** The tables of the database, and its user types. */
export interface CurrentTables {
  readonly shapes: readonly TableShape[];
  readonly types: DatabaseSchema['types'];
}

/** More children of changed parents than this are not looked up one by one: their tables are read. */
const MOST_CHILDREN = 100_000;

/** Undefined where the log does not reach back to the base, has a gap, or does not verify (which is reported). */
export async function judgeChanges(
  ctx: Context,
  connection: Connection,
  tenant: TenantRef,
  base: SnapshotBase,
  now: CurrentTables,
): Promise<JudgedChanges | undefined> {
  const { shapes } = now;
  const from = parseLsn(base.stored.header.from);
  const latest = await runs.latest(ctx.catalog);
  if (!latest || parseLsn(latest.to) < from) return undefined;
  const open = (await gaps.list(ctx.catalog, tenant)).filter(gap => isOpenFor(gap, from));
  if (open.some(gap => !gap.tables)) return undefined;
  const suspect = open.flatMap(gap => gap.tables ?? []);
  const keys = new Map(shapes.map(shape => [shape.owned.table, shape.key] as const));
  try {
    const references = referencesBetween(base.body.schema.tables, shapes);
    const placed = new Map<TableName, Set<number>>();
    const place = async (table: TableName, changed: readonly string[][]) => {
      const chunks = await placeIn(connection, base, now, { table, changed });
      if (chunks) placed.set(table, new Set([...(placed.get(table) ?? []), ...chunks]));
      return chunks !== undefined;
    };
    const found = await changedKeys(ctx, tenant, from, parseLsn(latest.to), { keys, references, place });
    const changed = await withChildren(connection, found);
    // The log is incomplete for these tables: they are read again.
    for (const table of suspect) changed.set(table, 'all');
    return { lsn: latest.to, time: latest.toTime, keys: changed, placed };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    if (error.code !== 'log-incomplete') {
      await ctx.notifier.notify({
        severity: 'alarm',
        code: 'log-unreadable',
        message: `The change log since the last snapshot does not verify (${error.code}): everything is read instead.`,
        details: { tenant, ...error.details },
      });
    }
    return undefined;
  }
}

/** Undefined where the base's bounds no longer divide the rows, or cannot be read. */
async function placeIn(
  connection: Connection,
  base: SnapshotBase,
  { shapes, types }: CurrentTables,
  { table, changed }: { table: TableName; changed: readonly string[][] },
): Promise<Set<number> | undefined> {
  const shape = shapes.find(({ owned }) => owned.table === table);
  if (!shape || !boundsHold(base, shape, types)) return undefined;
  try {
    return await touchedChunks(connection, shape, base.chunksOf(table), changed);
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** The chunks of the base in which rows of the table changed. Throws as touchedChunks() does. */
export async function changedChunks(
  connection: Connection,
  shape: TableShape,
  base: SnapshotBase,
  { keys, placed }: Pick<JudgedChanges, 'keys' | 'placed'>,
): Promise<Set<number> | 'all'> {
  const { table } = shape.owned;
  const changed = keys.get(table) ?? [];
  if (changed === 'all') return 'all';
  const touched = await touchedChunks(connection, shape, base.chunksOf(table), changed);
  return new Set([...touched, ...(placed.get(table) ?? [])]);
}

/** With the rows that may have changed hands with a parent. */
async function withChildren(connection: Connection, { keys, parents }: FoundChanges): Promise<ChangedKeys> {
  for (const { path, values } of parents) {
    const { table } = path.shape.owned;
    const known = keys.get(table) ?? [];
    if (known === 'all') continue;
    const children = await keysOfChildren(connection, path, values, MOST_CHILDREN);
    if (children !== 'all' && children.length === 0) continue;
    keys.set(table, children === 'all' ? children : [...known, ...children]);
  }
  return keys;
}

/** A gap is closed for a snapshot with a replay start where the gap was detected, or later. */
function isOpenFor(gap: GapEntry, from: Lsn): boolean {
  const end = gapEnd(gap);
  return end === null || parseLsn(end) > from;
}
