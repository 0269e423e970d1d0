/**
 * All conflicts of a restore, found before anything is written: on the materialised difference, with the live
 * database's constraints. Invariant: conflicts contain names and counts, never a value, and nothing about another
 * tenant's rows except that they conflict.
 */
import type { Conflict, Note } from '../../domain/preview.ts';
import { tellingColumns } from '../../domain/telling-columns.ts';
import { isTenant, textOf } from '../equality.ts';
import { columnReference, quoteLiteral } from '../sql.ts';
import { afterImage } from './after-image.ts';
import { isByText } from './comparable-value.ts';
import { findKeyConflicts } from './conflict-keys.ts';
import { findOwnedOtherwise } from './conflict-ownership.ts';
import { findReferenceConflicts } from './conflict-references.ts';
import { findTableConflicts } from './conflict-tables.ts';
import { type DiffSet, nameOf, sameKey } from './diff.ts';
import { differingTables, extentOf, writesRows } from './diff-extent.ts';
import type { DiffTable } from './diff-shape.ts';
import { previewText } from './preview-text.ts';
import { findCycleConflicts } from './write-order.ts';

/** Conflicts of all compared tables, blocking ones first; and what could not be checked. */
export async function findConflicts(diff: DiffSet): Promise<{ conflicts: Conflict[]; notes: Note[] }> {
  const { conflicts, notes } = await findTableConflicts(diff);
  for (const table of diff.shape.tables) {
    const count = diff.later.get(table.index) ?? 0;
    const isRevert = diff.mode === 'merge';
    const explanation = isRevert
      ? `${count} rows were changed or referred to by others since: they stay as they are. Revert with --overwrite to take them back too.`
      : `${count} rows that the restore wrote have been changed or referred to since: they stay as they are. Undo with --exact to revert them too.`;
    if (count > 0)
      conflicts.push({
        code: 'changed-since',
        table: table.live.table,
        about: isRevert ? 'revert' : 'undo',
        count,
        explanation,
        blocking: false,
      });
  }
  for (const table of differingTables(diff)) {
    const writes = writesRows(diff, table);
    if (writes) {
      conflicts.push(...(await findCastConflicts(diff, table)));
      conflicts.push(...(await findForeignRows(diff, table)));
      conflicts.push(...(await findNulls(diff, table)));
      conflicts.push(...(await findKeyConflicts(diff, table)));
    }
    conflicts.push(...(await findOwnedOtherwise(diff, table)));
    conflicts.push(...(await findReferenceConflicts(diff, table)));
    if (writes) await findBrokenRules(diff, table, conflicts, notes);
  }
  if (!diff.catalog.maySuppress) conflicts.push(...(await findCycleConflicts(diff)));
  return { conflicts: conflicts.sort((a, b) => Number(b.blocking) - Number(a.blocking)), notes };
}

async function findCastConflicts(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  conflicts.push(...(await findLostAttributes(diff, table)));
  for (const { live } of table.matched.filter(match => match.cast || isByText(match))) {
    const { rows } = await diff.connection.query(`
      SELECT count(*) FILTER (WHERE ${live.number} = ANY (bad)) AS bad, count(*) FILTER (WHERE ${live.number} = ANY (lossy)) AS lossy
        FROM ${nameOf(diff, table)} WHERE op IN ('i', 'u')`);
    const { bad, lossy } = rows[0] as { bad: string; lossy: string };
    const add = (code: 'cast-failed' | 'lossy-cast', count: number, what: string) => {
      if (count === 0) return;
      const explanation = `${count} values of ${live.name} ${what} ${live.type}.`;
      conflicts.push({
        code,
        table: table.live.table,
        about: live.name,
        count,
        explanation,
        blocking: code === 'cast-failed',
      });
    };
    add('cast-failed', Number(bad), 'cannot be converted to');
    add('lossy-cast', Number(lossy), 'would change when converted to');
  }
  return conflicts;
}

