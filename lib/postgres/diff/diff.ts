/**
 * The difference between the staged state and the tenant's live rows, one table at a time, in SQL. It is materialised
 * in the staging schema, so that a preview can be approved and exactly it be applied. Rows are paired by their key as the
 * database compares it, because its unique index does; two values are the same where their images or printed forms are,
 * byte for byte, whatever their type or collation holds equal (1 and 1.0, `a` and `A`).
 * Invariant: reads live rows, writes only inside the staging schema.
 *
 * A diff table holds: id, op (i insert, u update, d delete), via (asked, parent, child), live_xmin, changed (attribute
 * numbers), bad and lossy (columns whose cast failed or lost something), moved (an update that must be done as delete
 * and insert), k<n> the live key, n<n> values at the target, o<n> values now (key, foreign-key and unique columns).
 */
import type { RestoreMode } from '../../domain/restore-request.ts';
import type { ColumnSchema, TableName } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Connection } from '../connection.ts';
import { equalValues, textOf } from '../equality.ts';
import { INDEX_FRIENDLY, runTogether, type Statement } from '../run-together.ts';
import { columnReference, quoteIdentifier, quoteLiteral, tenantPredicate } from '../sql.ts';
import { makePrivate } from '../staging/private-schema.ts';
import { createCasts } from './diff-casts.ts';
import { type LiveCatalog, linksFrom, linksTo } from './diff-catalog.ts';
import { AWAY, closeOverReferences, needsClosure } from './diff-closure.ts';
import { countAway, countKept, countLater, type DiffExtent, readExtents } from './diff-extent.ts';
import { type DiffTable, diffName, type MatchedColumn, type Shape } from './diff-shape.ts';
import { differenceSql } from './difference-sql.ts';
import { markMoved } from './moved-rows.ts';
import type { RowCondition } from './row-filter.ts';

/** Which rows and columns of one live table are asked for. Tables without a selection only come along. */
export interface Selection {
  /** Rows in scope where any holds, now or at the target; empty: all rows. */
  readonly conditions: readonly RowCondition[];
  /** For mode `columns`. */
  readonly columns: ReadonlySet<string> | null;
  /** Rows that are gone or changed are put back; rows that came later are kept. */
  readonly keepsLater: boolean;
}

export interface DiffInput {
  readonly connection: Connection;
  /** Unquoted name of the staging schema. */
  readonly schema: string;
  readonly tenant: TenantId;
  readonly shape: Shape;
  readonly catalog: LiveCatalog;
  readonly mode: RestoreMode;
  /** An undo or a revert also takes back what was changed since. */
  readonly overwrite: boolean;
  readonly selections: ReadonlyMap<TableName, Selection>;
  /** Rows that are gone and referred to rows that come back come along. */
  readonly withChildren: boolean;
  /** True where rows may be needed or left behind outside the selection. */
  readonly filtered: boolean;
}

/** A materialised difference. `prefix` names its tables: `d` the one to apply, `p` the proof after it. */
export interface DiffSet extends DiffInput {
  readonly prefix: 'd' | 'p';
  /** By index of the compared table; tables without a difference are not in it, and nobody need ask about them. */
  readonly extents: ReadonlyMap<number, DiffExtent>;
  /** By index of the table: rows that belonged to rows that come back and stay away. Known where it is computed. */
  readonly away: ReadonlyMap<number, number>;
  /** By index of a table that keeps later rows: how many. */
  readonly kept: ReadonlyMap<number, number>;
  /** By index of the table: rows that an undo leaves, because they were changed since. */
  readonly later: ReadonlyMap<number, number>;
}

/** Rows from which on an index on the operation is worth making. */
const INDEX_FROM_ROWS = 1000;

/** Computes and materialises the difference; an earlier one of the same prefix is replaced. */
export async function computeDiff(input: DiffInput, prefix: 'd' | 'p'): Promise<DiffSet> {
  const base: DiffSet = { ...input, prefix, extents: new Map(), away: new Map(), kept: new Map(), later: new Map() };
  const { connection, shape } = base;
  const made: Statement[] = [];
  for (const table of shape.tables) {
    await createCasts(base, table);
    const name = nameOf(base, table);
    made.push(`DROP TABLE IF EXISTS ${name}`, `CREATE UNLOGGED TABLE ${name} AS ${differenceSql(base, table)}`);
  }
  const results = await runTogether(connection, [INDEX_FRIENDLY, ...made]);
  const rowsOf = (position: number) => results[2 * position + 2]!.rowCount ?? 0;
  const found = shape.tables.filter((_, position) => rowsOf(position) > 0);
  if (found.length === 0) return base;
  await makePrivate(connection, base.schema);
  const closing = needsClosure(base);
  if (closing) await closeOverReferences(base);
  const away = closing ? await countAway(base, found) : new Map<number, number>();
  const kept = closing ? await countKept(base, found) : new Map<number, number>();
  const later = closing ? await countLater(base, found) : new Map<number, number>();
  if (prefix === 'd')
    await keepLater(
      base,
      found.filter(table => later.has(table.index)),
    );
  const settle = found.flatMap(table => {
    const name = nameOf(base, table);
    const large = rowsOf(shape.tables.indexOf(table)) >= INDEX_FROM_ROWS;
    return [
      ...(closing ? [`DELETE FROM ${name} WHERE via IS NULL OR via = ${quoteLiteral(AWAY)}`] : []),
      ...(large ? [`CREATE INDEX ON ${name} (op)`] : []),
      `ANALYZE ${name}`,
      ...markMoved(base, table),
    ];
  });
  await runTogether(connection, settle);
  return { ...base, away, kept, later, extents: await readExtents(base, found) };
}

