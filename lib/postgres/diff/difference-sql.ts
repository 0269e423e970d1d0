/**
 * The statement that compares the staged state with the live rows of one table. Both sides are put into forms that need no
 * code of the application's (type-choice.ts): domains as the type below, its other types as their printed text. Only
 * what differs is read into the live type again, by that type's own input function. Invariant: reads only.
 */
import type { ColumnSchema } from '../../domain/table-schema.ts';
import { equalValues, printed } from '../equality.ts';
import { columnReference, fromTable, quoteIdentifier, quoteLiteral } from '../sql.ts';
import { comparableValue, isByText, type ValueForms } from './comparable-value.ts';
import { type DiffInput, keptColumns, ownRow, type Selection } from './diff.ts';
import { castName, isHeld } from './diff-casts.ts';
import type { DiffTable, MatchedColumn } from './diff-shape.ts';
import { differing, hasSameText, threeWaySql } from './three-way-sql.ts';

/** Additional names beside the table's columns: no column starts like them. */
function namesOf(table: DiffTable) {
  let mark = 'holdfast_';
  while (table.live.columns.some(column => column.name.startsWith(mark))) mark += '_';
  return {
    ...{ present: `${mark}present`, xmin: `${mark}xmin`, bad: `${mark}bad`, lossy: `${mark}lossy` },
    ...{ step: `${mark}step`, since: `${mark}since` },
    /** The live value itself, if the column's name is its printed text. */
    raw: (column: Pick<ColumnSchema, 'number'>) => `${mark}${column.number}`,
  };
}

export function differenceSql(diff: DiffInput, table: DiffTable): string {
  const selection = diff.selections.get(table.live.table);
  const names = namesOf(table);
  const wanted = (match: MatchedColumn) => diff.mode !== 'columns' || !!selection?.columns?.has(match.live.name);
  const name = (match: MatchedColumn) => quoteIdentifier(match.live.name);
  const compared = table.matched.filter(wanted);
  const { baseline: after } = table.staged;
  const baseline = after === undefined ? undefined : stagedSide(diff, table, after);
  const threeWay = threeWaySql(diff, table, { compared, names, baseline });
  const { writes } = threeWay;
  const isChanged = (match: MatchedColumn) =>
    `${differing(match, 's', 'l')}${writes ? ` AND ${writes(String(match.live.number))}` : ''}`;
  const changed = compared.map(match => `CASE WHEN ${isChanged(match)} THEN ${match.live.number} END`);
  const isRead = (match: MatchedColumn) => isByText(match) && !isHeld(match);
  const target = (match: MatchedColumn) =>
    isRead(match) ? `${castName(diff, table, match, 'i')}(s.${name(match)})` : `s.${name(match)}`;
  const now = (match: MatchedColumn) => (isRead(match) ? `l.${names.raw(match.live)}` : `l.${name(match)}`);
  const matchOf = (column: ColumnSchema) => table.matched.find(match => match.live === column)!;
  // A value that equals the live one need not be parsed.
  const unreadable = compared
    .filter(isRead)
    .map(
      match =>
        `CASE WHEN s.${name(match)} IS DISTINCT FROM l.${name(match)} AND s.${name(match)} IS NOT NULL AND ${target(match)} IS NOT DISTINCT FROM NULL THEN ${match.live.number} END`,
    );
  // What an undone step left alone keeps its live value.
  const written = (match: MatchedColumn) =>
    writes
      ? `CASE WHEN l.${names.present} IS NULL OR ${writes(String(match.live.number))} THEN ${target(match)} ELSE ${now(match)} END`
      : target(match);
  const bad = `s.${names.bad} || array_remove(ARRAY[${unreadable.join(', ')}]::int2[], NULL)`;
  const columns = [
    `CASE WHEN s.${names.present} IS NULL THEN 'd' WHEN l.${names.present} IS NULL THEN 'i' ELSE 'u' END AS op`,
    `l.${names.xmin} AS live_xmin`,
    `CASE WHEN s.${names.present} AND l.${names.present} THEN array_remove(ARRAY[${changed.join(', ')}]::int2[], NULL) END AS changed`,
    `${writes ? `ARRAY(SELECT u FROM unnest(${bad}) AS u WHERE ${writes('u')})` : bad} AS bad`,
    `s.${names.lossy} AS lossy`,
    `${scopeSql(selection, names.present)} AND ${threeWay.asked} AS in_scope`,
    `${scopeSql(selection, names.present)} AND ${threeWay.later} AS later`,
    ...table.key.map(column => `coalesce(${now(matchOf(column))}, ${target(matchOf(column))}) AS k${column.number}`),
    ...table.matched.map(match => `${wanted(match) ? written(match) : now(match)} AS n${match.live.number}`),
    ...keptColumns(diff, table).map(match => `${now(match)} AS o${match.live.number}`),
  ];
  const join = table.key.map(column => {
    const [staged, live] = [columnReference(column.name, 's'), columnReference(column.name, 'l')];
    const match = matchOf(column);
    // Equal keys are the same row, even if printed differently (a composite of 1 and one of 1.0).
    if (isRead(match) && !hasSameText(column)) return equalValues(column, target(match), now(match));
    return isByText(match) ? `${staged} = ${live}` : equalValues(column, staged, live);
  });
  return `
    SELECT row_number() OVER (ORDER BY ${table.key.map(column => `k${column.number}`).join(', ')}) AS id,
           CASE WHEN in_scope AND op IN (${allowedOps(diff, selection)}) THEN 'asked' END AS via, false AS moved, false AS after, q.*
      FROM (SELECT ${columns.join(',\n             ')}
              FROM (${stagedSide(diff, table)}) s
              FULL JOIN (${liveSide(diff, table)}) l ON ${join.join(' AND ')} ${threeWay.join}
             WHERE s.${names.present} IS NULL OR l.${names.present} IS NULL OR s.${names.bad} <> '{}' OR ${imagesDiffer(compared)} OR ${threeWay.always}) q
     WHERE (op <> 'u' OR changed <> '{}' OR bad <> '{}' OR later)${leftAlone(table)}`;
}

