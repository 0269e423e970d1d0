/**
 * Finds rows by a predicate over all of their versions, in one statement that PostgreSQL evaluates: of each key the last
 * version that is as the predicate says, and what ended it. Invariant: the predicate consists of allow-listed tokens
 * (row-filter.ts) and runs in a READ ONLY transaction.
 */
import { parseContext } from '../../domain/transaction-context.ts';
import { badPredicate, type RowCondition } from '../diff/row-filter.ts';
import { printed, sameBytes, textOf } from '../equality.ts';
import { quoteIdentifier } from '../sql.ts';
import { type KeyTexts, readOnly, type VersionTransaction } from './version-reads.ts';
import type { EventKind, VersionTables } from './version-tables.ts';

export interface SoughtRows {
  /** Over a row with the columns of the end of the range. */
  readonly condition: RowCondition;
  /** Only rows of which none is left. */
  readonly gone: boolean;
  readonly limit: number;
  /** Names of columns to read. */
  readonly columns: readonly string[];
}

export interface SoughtRow {
  readonly key: KeyTexts;
  readonly values: readonly (string | null)[];
  /** Number of the transaction that ended it; null while it is as sought. */
  readonly number: number | null;
  readonly transaction: VersionTransaction | null;
  readonly kind: EventKind | 'live';
  /** There is a row under its key after that. */
  readonly stays: boolean;
  /** No row under its key at the end of the range. */
  readonly gone: boolean;
  /** The key that it got in that transaction. */
  readonly movedTo: KeyTexts | null;
}

export interface SoughtResult {
  /** Newest first; one more than the limit where there are more. */
  readonly rows: readonly SoughtRow[];
  readonly counts: { readonly live: number; readonly changed: number; readonly gone: number };
}

/** Longer values are cut. */
const SHOWN_CHARACTERS = 200;

/** InputError `bad-predicate`; SourceError. */
export async function searchVersions(tables: VersionTables, sought: SoughtRows): Promise<SoughtResult> {
  const { connection, stage } = tables;
  const sql = searchSql(tables, sought);
  const rows = await readOnly(connection, sql, state =>
    badPredicate(stage.table, `the database refuses it (SQLSTATE ${state})`),
  );
  const [first] = rows;
  const counts = {
    live: Number(first?.live_rows ?? 0),
    changed: Number(first?.changed_rows ?? 0),
    gone: Number(first?.gone_rows ?? 0),
  };
  // The counts come with a row of their own.
  return { counts, rows: rows.filter(row => row.kind !== null).map(soughtRow) };
}

function soughtRow(row: Record<string, unknown>): SoughtRow {
  const { key, shown, tx, kind, stays, gone, moved, lsn, xid, time, context } = row;
  const transaction =
    lsn === null
      ? null
      : {
          lsn: String(lsn),
          xid: Number(xid),
          time: String(time),
          ...(context !== null && { context: parseContext(String(context)) }),
        };
  return {
    ...{ key: key as string[], values: shown as (string | null)[], transaction },
    ...{ number: tx === null ? null : Number(tx), kind: kind as SoughtRow['kind'] },
    ...{ stays: stays === true, gone: gone === true, movedTo: moved as string[] | null },
  };
}