/** Rows left alone whose keys are kept, of each table: to say who changed them. */
const LATER_ROWS = 1000;

const laterName = ({ schema }: Pick<DiffSet, 'schema'>, { index }: DiffTable) =>
  `${quoteIdentifier(schema)}.later${index}`;

/** Keeps the keys of rows that an undo leaves alone, before they go from the difference. */
async function keepLater(diff: DiffSet, tables: readonly DiffTable[]): Promise<void> {
  await runTogether(
    diff.connection,
    tables.flatMap(table => {
      const texts = table.key.map(column => `${textOf(`d.k${column.number}`)} AS k${column.number}`);
      return [
        `DROP TABLE IF EXISTS ${laterName(diff, table)}`,
        `CREATE UNLOGGED TABLE ${laterName(diff, table)} AS SELECT ${texts.join(', ')} FROM ${nameOf(diff, table)} d WHERE d.via IS NULL AND d.later LIMIT ${LATER_ROWS}`,
      ];
    }),
  );
  if (tables.length > 0) await makePrivate(diff.connection, diff.schema);
}

/** Keys of rows that an undo leaves alone, as texts of the key columns in order; at most 1,000. */
export async function readLater(diff: DiffSet, table: DiffTable): Promise<string[][]> {
  if (!diff.later.has(table.index)) return [];
  const { rows } = await diff.connection.query({ text: `SELECT * FROM ${laterName(diff, table)}`, rowMode: 'array' });
  return rows as string[][];
}

/** A difference that was materialised before, with what is in it. */
export async function reopenDiff(input: DiffInput): Promise<DiffSet> {
  const base: DiffSet = {
    ...input,
    prefix: 'd',
    extents: new Map(),
    away: new Map(),
    kept: new Map(),
    later: new Map(),
  };
  await input.connection.query(INDEX_FRIENDLY);
  return { ...base, extents: await readExtents(base, input.shape.tables) };
}

/** The difference as it is now, not materialised: SQL whose rows hold at least the key `k<n>`. */
export function differenceNow(diff: DiffInput, table: DiffTable): string {
  return differenceSql(diff, table);
}

/** The name of the diff table, quoted. */
export function nameOf(diff: Pick<DiffSet, 'schema' | 'prefix'>, table: DiffTable): string {
  return diffName(diff.schema, diff.prefix, table);
}

/** SQL condition that a diff row `d` and a live row `l` are the same row. */
export function sameKey(table: DiffTable, d: string, l: string): string {
  return table.key
    .map(column => equalValues(column, columnReference(column.name, l), `${d}.k${column.number}`))
    .join(' AND ');
}

/** SQL condition: the live row of that alias is this tenant's. */
export function ownRow(diff: Pick<DiffInput, 'shape' | 'tenant'>, table: DiffTable, alias: string): string {
  const { schemas, model } = diff.shape;
  return tenantPredicate(table.owned, schemas, alias, quoteLiteral(diff.tenant), model);
}

/** A list of attribute numbers as SQL. */
export function numbers(columns: readonly Pick<ColumnSchema, 'number'>[]): string {
  return `'{${columns.map(column => column.number).join(',')}}'::int2[]`;
}

/** Columns whose present value the diff keeps: what keys, foreign keys and unique indexes are made of. */
export function keptColumns(diff: DiffInput, table: DiffTable): MatchedColumn[] {
  const renamed = table.matched.filter(match => table.staged.key.includes(match.staged.name));
  const names = new Set([...table.key, ...renamed.map(match => match.live)].map(column => column.name));
  for (const link of linksFrom(diff.catalog, table.live.oid)) for (const column of link.columns) names.add(column);
  for (const link of linksTo(diff.catalog, table.live.oid))
    for (const column of link.referencedColumns) names.add(column);
  for (const index of diff.catalog.indexes.filter(candidate => candidate.tableOid === table.live.oid))
    for (const column of index.columns ?? []) names.add(column);
  return table.matched.filter(match => names.has(match.live.name));
}