/** Values by position of a composite type that lost attributes: they would end up in other attributes. */
async function findLostAttributes(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const { live } of table.matched.filter(({ staged }) => staged.reshaped === 'lost')) {
    const { rows } = await diff.connection.query(
      `SELECT count(n${live.number}) AS n FROM ${nameOf(diff, table)} WHERE op IN ('i', 'u')`,
    );
    const count = Number((rows[0] as { n: string }).n);
    const explanation = `${count} values of ${live.name} have attributes that ${live.type} no longer has. Exclude the table by name with --exclude ${table.live.table}, or choose a target after a later snapshot.`;
    if (count > 0)
      conflicts.push({
        ...{ code: 'cast-failed', table: table.live.table, about: live.name, count, explanation, blocking: true },
      });
  }
  return conflicts;
}

/** A safeguard that should never apply: rows that would not be this tenant's are never written. */
async function findForeignRows(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  const { owned } = table;
  if (owned.kind === 'via') return [];
  const column = table.matched.find(match => match.live.name === owned.column)?.live;
  if (!column) return [];
  const { rows } = await diff.connection.query(`
    SELECT count(*) AS n FROM ${nameOf(diff, table)}
     WHERE op IN ('i', 'u') AND (${isTenant(column, `n${column.number}`, quoteLiteral(diff.tenant))}) IS NOT TRUE`);
  const count = Number((rows[0] as { n: string }).n);
  const explanation = `${count} staged rows do not belong to this tenant.`;
  return count === 0
    ? []
    : [{ code: 'foreign-row', table: table.live.table, about: column.name, count, explanation, blocking: true }];
}

async function findNulls(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  const needed = table.matched.filter(match => match.live.notNull);
  const counts = needed.map(
    ({ live }) =>
      `count(*) FILTER (WHERE n${live.number} IS NULL AND NOT (${live.number} = ANY (coalesce(bad, '{}')))) AS c${live.number}`,
  );
  const missing =
    counts.length === 0
      ? {}
      : ((await diff.connection.query(`SELECT ${counts.join(', ')} FROM ${nameOf(diff, table)} WHERE op IN ('i', 'u')`))
          .rows[0] as Record<string, string>);
  for (const { live } of needed) {
    const n = Number(missing[`c${live.number}`]);
    const explanation = `${n} rows had no value for ${live.name}, which is NOT NULL now.`;
    if (n > 0)
      conflicts.push({
        code: 'not-null',
        table: table.live.table,
        about: live.name,
        count: n,
        explanation,
        blocking: true,
      });
  }
  for (const column of table.gained) {
    if (!column.notNull || column.default !== null || column.identity !== '') continue;
    const n = extentOf(diff, table).inserts;
    const explanation = `${n} restored rows have no value for ${column.name}, a new NOT NULL column without a default.`;
    if (n > 0)
      conflicts.push({
        code: 'new-column-without-value',
        table: table.live.table,
        about: column.name,
        count: n,
        explanation,
        blocking: true,
      });
  }
  return conflicts;
}

/** CHECK constraints and partition bounds, evaluated on the rows after the write. */
async function findBrokenRules(diff: DiffSet, table: DiffTable, conflicts: Conflict[], notes: Note[]): Promise<void> {
  for (const check of diff.catalog.checks.filter(candidate => candidate.tableOid === table.live.oid)) {
    const n = check.application
      ? undefined
      : await tryCount(diff, `SELECT count(*) AS n FROM ${afterImage(diff, table)} y WHERE NOT (${check.expression})`);
    const explanation = `${n} rows do not satisfy the constraint ${check.name}.`;
    if (n === undefined)
      notes.push({
        code: 'not-checked',
        table: table.live.table,
        text: `${table.live.table}: the constraint ${check.name} ${check.application ? "calls the application's code and" : ''} could not be checked in advance; the database checks it when rows are written.`,
      });
    else if (n > 0)
      conflicts.push({
        code: 'check-violated',
        table: table.live.table,
        about: check.name,
        count: n,
        explanation,
        blocking: true,
      });
  }
  if (table.live.kind !== 'p') return;
  const fits = (diff.catalog.partitions.get(table.live.oid) ?? []).map(condition => `coalesce((${condition}), true)`);
  const n = await tryCount(
    diff,
    `SELECT count(*) AS n FROM ${afterImage(diff, table)} y WHERE NOT (${fits.join(' OR ') || 'false'})`,
  );
  const explanation = `${n} rows have no partition.`;
  if (n !== undefined && n > 0)
    conflicts.push({
      code: 'partition-missing',
      table: table.live.table,
      about: 'partitions',
      count: n,
      explanation,
      blocking: true,
    });
}

