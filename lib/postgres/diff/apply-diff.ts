/**
 * Writes a materialised difference into the live tables, set-wise. Invariant: every changed or removed row is
 * identified by its full key and still has the version of the diff; every row is this tenant's; an unexpected count
 * aborts the entire transaction (`rows-changed`). The caller owns the transaction and proves the result before it
 * commits.
 */
import { ConflictError } from '../../domain/errors.ts';
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { isOwned } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { columnReference, fromTable, quoteIdentifier, quoteTable } from '../sql.ts';
import { runInApplicationPath } from './application-code.ts';
import { type DiffSet, nameOf, numbers, ownRow, sameKey } from './diff.ts';
import { writtenValue } from './diff-casts.ts';
import { type Link, linkJoin, linksFrom } from './diff-catalog.ts';
import { comparedLinks, linked, matchedColumns } from './diff-closure.ts';
import { changesAny, differingTables, extentOf } from './diff-extent.ts';
import type { DiffTable } from './diff-shape.ts';
import { lateColumns, parentsFirst } from './write-order.ts';

/** A statement, its table, and the number of rows it must write. */
interface Statement {
  readonly sql: string;
  /** SQL condition over the diff table `d`: the rows it must write. */
  readonly rows: string;
}

/** Statements that need the same transaction; with batches, a single-statement step runs in ranges of diff ids. */
export interface ApplyStep {
  readonly kind: 'delete' | 'update' | 'insert' | 'tie';
  readonly table: DiffTable;
  readonly statements: readonly Statement[];
}

/** Settings of an apply transaction, after BEGIN. */
export async function prepareTransaction(connection: Connection, suppress: boolean): Promise<void> {
  await connection.query('SET CONSTRAINTS ALL DEFERRED');
  if (suppress) await connection.query('SET LOCAL session_replication_role = replica');
}

/** All steps in order: deletes from child to parent, then updates and inserts from parent to child, then circles. */
export async function planSteps(diff: DiffSet): Promise<ApplyStep[]> {
  const order = parentsFirst(diff).filter(table => diff.extents.has(table.index));
  const extent = (table: DiffTable) => extentOf(diff, table);
  const deletes = [...order]
    .reverse()
    .filter(table => extent(table).deletes > 0)
    .map(table => deleteStep(diff, table));
  const writes: ApplyStep[] = [];
  for (const table of order) {
    if (extent(table).updates > 0) writes.push(await updateStep(diff, table));
    if (extent(table).inserts > 0) writes.push(insertStep(diff, table));
  }
  const late = await mustDeleteLast(diff);
  const steps = [
    ...order.map(table => untieStep(diff, table)),
    ...(late ? [...writes, ...deletes] : [...deletes, ...writes]),
    ...order.map(table => tieStep(diff, table)),
  ];
  return steps.filter(step => step.statements.length > 0);
}

/** Runs a step, or the part of it with diff ids in [from, to]. Returns the rows written. ConflictError `rows-changed`. */
export async function runStep(diff: DiffSet, step: ApplyStep, range?: { from: number; to: number }): Promise<number> {
  const within = range ? ` AND d.id BETWEEN ${range.from} AND ${range.to}` : '';
  const due = await dueStatements(diff, step, within);
  if (due.length === 0) return 0;
  const results = await runInApplicationPath(
    diff,
    step.table,
    due.map(({ sql }) => sql + within),
  );
  let written = 0;
  for (const [place, { expected }] of due.entries()) {
    const done = results[place]!.rowCount ?? 0;
    if (done !== expected) throw rowsChanged(step.table.live.table, expected - done);
    written += step.kind === 'tie' ? 0 : done;
  }
  return written;
}

/** The statements that have rows to write, and how many: one without would still fire the table's statement triggers. */
async function dueStatements(diff: DiffSet, step: ApplyStep, within: string) {
  const counts = step.statements.map(
    ({ rows }, place) => `count(*) FILTER (WHERE ${rows}${within})::int8 AS n${place}`,
  );
  const { rows } = await diff.connection.query(`SELECT ${counts.join(', ')} FROM ${nameOf(diff, step.table)} d`);
  const found = rows[0] as Record<string, string>;
  return step.statements
    .map(({ sql }, place) => ({ sql, expected: Number(found[`n${place}`]) }))
    .filter(({ expected }) => expected > 0);
}

/** The number of diff ids of a step's table, from which batches are cut. */
export async function lastId(diff: DiffSet, table: DiffTable): Promise<number> {
  const { rows } = await diff.connection.query(`SELECT coalesce(max(id), 0) AS n FROM ${nameOf(diff, table)}`);
  return Number((rows[0] as { n: string }).n);
}

