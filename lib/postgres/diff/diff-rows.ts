/**
 * The rows of a materialised difference, page by page: before and after, column by column, for a person who may read rows.
 * Invariants: only rows of the tenant are read, also where a key has gone to another tenant since; a column that is marked
 * as sensitive is not read at all; nothing of it is logged or stored.
 */
import type { Connection } from '../connection.ts';
import { runTogether } from '../run-together.ts';
import { columnReference, fromTable, quoteIdentifier } from '../sql.ts';
import { nameOf, ownRow, sameKey } from './diff.ts';
import type { DiffTable, MatchedColumn, Shape } from './diff-shape.ts';
import { previewText } from './preview-text.ts';

const KINDS = { insert: 'i', update: 'u', delete: 'd' } as const;
export type RowKind = keyof typeof KINDS;

export interface RowPage {
  /** After the row with this id; 0: from the first. */
  readonly after: bigint;
  readonly limit: number;
  readonly kind?: RowKind | undefined;
  /** Only updated rows in which this column changes. */
  readonly column?: number | undefined;
}

export interface DifferingRow {
  readonly id: bigint;
  readonly kind: RowKind;
  /** Outside the selection: a parent that is needed, or a child that would be left behind. */
  readonly alongside: boolean;
  /** Positions of the columns that change, for an update. */
  readonly changed: readonly number[];
  /** Texts in the order of the columns; null where the row is not there. NULL and what is masked are null. */
  readonly before: readonly (string | null)[] | null;
  readonly after: readonly (string | null)[] | null;
  /** The application changed the live row since it was compared: applying will be refused. */
  readonly isStale: boolean;
}

/** A difference in its staging schema. */
export interface KeptDiff {
  readonly connection: Connection;
  readonly schema: string;
  readonly tenant: Parameters<typeof ownRow>[0]['tenant'];
  readonly shape: Shape;
}

/** In the order in which they are shown: the key first. */
export function shownColumns({ matched, key }: DiffTable): MatchedColumn[] {
  const isKey = (match: MatchedColumn) => key.includes(match.live);
  return [...matched.filter(isKey), ...matched.filter(match => !isKey(match))];
}

/** One page in the order of the key. `masked`: names of columns that are not read. */
export async function readChangedRows(
  diff: KeptDiff,
  table: DiffTable,
  masked: ReadonlySet<string>,
  page: RowPage,
): Promise<DifferingRow[]> {
  const columns = shownColumns(table);
  const value = (match: MatchedColumn, from: string) =>
    masked.has(match.live.name) ? 'NULL' : previewText(from, match.typed);
  const now = columns.map(match => value(match, columnReference(match.live.name, 'l')));
  const target = columns.map(match => value(match, `d.n${match.live.number}`));
  const where = [
    'id > $1',
    ...(page.kind === undefined ? [] : [`op = '${KINDS[page.kind]}'`]),
    ...(page.column === undefined ? [] : [`op = 'u' AND ${page.column} = ANY (changed)`]),
  ];
  const text = `SELECT d.id::text AS id, d.op, d.via <> 'asked' AS alongside, d.changed,
            ARRAY[${now.join(', ')}]::text[] AS now, ARRAY[${target.join(', ')}]::text[] AS target,
            d.op <> 'i' AND l.ctid IS NULL AS gone, l.ctid IS NOT NULL AND l.xmin IS DISTINCT FROM d.live_xmin AS touched
       FROM (SELECT * FROM ${nameOf({ ...diff, prefix: 'd' }, table)} WHERE ${where.join(' AND ')} ORDER BY id LIMIT $2) d
       LEFT JOIN ${fromTable(table.live)} AS l ON d.op <> 'i' AND ${sameKey(table, 'd', 'l')} AND ${ownRow(diff, table, 'l')}
      ORDER BY d.id`;
  const { rows } = await diff.connection.query(text, [String(page.after), page.limit]);
  return rows.map(row => rowOf(row, columns));
}

interface ReadRow {
  readonly id: string;
  readonly op: 'i' | 'u' | 'd';
  readonly alongside: boolean;
  readonly changed: readonly number[] | null;
  readonly now: readonly (string | null)[];
  readonly target: readonly (string | null)[];
  readonly gone: boolean;
  readonly touched: boolean;
}

function rowOf({ id, op, alongside, changed, now, target, gone, touched }: ReadRow, columns: readonly MatchedColumn[]) {
  const numbers = new Set(op === 'u' ? changed : []);
  const places = columns.flatMap(({ live }, place) => (numbers.has(live.number) ? [place] : []));
  const after = op === 'u' ? now.map((text, place) => (places.includes(place) ? target[place]! : text)) : target;
  return {
    ...{ id: BigInt(id), alongside, changed: places, isStale: gone || touched },
    kind: op === 'i' ? ('insert' as const) : op === 'u' ? ('update' as const) : ('delete' as const),
    before: op === 'i' ? null : now,
    after: op === 'd' ? null : after,
  };
}

/** Rows from which on a page is found by an index. */
const INDEX_FROM_ROWS = 10_000;

/** Makes pages of large tables of a kept difference quick. Repeatable. */
export async function indexChangedRows(connection: Connection, schema: string): Promise<void> {
  const { rows } = await connection.query(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname ~ '^d[0-9]+$' AND c.reltuples >= $2`,
    [schema, INDEX_FROM_ROWS],
  );
  await runTogether(
    connection,
    rows.map(({ name }) => {
      const place = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
      return `CREATE INDEX IF NOT EXISTS ${quoteIdentifier(`${name}_by_id`)} ON ${place} (id)`;
    }),
  );
}