async function tryCount(diff: DiffSet, sql: string): Promise<number | undefined> {
  await diff.connection.query('SAVEPOINT holdfast_check');
  try {
    const { rows } = await diff.connection.query(sql);
    return Number((rows[0] as { n: string }).n);
  } catch {
    await diff.connection.query('ROLLBACK TO SAVEPOINT holdfast_check');
    return undefined;
  } finally {
    await diff.connection.query('RELEASE SAVEPOINT holdfast_check');
  }
}

/** Samples for an authorized person: key, a few telling columns and changed columns, as text. Never logged, never stored. */
export async function readSamples(
  diff: DiffSet,
  table: DiffTable,
  limit: number,
  from: string,
): Promise<
  {
    op: 'insert' | 'update' | 'delete';
    key: Record<string, string | null>;
    about?: Record<string, string | null>;
    changes: Record<string, { now: string | null; target: string | null }>;
  }[]
> {
  const pair = (name: string, value: string) => `${quoteLiteral(name)}::text, ${value}`;
  const keys = table.key.map(column => pair(column.name, textOf(`d.k${column.number}`)));
  const changes = table.matched.map(({ live, typed }) => {
    const [now, then] = [columnReference(live.name, 'l'), `d.n${live.number}`].map(value => previewText(value, typed));
    return `CASE WHEN ${live.number} = ANY (d.changed) THEN jsonb_build_object(${quoteLiteral(live.name)}::text, jsonb_build_object('now', ${now}, 'target', ${then})) ELSE '{}'::jsonb END`;
  });
  const { rows } = await diff.connection.query(
    `SELECT CASE d.op WHEN 'i' THEN 'insert' WHEN 'u' THEN 'update' ELSE 'delete' END AS op,
            jsonb_build_object(${keys.join(', ')}) AS key, ${aboutSql(table)} AS about, ${changes.join(' || ')} AS changes
       FROM (SELECT *, row_number() OVER (PARTITION BY op ORDER BY id) AS nth FROM ${nameOf(diff, table)} ORDER BY nth, op LIMIT $1) d
       LEFT JOIN ${from} AS l ON d.op <> 'i' AND ${sameKey(table, 'd', 'l')}
      ORDER BY d.nth, d.op`,
    [limit],
  );
  return rows.map(({ about, ...sample }) => (Object.keys(about).length > 0 ? { ...sample, about } : sample));
}

/** SQL of what tells which row it is: of a row that goes as it is now, else as it will be. */
function aboutSql(table: DiffTable): string {
  const told = tellingColumns(table.live, table.owned);
  const values = table.matched
    .filter(({ live }) => told.includes(live.name))
    .map(({ live, typed }) => {
      const value = `CASE WHEN d.op = 'd' THEN ${columnReference(live.name, 'l')} ELSE d.n${live.number} END`;
      return `CASE WHEN d.changed IS NULL OR ${live.number} <> ALL (d.changed) THEN jsonb_build_object(${quoteLiteral(live.name)}::text, ${previewText(`(${value})`, typed)}) ELSE '{}'::jsonb END`;
    });
  return ["'{}'::jsonb", ...values].join(' || ');
}