function searchSql(tables: VersionTables, sought: SoughtRows): string {
  const { stage, events, transactions, contexts, key } = tables;
  const own = key.map(number => `c${number}`);
  const from = key.map(number => `f${number}`);
  const list = (names: readonly string[], alias: string) => names.map(name => `${alias}.${name}`).join(', ');
  const texts = (alias: string) => `ARRAY[${own.map(name => textOf(`${alias}.${name}`)).join(', ')}]::text[]`;
  const same = (left: string, right: string, name: (number: number) => string) =>
    key
      .map(number => sameBytes(tables.equalityOf(`c${number}`), `${left}.c${number}`, `${right}.${name(number)}`))
      .join(' AND ');
  const bytes = (names: readonly string[]) =>
    names.map((name, index) => (tables.equalityOf(own[index]!) ? printed(name) : name)).join(', ');
  // What the type holds equal may be keys of several rows.
  const identity = bytes(own);
  const shown = sought.columns.map((_, index) => `shown_${index}`);
  const isGone = 'NOT lives AND NOT moved_lives';
  return `
    WITH firsts AS (
      SELECT DISTINCT ON (${identity}, _tx) * FROM ${events.staged} ORDER BY ${identity}, _tx, _n),
    versions AS (
      ${versionSql(tables, sought, 'e')} FROM firsts AS e${namedSql(tables, 'e')}
      UNION ALL
      ${versionSql(tables, sought, 's')} FROM ${stage.staged} AS s${namedSql(tables, 's')}),
    followed AS (
      SELECT v.*, lead(_existed) OVER later AS then_exists, lead(is_sought) OVER later AS then_sought,
             bool_or(_kind = 'live') OVER (PARTITION BY ${identity}) AS lives
        FROM versions AS v WINDOW later AS (PARTITION BY ${identity} ORDER BY _tx NULLS LAST)),
    lasts AS (
      SELECT DISTINCT ON (${identity}) * FROM followed
       WHERE _existed AND is_sought AND (_kind = 'live' OR NOT coalesce(then_sought, false))
       ORDER BY ${identity}, _tx DESC NULLS FIRST),
    arrivals AS (
      SELECT a._tx, ${list(from, 'a')}, ${texts('a')} AS moved, t.then_sought, t.lives
        FROM (SELECT DISTINCT ON (_tx, ${bytes(from)}) * FROM ${events.staged} WHERE ${from[0]} IS NOT NULL ORDER BY _tx, ${bytes(from)}, _n DESC) AS a
        JOIN followed AS t ON t._tx = a._tx AND ${same('t', 'a', number => `c${number}`)}
       WHERE t.then_exists),
    told AS (
      SELECT w.*, m.moved, coalesce(m.lives, false) AS moved_lives
        FROM lasts AS w LEFT JOIN arrivals AS m ON m._tx = w._tx AND ${same('w', 'm', number => `f${number}`)}
       WHERE NOT coalesce(m.then_sought, false)),
    counted AS (
      SELECT count(*) FILTER (WHERE _kind = 'live') AS live_rows,
             count(*) FILTER (WHERE _kind <> 'live' AND NOT (${isGone})) AS changed_rows,
             count(*) FILTER (WHERE ${isGone}) AS gone_rows
        FROM told),
    listed AS (
      SELECT * FROM told ${sought.gone ? `WHERE ${isGone}` : ''} ORDER BY _tx DESC NULLS FIRST, ${list(own, 'told')} LIMIT ${sought.limit + 1})
    SELECT n.*, q._kind AS kind, q._tx AS tx, ${texts('q')} AS key, ARRAY[${list(shown, 'q')}]::text[] AS shown,
           coalesce(q.then_exists, q._kind = 'live') AS stays, NOT (q.lives OR q.moved_lives) AS gone, q.moved,
           x.lsn, x.xid::float8 AS xid, x.time,
           (SELECT o.context FROM ${contexts} AS o WHERE o._tx = q._tx LIMIT 1) AS context
      FROM counted AS n LEFT JOIN listed AS q ON true LEFT JOIN ${transactions} AS x ON x._tx = q._tx
     ORDER BY q._tx DESC NULLS FIRST, ${list(own, 'q')}`;
}

/** The row of that alias as a version: an event (`e`), or the staged row (`s`), which has not ended. */
function versionSql(tables: VersionTables, sought: SoughtRows, alias: 'e' | 's'): string {
  const { stage, key } = tables;
  const condition = sought.condition('named');
  const values = sought.columns.map(
    (name, index) =>
      `left(${textOf(`${alias}.${stage.column(name)!.physical}`)}, ${SHOWN_CHARACTERS}) AS shown_${index}`,
  );
  const place =
    alias === 'e' ? ['e._tx', 'e._kind', 'e._existed'] : ['NULL::int8 AS _tx', `'live' AS _kind`, 'true AS _existed'];
  const exists = alias === 'e' ? 'e._existed' : 'true';
  const isSought = `CASE WHEN ${exists} THEN coalesce(${condition}, false) ELSE false END AS is_sought`;
  return `SELECT ${[...place, ...key.map(number => `${alias}.c${number}`), isSought, ...values].join(', ')}`;
}

/** The columns under their names at the end of the range, for the predicate. */
function namedSql({ stage }: VersionTables, alias: string): string {
  const names = stage.columns.map(({ name, physical }) => `${alias}.${physical} AS ${quoteIdentifier(name)}`);
  return ` CROSS JOIN LATERAL (SELECT ${names.join(', ')}) AS named`;
}
