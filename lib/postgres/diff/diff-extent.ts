/**
 * The number of differences in each compared table, by operation and column: later steps check it first and skip
 * tables without work. Invariant: a missing table has no row in its diff table.
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { runTogether } from '../run-together.ts';
import { quoteLiteral } from '../sql.ts';
import { type DiffInput, type DiffSet, nameOf } from './diff.ts';
import { AWAY } from './diff-closure.ts';
import type { DiffTable } from './diff-shape.ts';

export interface DiffExtent {
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  /** Of the updates, rows that are deleted and inserted. */
  readonly moved: number;
  /** Of these, rows outside the selection that are needed. */
  readonly alongside: number;
  /** Attribute number → updated rows in which that column changes. */
  readonly columns: ReadonlyMap<number, number>;
}

interface Counted {
  readonly inserts: string;
  readonly updates: string;
  readonly deletes: string;
  readonly moved: string;
  readonly alongside: string;
  readonly columns: Record<string, number>;
}

type Diff = Pick<DiffSet, 'connection' | 'schema' | 'prefix'>;

/** Counts these tables' differences in one round trip. */
export async function readExtents(diff: Diff, tables: readonly DiffTable[]): Promise<Map<number, DiffExtent>> {
  const results = await runTogether(
    diff.connection,
    tables.map(table => countSql(nameOf(diff, table))),
  );
  const extents = new Map<number, DiffExtent>();
  for (const [position, table] of tables.entries()) {
    const counted = results[position]!.rows[0] as Counted;
    const extent = {
      inserts: Number(counted.inserts),
      updates: Number(counted.updates),
      deletes: Number(counted.deletes),
      moved: Number(counted.moved),
      alongside: Number(counted.alongside),
      columns: new Map(Object.entries(counted.columns).map(([number, rows]) => [Number(number), rows])),
    };
    if (extent.inserts + extent.updates + extent.deletes > 0) extents.set(table.index, extent);
  }
  return extents;
}

function countSql(name: string): string {
  return `SELECT count(*) FILTER (WHERE op = 'i')::int8 AS inserts, count(*) FILTER (WHERE op = 'u')::int8 AS updates,
      count(*) FILTER (WHERE op = 'd')::int8 AS deletes, count(*) FILTER (WHERE moved)::int8 AS moved,
      count(*) FILTER (WHERE via <> 'asked')::int8 AS alongside,
      coalesce((SELECT jsonb_object_agg(c.number, c.n) FROM (
        SELECT u AS number, count(*) AS n FROM ${name} d CROSS JOIN LATERAL unnest(d.changed) u WHERE d.op = 'u' GROUP BY 1) c), '{}') AS columns
    FROM ${name}`;
}

/** By index of the table: rows marked as not restored. */
export async function countAway(diff: Diff, tables: readonly DiffTable[]): Promise<Map<number, number>> {
  return countRows(diff, tables, `via = ${quoteLiteral(AWAY)}`);
}

/** By index of the table: rows that an undo leaves unchanged, because they were changed since. */
export async function countLater(diff: Diff, tables: readonly DiffTable[]): Promise<Map<number, number>> {
  const undone = tables.filter(table => table.staged.baseline !== undefined);
  return countRows(diff, undone, 'via IS NULL AND later');
}

/** By index of a table that keeps later rows: later rows whose deletion nothing else needs. */
export async function countKept(
  diff: Diff & Pick<DiffInput, 'selections'>,
  tables: readonly DiffTable[],
): Promise<Map<number, number>> {
  const keeping = tables.filter(table => diff.selections.get(table.live.table)?.keepsLater);
  return countRows(diff, keeping, 'via IS NULL');
}

async function countRows(diff: Diff, tables: readonly DiffTable[], where: string): Promise<Map<number, number>> {
  const results = await runTogether(
    diff.connection,
    tables.map(table => `SELECT count(*)::int8::float8 AS n FROM ${nameOf(diff, table)} WHERE ${where}`),
  );
  const counts = tables.map(
    (table, position) => [table.index, (results[position]!.rows[0] as { n: number }).n] as const,
  );
  return new Map(counts.filter(([, rows]) => rows > 0));
}

const NONE: DiffExtent = { inserts: 0, updates: 0, deletes: 0, moved: 0, alongside: 0, columns: new Map() };

export function extentOf(diff: Pick<DiffSet, 'extents'>, table: DiffTable): DiffExtent {
  return diff.extents.get(table.index) ?? NONE;
}

/** The operations on a table's rows, as letters; a moved row is deleted and inserted. */
export function operationsOf(diff: Pick<DiffSet, 'extents'>, table: DiffTable): string {
  const { inserts, updates, deletes, moved } = extentOf(diff, table);
  return `${inserts + moved > 0 ? 'i' : ''}${updates - moved > 0 ? 'u' : ''}${deletes + moved > 0 ? 'd' : ''}`;
}

/** The compared tables with differences, in order. */
export function differingTables(diff: Pick<DiffSet, 'extents' | 'shape'>): DiffTable[] {
  return diff.shape.tables.filter(table => diff.extents.has(table.index));
}

/** True if rows are inserted, or updated in any column. */
export function writesRows(diff: Pick<DiffSet, 'extents'>, table: DiffTable): boolean {
  const { inserts, updates } = extentOf(diff, table);
  return inserts + updates > 0;
}

/** True if updated rows change any of these columns. */
export function changesAny(
  diff: Pick<DiffSet, 'extents'>,
  table: DiffTable,
  columns: readonly Pick<ColumnSchema, 'number'>[],
): boolean {
  const changed = extentOf(diff, table).columns;
  return columns.some(column => changed.has(column.number));
}
