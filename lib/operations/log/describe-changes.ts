/**
 * Describes single changes of the log for people, and counts many. Invariant: an update shows as changed only columns
 * known to have changed, or is marked as partial.
 */
import type { Relation, RowMessage, Tuple } from '../../codec/pgoutput.ts';
import type { TableSum } from '../../domain/activity.ts';
import { quoteIdentifier } from '../../postgres/sql.ts';

/** Text values by column; null is NULL; a large value that an update did not change is absent. */
export type LogValues = Readonly<Record<string, string | null>>;

export type LogChange =
  | { readonly op: 'insert'; readonly table: string; readonly key: LogValues; readonly row: LogValues }
  /**
   * `row` has the changed columns and `before` their old values, where known from the log or from an earlier change of
   * the listing. Otherwise (`partial`), `row` has every column except the key, and `before` nothing or the old key.
   */
  | {
      readonly op: 'update';
      readonly table: string;
      readonly key: LogValues;
      readonly row: LogValues;
      readonly before: LogValues;
      readonly partial?: true;
    }
  /** `row`: the whole row, where it is known from elsewhere. */
  | { readonly op: 'delete'; readonly table: string; readonly key: LogValues; readonly row?: LogValues }
  | { readonly op: 'truncate'; readonly table: string }
  | { readonly op: 'marker'; readonly name: string }
  | { readonly op: 'restore'; readonly id: string };

/** The number of changes of each kind per table. */
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
 * The latest state of rows in the listing, so that an update can show what it changed where the log lacks the old
 * values. When there are too many, all are forgotten; unknown values are not guessed.
 */
export class SeenRows {
  readonly #rows = new Map<string, Map<string, LogValues>>();
  readonly #unsure: ReadonlySet<string>;
  #size = 0;

  /** Rows of the `unsure` tables are not kept. */
  constructor(unsure: ReadonlySet<string> = new Set()) {
    this.#unsure = unsure;
  }

  /** The table has changes that were not seen. */
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
  // A large value that did not change is not in the log: it keeps its value.
  const after = { ...before, ...row };
  if (columns.every(column => column.name in after)) seen.put(table, key, after);
  return updateOf(
    { op: 'update', table, key, row, before },
    columns.map(column => column.name),
  );
}

/** Only the changed columns, where the old values are known. */
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
