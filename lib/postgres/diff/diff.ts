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
import { equalValues, printed } from '../equality.ts';
import { INDEX_FRIENDLY, runTogether, type Statement } from '../run-together.ts';
import { columnReference, fromTable, quoteIdentifier, quoteLiteral, tenantPredicate } from '../sql.ts';
import { collide, type LiveCatalog, linksFrom, linksTo } from './diff-catalog.ts';
import { AWAY, closeOverReferences, needsClosure } from './diff-closure.ts';
import { countAway, countKept, type DiffExtent, readExtents } from './diff-extent.ts';
import { type DiffTable, diffName, type MatchedColumn, type Shape } from './diff-shape.ts';
import type { RowCondition } from './row-filter.ts';

/** Which rows and columns of one live table are asked for. Tables without a selection only come along. */
export interface Selection {
  /** Rows in scope where any holds, now or at the target; empty: all rows. */
  readonly conditions: readonly RowCondition[];
  /** For mode `columns`. */
  readonly columns: ReadonlySet<string> | null;
  /** Rows that are gone come back; rows that live are kept as they are, also those that came later. */
  readonly additive: boolean;
}

export interface DiffInput {
  readonly connection: Connection;
  /** Unquoted name of the staging schema. */
  readonly schema: string;
  readonly tenant: TenantId;
  readonly shape: Shape;
  readonly catalog: LiveCatalog;
  readonly mode: RestoreMode;
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
  /** By index of an additive table: rows that differ and are kept. */
  readonly kept: ReadonlyMap<number, number>;
}

/** Rows from which on an index on the operation is worth making. */
const INDEX_FROM_ROWS = 1000;

