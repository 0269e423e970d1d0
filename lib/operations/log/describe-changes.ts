/**
 * Single changes of the log as people read them, and sums of many. Invariant: of an update only what is known to have
 * changed is shown as changed, or the change says that it cannot tell.
 */
import type { Relation, RowMessage, Tuple } from '../../codec/pgoutput.ts';
import { quoteIdentifier } from '../../postgres/sql.ts';

/** Text values by column; null is NULL; a large value that an update left alone is absent. */
export type LogValues = Readonly<Record<string, string | null>>;

export type LogChange =
  | { readonly op: 'insert'; readonly table: string; readonly key: LogValues; readonly row: LogValues }
  /**
   * `row` holds the columns that changed and `before` what they were, where that is known: the log tells it, or an earlier
   * change of the listing does. Where not (`partial`), `row` holds every column but the key, and `before` nothing or the
   * old key.
   */
  | {
      readonly op: 'update';
      readonly table: string;
      readonly key: LogValues;
      readonly row: LogValues;
      readonly before: LogValues;
      readonly partial?: true;
    }
  | { readonly op: 'delete'; readonly table: string; readonly key: LogValues }
  | { readonly op: 'truncate'; readonly table: string }
  | { readonly op: 'marker'; readonly name: string }
  | { readonly op: 'restore'; readonly id: string };

export interface TableSum {
  readonly table: string;
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  readonly truncate: number;
}

/** How many changes of which kind each table has. */
export class Sums {
  readonly #byTable = new Map<string, { insert: number; update: number; delete: number; truncate: number }>();

  add(table: string, op: 'insert' | 'update' | 'delete' | 'truncate', count = 1): void {
    const sum = this.#byTable.get(table) ?? { insert: 0, update: 0, delete: 0, truncate: 0 };
    sum[op] += count;
    this.#byTable.set(table, sum);
  }

  addAll(sum: TableSum): void {
    for (const op of ['insert', 'update', 'delete', 'truncate'] as const) this.add(sum.table, op, sum[op]);
  }

  list(): TableSum[] {
    return [...this.#byTable].map(([table, sum]) => ({ table, ...sum }));
  }
}

/**
 * Rows as changes of the listing last had them, so that an update can say what it changed where the log does not tell the
 * old values. When there are too many, all are forgotten; what is not known is not guessed.
 */
export class SeenRows {
  readonly #rows = new Map<string, Map<string, LogValues>>();
  readonly #unsure: ReadonlySet<string>;
  #size = 0;

  /** Of the `unsure` tables nothing is kept. */
  constructor(unsure: ReadonlySet<string> = new Set()) {
    this.#unsure = unsure;
  }

  /** Changes of the table passed unseen. */
  forget(table: string): void {
    this.#size -= this.#rows.get(table)?.size ?? 0;
    this.#rows.delete(table);
  }

  take(table: string, key: LogValues): LogValues | undefined {
    const rows = this.#rows.get(table);
    const id = JSON.stringify(key);
    const row = rows?.get(id);
    if (rows?.delete(id)) this.#size -= 1;
    return row;
  }

  put(table: string, key: LogValues, row: LogValues): void {
    if (this.#unsure.has(table)) return;
    this.take(table, key);
    if (Object.values(row).reduce((sum, value) => sum + (value?.length ?? 0), 0) > SEEN_ROW_CHARACTERS) return;
    if (this.#size >= SEEN_ROWS) for (const each of this.#rows.keys()) this.forget(each);
    const rows = this.#rows.get(table) ?? new Map<string, LogValues>();
    this.#rows.set(table, rows.set(JSON.stringify(key), row));
    this.#size += 1;
  }
}

const SEEN_ROWS = 10_000;
const SEEN_ROW_CHARACTERS = 2000;

export function relationName(relation: Relation | undefined): string {
  if (relation === undefined) return '(unknown table)';
  const part = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name));
  return `${part(relation.schema)}.${part(relation.name)}`;
}

export function describeRow(message: RowMessage, relation: Relation | undefined, seen: SeenRows): LogChange {
  const table = relationName(relation);
  const columns = relation?.columns ?? [];
  const identity = columns.some(column => column.identity)
    ? columns.map(column => column.identity)
    : columns.map(() => true);
  const values = (tuple: Tuple | undefined, only?: readonly boolean[]): LogValues =>
    Object.fromEntries(
      columns.flatMap((column, index) => {
        const value = tuple?.[index];
        return value === undefined || (only && !only[index])
          ? []
          : [[column.name, value === null ? null : value.toString('utf8')]];
      }),
    );
  if (message.type === 'delete') {
    const key = values(message.old, identity);
    seen.take(table, key);
    return { op: 'delete', table, key };
  }
  const key = values(message.new, identity);
  const row = values(message.new);
  if (message.type === 'insert') {
    seen.put(table, key, row);
    return { op: 'insert', table, key, row };
  }
  const old = values(message.old, message.oldKind === 'full' ? undefined : identity);
  const earlier = seen.take(table, message.old === undefined ? key : values(message.old, identity));
  const before = message.oldKind === 'full' ? old : { ...earlier, ...old };
  // A large value that was left alone is not told: it is what it was.
  const after = { ...before, ...row };
  if (columns.every(column => column.name in after)) seen.put(table, key, after);
  return updateOf(
    { op: 'update', table, key, row, before },
    columns.map(column => column.name),
  );
}

/** Only what changed, where the old values are known. */
function updateOf(change: Extract<LogChange, { op: 'update' }>, columns: readonly string[]): LogChange {
  const { row, before, key } = change;
  const told = columns.filter(name => name in row);
  const known = told.every(name => name in before);
  const shown = known
    ? told.filter(name => row[name] !== before[name])
    : told.filter(name => (name in before ? row[name] !== before[name] : !(name in key)));
  const pick = (values: LogValues) =>
    Object.fromEntries(shown.flatMap(name => (name in values ? [[name, values[name]!]] : [])));
  return { ...change, row: pick(row), before: pick(before), ...(known ? {} : { partial: true as const }) };
}