function imagesDiffer(compared: readonly MatchedColumn[]): string {
  if (compared.length === 0) return 'false';
  const row = (alias: string) => `ROW(${compared.map(({ live }) => columnReference(live.name, alias)).join(', ')})`;
  return `record_image_ne(${row('s')}, ${row('l')})`;
}

/** A row that staging omitted (an erasure) existed at the target: its absence does not mean a deletion. */
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

const ALL = `'i', 'u', 'd'`;

function allowedOps(diff: DiffInput, selection: Selection | undefined): string {
  if (selection?.keepsLater) return `'i', 'u'`;
  return { exact: ALL, merge: ALL, 'missing-only': `'i'`, columns: `'u'` }[diff.mode];
}

function scopeSql(selection: Selection | undefined, present: string): string {
  if (!selection) return 'false';
  if (selection.conditions.length === 0) return 'true';
  const holds = (alias: string) =>
    `coalesce(${alias}.${present} AND (${selection.conditions.map(condition => condition(alias)).join(' OR ')}), false)`;
  return `(${holds('s')} OR ${holds('l')})`;
}

/** The staged rows under the live names, in comparable form. */
function stagedSide(diff: DiffInput, table: DiffTable, from = table.staged.staged): string {
  const names = namesOf(table);
  const own = (match: MatchedColumn) => filledUp(match, relabelled(match, `t.${quoteIdentifier(match.staged.name)}`));
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
    ...absent.map(column => `NULL::${formOf(table, column).comparable} AS ${quoteIdentifier(column.name)}`),
    `${bad} AS ${names.bad}`,
    `${lossy} AS ${names.lossy}`,
    `true AS ${names.present}`,
  ].join(', ')} FROM ${from} AS t`;
}

/** The staged labels of an enum under their current names. */
function relabelled(match: MatchedColumn, value: string): string {
  const labels = match.staged.relabel ?? [];
  if (labels.length === 0) return value;
  const isArray = match.typed.endsWith('[]');
  return labels.reduce((form, [then, now]) => {
    const [from, to] = [quoteLiteral(then), quoteLiteral(now)];
    return isArray
      ? `array_replace(${form}::text[], ${from}, ${to})::text`
      : `CASE ${form} WHEN ${from} THEN ${to} ELSE ${form} END`;
  }, value);
}

/**
 * A printed composite with NULL in the new attributes of its type; in arrays, those of one dimension that begin at 1.
 */
function filledUp({ staged, typed }: MatchedColumn, value: string): string {
  if (typeof staged.reshaped !== 'number') return value;
  const fill = (text: string) => `left(${text}, -1) || ${quoteLiteral(`${','.repeat(staged.reshaped as number)})`)}`;
  if (!typed.endsWith('[]')) return fill(value);
  const elements = `SELECT array_agg(${fill('e.v')} ORDER BY e.n)::text FROM unnest(${value}::text[]) WITH ORDINALITY AS e (v, n)`;
  return `CASE WHEN array_ndims(${value}::text[]) = 1 AND array_lower(${value}::text[], 1) = 1 THEN (${elements}) ELSE ${value} END`;
}

/** The tenant's live rows in the same form; and the values themselves if the form differs. */
function liveSide(diff: DiffInput, table: DiffTable): string {
  const names = namesOf(table);
  const columns = table.live.columns.map(
    column => `${comparableValue(column, formOf(table, column), 'r')} AS ${quoteIdentifier(column.name)}`,
  );
  const raw = table.matched
    .filter(isByText)
    .map(({ live }) => `${columnReference(live.name, 'r')} AS ${names.raw(live)}`);
  return `SELECT ${[...columns, ...raw].join(', ')}, r.xmin AS ${names.xmin}, true AS ${names.present} FROM ${fromTable(table.live)} AS r WHERE ${ownRow(diff, table, 'r')}`;
}

function formOf(table: DiffTable, column: ColumnSchema): ValueForms {
  return table.forms.get(column.name)!;
}