/** Computes and materialises the difference; an earlier one of the same prefix is replaced. */
export async function computeDiff(input: DiffInput, prefix: 'd' | 'p'): Promise<DiffSet> {
  const base: DiffSet = { ...input, prefix, extents: new Map(), away: new Map(), kept: new Map() };
  const { connection, shape } = base;
  const made: Statement[] = [];
  for (const table of shape.tables) {
    for (const column of table.matched.filter(match => match.cast)) await createCasts(base, table, column);
    const name = nameOf(base, table);
    made.push(`DROP TABLE IF EXISTS ${name}`, `CREATE UNLOGGED TABLE ${name} AS ${differenceSql(base, table)}`);
  }
  const results = await runTogether(connection, [INDEX_FRIENDLY, ...made]);
  const rowsOf = (position: number) => results[2 * position + 2]!.rowCount ?? 0;
  const found = shape.tables.filter((_, position) => rowsOf(position) > 0);
  if (found.length === 0) return base;
  const closing = needsClosure(base);
  if (closing) await closeOverReferences(base);
  const away = closing ? await countAway(base, found) : new Map<number, number>();
  const kept = closing ? await countKept(base, found) : new Map<number, number>();
  const settle = found.flatMap(table => {
    const name = nameOf(base, table);
    const large = rowsOf(shape.tables.indexOf(table)) >= INDEX_FROM_ROWS;
    return [
      ...(closing ? [`DELETE FROM ${name} WHERE via IS NULL OR via = '${AWAY}'`] : []),
      ...(large ? [`CREATE INDEX ON ${name} (op)`] : []),
      `ANALYZE ${name}`,
      ...markMoved(base, table),
    ];
  });
  await runTogether(connection, settle);
  return { ...base, away, kept, extents: await readExtents(base, found) };
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
export function ownRow(diff: DiffInput, table: DiffTable, alias: string): string {
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

function differenceSql(diff: DiffInput, table: DiffTable): string {
  const selection = diff.selections.get(table.live.table);
  const wanted = (match: MatchedColumn) => diff.mode !== 'columns' || !!selection?.columns?.has(match.live.name);
  const name = (match: MatchedColumn) => quoteIdentifier(match.live.name);
  const compared = table.matched.filter(wanted);
  const row = (alias: string) => `ROW(${compared.map(match => `${alias}.${name(match)}`).join(', ')})`;
  const changed = compared.map(
    match =>
      `CASE WHEN record_image_ne(ROW(s.${name(match)}), ROW(l.${name(match)})) AND ${printed(`s.${name(match)}`)} IS DISTINCT FROM ${printed(`l.${name(match)}`)} THEN ${match.live.number} END`,
  );
  const columns = [
    `CASE WHEN s.holdfast_present IS NULL THEN 'd' WHEN l.holdfast_present IS NULL THEN 'i' ELSE 'u' END AS op`,
    'l.holdfast_xmin AS live_xmin',
    `CASE WHEN s.holdfast_present AND l.holdfast_present THEN array_remove(ARRAY[${changed.join(', ')}]::int2[], NULL) END AS changed`,
    's.holdfast_bad AS bad',
    's.holdfast_lossy AS lossy',
    `${scopeSql(selection)} AS in_scope`,
    ...table.key.map(
      column => `coalesce(l.${quoteIdentifier(column.name)}, s.${quoteIdentifier(column.name)}) AS k${column.number}`,
    ),
    ...table.matched.map(match => `${wanted(match) ? 's' : 'l'}.${name(match)} AS n${match.live.number}`),
    ...keptColumns(diff, table).map(match => `l.${name(match)} AS o${match.live.number}`),
  ];
  const join = table.key.map(column =>
    equalValues(column, columnReference(column.name, 's'), columnReference(column.name, 'l')),
  );
  const differs = compared.length > 0 ? `record_image_ne(${row('s')}, ${row('l')})` : 'false';
  return `
    SELECT row_number() OVER (ORDER BY ${table.key.map(column => `k${column.number}`).join(', ')}) AS id,
           CASE WHEN in_scope AND op IN (${allowedOps(diff, selection)}) THEN 'asked' END AS via, false AS moved, q.*
      FROM (SELECT ${columns.join(',\n             ')}
              FROM (${stagedSide(diff, table)}) s
              FULL JOIN (${liveSide(diff, table)}) l ON ${join.join(' AND ')}
             WHERE s.holdfast_present IS NULL OR l.holdfast_present IS NULL OR s.holdfast_bad <> '{}' OR ${differs}) q
     WHERE (op <> 'u' OR changed <> '{}' OR bad <> '{}')${leftAlone(table)}`;
}

/** A row that staging left out (an erasure) was there at the target: that it is not staged does not mean delete it. */
function leftAlone(table: DiffTable): string {
  const { leftOut, key } = table.staged;
  if (leftOut === undefined) return '';
  const columns = key.map(name => table.matched.find(match => match.staged.name === name)?.live);
  const known = columns.flatMap((live, i) =>
    live ? [`${printed(columnReference(key[i]!, 'x'))} = ${printed(`q.o${live.number}`)}`] : [],
  );
  if (known.length < key.length) return ` AND op <> 'd'`;
  return ` AND NOT (op = 'd' AND EXISTS (SELECT 1 FROM ${leftOut} x WHERE ${known.join(' AND ')}))`;
}

function allowedOps(diff: DiffInput, selection: Selection | undefined): string {
  if (selection?.additive) return `'i'`;
  return { exact: `'i', 'u', 'd'`, 'missing-only': `'i'`, columns: `'u'` }[diff.mode];
}

function scopeSql(selection: Selection | undefined): string {
  if (!selection) return 'false';
  if (selection.conditions.length === 0) return 'true';
  const holds = (alias: string) =>
    `coalesce(${alias}.holdfast_present AND (${selection.conditions.map(condition => condition(alias)).join(' OR ')}), false)`;
  return `(${holds('s')} OR ${holds('l')})`;
}

/** The staged rows under the live names and types. */
function stagedSide(diff: DiffInput, table: DiffTable): string {
  const own = (match: MatchedColumn) => `t.${quoteIdentifier(match.staged.name)}`;
  const value = (match: MatchedColumn) =>
    match.cast ? `${castName(diff, table, match, 'c')}(${own(match)})` : own(match);
  const casts = table.matched.filter(match => match.cast);
  const flags = (test: (match: MatchedColumn) => string) =>
    `array_remove(ARRAY[${casts.map(match => `CASE WHEN ${test(match)} THEN ${match.live.number} END`).join(', ')}]::int2[], NULL)`;
  const bad = flags(match => `${own(match)} IS NOT NULL AND ${value(match)} IS NULL`);
  const lossy = flags(
    match =>
      `${value(match)} IS NOT NULL AND ${castName(diff, table, match, 'b')}(${value(match)})::text COLLATE "C" IS DISTINCT FROM ${own(match)}::text`,
  );
  const conditions = diff.selections.get(table.live.table)?.conditions.length ?? 0;
  const missing = table.live.columns.filter(column => !table.matched.some(match => match.live === column));
  const absent = conditions > 0 ? missing : [];
  return `SELECT ${[
    ...table.matched.map(match => `${value(match)} AS ${quoteIdentifier(match.live.name)}`),
    ...absent.map(column => `NULL::${column.type} AS ${quoteIdentifier(column.name)}`),
    `${bad} AS holdfast_bad`,
    `${lossy} AS holdfast_lossy`,
    'true AS holdfast_present',
  ].join(', ')} FROM ${table.staged.staged} AS t`;
}

/** The tenant's live rows. */
function liveSide(diff: DiffInput, table: DiffTable): string {
  const columns = table.live.columns.map(column => columnReference(column.name, 'r')).join(', ');
  return `SELECT ${columns}, r.xmin AS holdfast_xmin, true AS holdfast_present FROM ${fromTable(table.live)} AS r WHERE ${ownRow(diff, table, 'r')}`;
}

function castName(diff: DiffInput, table: DiffTable, match: MatchedColumn, kind: 'c' | 'b'): string {
  return `${quoteIdentifier(diff.schema)}.${kind}${table.index}_${match.live.number}`;
}

/** Converts as an assignment would (so that nothing is cut silently); NULL where it fails. And the way back. */
async function createCasts(diff: DiffSet, table: DiffTable, match: MatchedColumn): Promise<void> {
  const create = (kind: 'c' | 'b', from: string, to: string) =>
    diff.connection.query(`
      CREATE OR REPLACE FUNCTION ${castName(diff, table, match, kind)}(v ${from}) RETURNS ${to} LANGUAGE plpgsql STABLE AS
      $cast$DECLARE r ${to}; BEGIN r := v; RETURN r; EXCEPTION WHEN OTHERS THEN RETURN NULL; END$cast$`);
  await create('c', match.staged.stagedType, match.live.type);
  await create('b', match.live.type, match.staged.stagedType);
}

/**
 * Updates that cannot be done in place: they take a unique value that another updated row still has, or change an
 * identity column that is GENERATED ALWAYS. They are done as delete and insert, values that the backup lacks kept.
 */
function markMoved(diff: DiffSet, table: DiffTable): Statement[] {
  const name = nameOf(diff, table);
  const conditions: string[] = [];
  const always = table.matched.filter(match => match.live.identity === 'a').map(match => match.live);
  if (always.length > 0) conditions.push(`a.changed && ${numbers(always)}`);
  for (const index of diff.catalog.indexes.filter(candidate => candidate.tableOid === table.live.oid)) {
    const columns = (index.columns ?? []).map(column => table.matched.find(match => match.live.name === column)?.live);
    if (columns.length === 0 || !columns.every(column => column !== undefined)) continue;
    const taken = columns
      .map((column, i) => collide(index.parts[i]!, `b.o${column.number}`, `a.n${column.number}`))
      .join(' AND ');
    conditions.push(
      `(a.changed && ${numbers(columns)} AND EXISTS (SELECT 1 FROM ${name} b WHERE b.op = 'u' AND b.id <> a.id AND ${taken}))`,
    );
  }
  if (conditions.length === 0) return [];
  return [`UPDATE ${name} a SET moved = true WHERE a.op = 'u' AND (${conditions.join(' OR ')})`];
}