/**
 * If the database's foreign-key checks are suppressed: locks the parents of written rows like those checks would (KEY
 * SHARE), so that they cannot be removed before the commit: the tenant's own and shared ones, if the role has the
 * privilege. Rows of other tenants are not locked.
 */
export async function holdParents(diff: DiffSet): Promise<void> {
  const ownedNames = new Set(diff.shape.model.tables.filter(isOwned).map(table => table.table));
  for (const child of differingTables(diff)) {
    for (const link of linksFrom(diff.catalog, child.live.oid).filter(each => !each.period)) {
      const parent = diff.shape.tables.find(table => table.live.oid === link.parentOid);
      const columns = matchedColumns(child, link.columns);
      if (columns && extentOf(diff, child).inserts === 0 && !changesAny(diff, child, columns)) continue;
      if (!columns || (!parent && (ownedNames.has(link.parent) || !(await mayLock(diff, link))))) continue;
      const from = fromTable({ table: link.parent, kind: link.parentKind });
      const same = linkJoin(
        link,
        i => columnReference(link.referencedColumns[i]!, 'p'),
        i => `c.n${columns[i]!.number}`,
      );
      const mine = parent
        ? `${ownRow(diff, parent, 'p')} AND NOT EXISTS (SELECT 1 FROM ${nameOf(diff, parent)} z WHERE z.op IN ('d', 'u') AND ${sameKey(parent, 'z', 'p')})`
        : 'true';
      await diff.connection.query(`
        SELECT count(*) FROM (SELECT 1 FROM ${from} AS p
         WHERE EXISTS (SELECT 1 FROM ${nameOf(diff, child)} c WHERE ${same} AND (c.op = 'i' OR (c.op = 'u' AND c.changed && ${numbers(columns)})))
           AND ${mine} FOR KEY SHARE OF p) held`);
    }
  }
}

async function mayLock(diff: DiffSet, link: Link): Promise<boolean> {
  const { rows } = await diff.connection.query(
    `SELECT has_any_column_privilege($1::text::regclass, 'UPDATE') AS may, (SELECT relkind FROM pg_class WHERE oid = $1::text::regclass) IN ('r', 'p') AS real`,
    [link.parent],
  );
  const found = rows[0] as { may: boolean; real: boolean };
  return found.may && found.real;
}

export function rowsChanged(table: string, rows: number): ConflictError {
  return new ConflictError(
    'rows-changed',
    `${rows} rows of ${table} changed since the difference was computed; nothing was written.`,
    {
      hint: 'Make a new preview. If nothing else writes these rows, look for triggers on the table that change or skip rows.',
      details: { table, rows },
    },
  );
}

const own = (column: ColumnSchema) => quoteIdentifier(column.name);

function guard(table: DiffTable, late: readonly ColumnSchema[]): string {
  const untied = late.length > 0 ? ` OR l.xmin = pg_current_xact_id()::xid` : '';
  return `${sameKey(table, 'd', 'l')} AND (l.xmin = d.live_xmin${untied})`;
}

/** Clears circular foreign-key columns of rows to delete. */
function untieStep(diff: DiffSet, table: DiffTable): ApplyStep {
  const late = lateColumns(diff, table);
  const sets = late.map(column => `${own(column)} = NULL`).join(', ');
  const sql = `UPDATE ${fromTable(table.live)} AS l SET ${sets} FROM ${nameOf(diff, table)} d WHERE d.op = 'd' AND ${guard(table, [])}`;
  return { kind: 'tie', table, statements: late.length > 0 ? [{ sql, rows: `d.op = 'd'` }] : [] };
}

function deleteStep(diff: DiffSet, table: DiffTable): ApplyStep {
  const sql = `DELETE FROM ${fromTable(table.live)} AS l USING ${nameOf(diff, table)} d WHERE d.op = 'd' AND ${guard(table, lateColumns(diff, table))}`;
  return { kind: 'delete', table, statements: [{ sql, rows: `d.op = 'd'` }] };
}

/**
 * If foreign-key actions fire, a row is deleted only after the update of the rows that refer to it now and will refer
 * to another. Otherwise deletes come first, because they free unique values.
 */
async function mustDeleteLast(diff: DiffSet): Promise<boolean> {
  if (diff.catalog.maySuppress) return false;
  for (const { child, parent, ...join } of comparedLinks(diff)) {
    const leaves = linked(join, 'o');
    const { rows } = await diff.connection.query(
      `SELECT 1 FROM ${nameOf(diff, child)} c JOIN ${nameOf(diff, parent)} p ON ${leaves} WHERE c.op = 'u' AND p.op = 'd' LIMIT 1`,
    );
    if (rows.length > 0) return true;
  }
  return false;
}

/** Moved rows are saved and removed, then the rest is updated, then the moved ones are inserted. */
async function updateStep(diff: DiffSet, table: DiffTable): Promise<ApplyStep> {
  const name = nameOf(diff, table);
  const target = (column: ColumnSchema) => writtenValue(diff, table, column.number, 'd');
  const { rows } = await diff.connection.query(
    `SELECT coalesce(array_agg(DISTINCT u) FILTER (WHERE NOT d.moved), '{}') AS changed, count(*) FILTER (WHERE d.moved) AS moved, bool_or(d.after) AS after
       FROM ${name} d CROSS JOIN LATERAL unnest(d.changed) u WHERE d.op = 'u'`,
  );
  const { changed, moved, after } = rows[0] as { changed: number[]; moved: string; after: boolean | null };
  const late = new Set(lateColumns(diff, table).map(column => column.number));
  const columns = table.matched.map(match => match.live).filter(column => changed.includes(column.number));
  const now = columns.filter(column => !late.has(column.number));
  const sets = now.map(column => `${own(column)} = ${target(column)}`).join(', ');
  const list = `'{${now.map(column => column.number).join(',')}}'::int2[]`;
  const update = (which: string): Statement => ({
    sql: `UPDATE ${fromTable(table.live)} AS l SET ${sets} FROM ${name} d WHERE d.op = 'u' AND NOT d.moved AND ${which} AND d.changed OPERATOR(pg_catalog.&&) ${list} AND ${guard(table, [])}`,
    rows: `d.op = 'u' AND NOT d.moved AND ${which} AND d.changed OPERATOR(pg_catalog.&&) ${list}`,
  });
  const order = after ? ['NOT d.after', 'd.after'] : ['true'];
  const updates = now.length > 0 ? order.map(update) : [];
  if (Number(moved) === 0) return { kind: 'update', table, statements: updates };
  const aside = `${quoteIdentifier(diff.schema)}.m${table.index}`;
  await diff.connection.query(`DROP TABLE IF EXISTS ${aside}`);
  await diff.connection.query(
    `CREATE UNLOGGED TABLE ${aside} AS SELECT l.* FROM ${fromTable(table.live)} AS l JOIN ${name} d ON ${guard(table, [])} WHERE d.moved`,
  );
  const values = [
    ...table.matched.map(match => [own(match.live), target(match.live)]),
    ...table.gained.map(column => [own(column), `m.${own(column)}`]),
  ];
  return {
    kind: 'update',
    table,
    statements: [
      {
        sql: `DELETE FROM ${fromTable(table.live)} AS l USING ${name} d WHERE d.moved AND ${guard(table, [])}`,
        rows: 'd.moved',
      },
      ...updates,
      {
        sql: `INSERT INTO ${quoteTable(table.live.table)} (${values.map(([column]) => column).join(', ')}) OVERRIDING SYSTEM VALUE
              SELECT ${values.map(([, value]) => value).join(', ')} FROM ${name} d JOIN ${aside} m ON ${sameKey(table, 'd', 'm')} WHERE d.moved`,
        rows: 'd.moved',
      },
    ],
  };
}

function insertStep(diff: DiffSet, table: DiffTable): ApplyStep {
  const late = new Set(lateColumns(diff, table).map(column => column.number));
  const columns = table.matched.map(match => match.live).filter(column => !late.has(column.number));
  return {
    kind: 'insert',
    table,
    statements: [
      {
        sql: `INSERT INTO ${quoteTable(table.live.table)} (${columns.map(own).join(', ')}) OVERRIDING SYSTEM VALUE
              SELECT ${columns.map(column => writtenValue(diff, table, column.number, 'd')).join(', ')} FROM ${nameOf(diff, table)} d WHERE d.op = 'i'`,
        rows: `d.op = 'i'`,
      },
    ],
  };
}

/** Sets circular foreign-key columns. */
function tieStep(diff: DiffSet, table: DiffTable): ApplyStep {
  const late = lateColumns(diff, table);
  const filled = late.map(column => `d.n${column.number} IS NOT NULL`).join(' OR ');
  const rows = `((d.op = 'i' AND (${filled})) OR (d.op = 'u' AND d.changed OPERATOR(pg_catalog.&&) ${numbers(late)}))`;
  const sets = late.map(column => `${own(column)} = ${writtenValue(diff, table, column.number, 'd')}`).join(', ');
  const key = sameKey(table, 'd', 'l');
  const version = `(l.xmin = pg_current_xact_id()::xid OR (d.op = 'u' AND l.xmin = d.live_xmin))`;
  const sql = `UPDATE ${fromTable(table.live)} AS l SET ${sets} FROM ${nameOf(diff, table)} d WHERE ${rows} AND ${key} AND ${version}`;
  return { kind: 'tie', table, statements: late.length > 0 ? [{ sql, rows }] : [] };
}
