/**
 * Folds a stream of row changes into the net change per row: what an incremental stores and what a replay applies
 * set-wise. Memory is bounded: when the folded rows exceed the limit, a batch is handed out and a new one begun.
 *
 * Invariant: applying the batches in order gives the same rows as applying every change one by one, also when the
 * changes are already (partly) contained in the base (over-replay). What applying a batch means, table by table:
 * 1. `truncatedAt`: remove all rows; 2. each row of `rows`, which have different keys, so that order does not matter:
 *   upsert  the whole row;   delete  the key, if it is there;
 *   update  only the columns that are not undefined; where there is no such row it is *pending*, until a later delete or
 *           upsert of that key, or a truncate, settles it; what is pending at the end is an incomplete row;
 *   rekey   always alone in its batch: the row of `key` if there is one, else the row of `oldKey`, gets `key` and the
 *           columns that are not undefined, and the row of `oldKey` goes; where there is neither it is pending.
 */
import type { Lsn } from './lsn.ts';

/** Text of a value; null is SQL NULL; undefined is "as it was". */
export type NetValue = Uint8Array | null | undefined;

/** Columns of one table at one time. Compared by identity: a new object is a new definition. */
export interface RowShape {
  readonly table: string;
  readonly columns: readonly string[];
  /** Indexes of the columns that identify a row. */
  readonly key: readonly number[];
}

export type NetChange =
  | {
      readonly kind: 'put';
      readonly lsn: Lsn;
      readonly shape: RowShape;
      readonly values: readonly NetValue[];
      readonly oldKey?: readonly NetValue[];
    }
  | { readonly kind: 'delete'; readonly lsn: Lsn; readonly shape: RowShape; readonly key: readonly NetValue[] }
  | { readonly kind: 'truncate'; readonly lsn: Lsn; readonly table: string };

export interface NetRow {
  readonly op: 'upsert' | 'update' | 'delete' | 'rekey';
  /** Of the row's last change. */
  readonly lsn: Lsn;
  readonly key: readonly NetValue[];
  /** In the order of the shape's columns; absent for deletes. */
  readonly values?: readonly NetValue[];
  /** Only of rekey. */
  readonly oldKey?: readonly NetValue[];
}

export interface NetTable {
  readonly table: string;
  /** Null where the table was only truncated. */
  readonly shape: RowShape | null;
  readonly truncatedAt: Lsn | null;
  /** By LSN. */
  readonly rows: readonly NetRow[];
}

export interface NetBatch {
  readonly tables: readonly NetTable[];
}

interface OpenTable {
  shape: RowShape | null;
  truncatedAt: Lsn | null;
  readonly rows: Map<string, NetRow>;
}

/** Bytes of bookkeeping per row and per value, on top of the values: measured with Node 24, rounded up. */
const ROW_BYTES = 300;
const VALUE_BYTES = 100;
const NOTHING: readonly NetBatch[] = [];

export class NetChanges {
  readonly #limitBytes: number;
  #tables = new Map<string, OpenTable>();
  #bytes = 0;
  #greatest = 0;

  /** `limitBytes`: memory for folded rows. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The most memory that was held at once, in bytes, as accounted. */
  get greatestBytes(): number {
    return this.#greatest;
  }

  /**
   * Takes one change and returns the batches that must be applied now (mostly none). The values are copied. A change
   * of a row that is older, by LSN, than what is folded already goes beneath it: several logs may be merged.
   */
  add(change: NetChange): readonly NetBatch[] {
    if (change.kind === 'truncate') return this.#truncate(change.table, change.lsn);
    const before = this.#prepare(change.shape);
    const truncatedAt = this.#tables.get(change.shape.table)?.truncatedAt ?? null;
    if (truncatedAt !== null && change.lsn < truncatedAt) return before;
    const after = change.kind === 'delete' ? this.#delete(change) : this.#put(change);
    this.#greatest = Math.max(this.#greatest, this.#bytes);
    const full = this.#bytes > this.#limitBytes ? this.end() : NOTHING;
    return before.length + after.length + full.length === 0 ? NOTHING : [...before, ...after, ...full];
  }

  /** What is left. */
  end(): readonly NetBatch[] {
    if (this.#tables.size === 0) return NOTHING;
    const tables = [...this.#tables].map(([table, open]) => ({
      table,
      shape: open.shape,
      truncatedAt: open.truncatedAt,
      rows: [...open.rows.values()].sort((a, b) => (a.lsn < b.lsn ? -1 : a.lsn > b.lsn ? 1 : 0)),
    }));
    this.#tables = new Map();
    this.#bytes = 0;
    return [{ tables }];
  }

  /** A batch knows one shape per table. */
  #prepare(shape: RowShape): readonly NetBatch[] {
    const known = this.#tables.get(shape.table)?.shape;
    return known !== undefined && known !== null && known !== shape ? this.end() : NOTHING;
  }

  #truncate(table: string, lsn: Lsn): readonly NetBatch[] {
    const open = this.#open(table);
    for (const [id, row] of open.rows) if (row.lsn < lsn) this.#remove(open, id);
    if (open.truncatedAt === null || open.truncatedAt < lsn) open.truncatedAt = lsn;
    return NOTHING;
  }

  #delete(change: Extract<NetChange, { kind: 'delete' }>): readonly NetBatch[] {
    const open = this.#open(change.shape.table, change.shape);
    return this.#merge(open, { op: 'delete', lsn: change.lsn, key: change.key });
  }

  #put(change: Extract<NetChange, { kind: 'put' }>): readonly NetBatch[] {
    const { shape, values, lsn, oldKey } = change;
    const key = shape.key.map(index => values[index]);
    const whole = !values.includes(undefined);
    const moved = oldKey !== undefined && rowId(oldKey) !== rowId(key);
    if (moved && !whole) return this.#rekey(shape, { op: 'rekey', lsn, key, values, oldKey });
    const open = this.#open(shape.table, shape);
    const first = moved ? this.#merge(open, { op: 'delete', lsn, key: oldKey }) : NOTHING;
    const second = this.#merge(this.#open(shape.table, shape), { op: whole ? 'upsert' : 'update', lsn, key, values });
    return first.length === 0 ? second : [...first, ...second];
  }

  /** Needs rows that only the base may know: everything before it is applied first. */
  #rekey(shape: RowShape, row: NetRow): readonly NetBatch[] {
    const before = this.end();
    return [...before, { tables: [{ table: shape.table, shape, truncatedAt: null, rows: [copied(row)] }] }];
  }

  #merge(open: OpenTable, row: NetRow): readonly NetBatch[] {
    const id = rowId(row.key);
    const known = open.rows.get(id);
    if (known === undefined) {
      this.#store(open, id, copied(row));
      return NOTHING;
    }
    if (row.lsn < known.lsn) {
      if (known.op === 'update' && row.op !== 'delete') this.#store(open, id, over(known, copied(row)));
      return NOTHING;
    }
    if (row.op === 'update' && known.op === 'delete') {
      const shape = open.shape;
      const table = [...this.#tables].find(([, candidate]) => candidate === open)![0];
      const before = this.end();
      this.#store(this.#open(table, shape), id, copied(row));
      return before;
    }
    this.#store(open, id, over(copied(row), known));
    return NOTHING;
  }

  #open(table: string, shape?: RowShape | null): OpenTable {
    let open = this.#tables.get(table);
    if (open === undefined) {
      open = { shape: null, truncatedAt: null, rows: new Map() };
      this.#tables.set(table, open);
    }
    if (shape) open.shape = shape;
    return open;
  }

  #store(open: OpenTable, id: string, row: NetRow): void {
    this.#remove(open, id);
    open.rows.set(id, row);
    this.#bytes += rowBytes(row) + id.length;
  }

  #remove(open: OpenTable, id: string): void {
    const row = open.rows.get(id);
    if (row === undefined) return;
    this.#bytes -= rowBytes(row) + id.length;
    open.rows.delete(id);
  }
}

/** The newer of two records of one row over the older. */
function over(newer: NetRow, older: NetRow): NetRow {
  if (newer.op !== 'update' || older.values === undefined) return newer;
  const values = newer.values!.map((value, index) => (value === undefined ? older.values![index] : value));
  return { op: older.op, lsn: newer.lsn, key: newer.key, values };
}

/** The values in one buffer of their own, so that a row does not keep the block alive that it came in. */
function copied(row: NetRow): NetRow {
  const source = row.values ?? row.key;
  let length = 0;
  for (const value of source) length += value?.byteLength ?? 0;
  for (const value of row.oldKey ?? []) length += value?.byteLength ?? 0;
  const bytes = new Uint8Array(length);
  let at = 0;
  const copy = (value: NetValue): NetValue => {
    if (value === null || value === undefined) return value;
    bytes.set(value, at);
    at += value.byteLength;
    return bytes.subarray(at - value.byteLength, at);
  };
  if (row.values === undefined) return { op: row.op, lsn: row.lsn, key: row.key.map(copy) };
  const values = row.values.map(copy);
  const key = row.key.map(value => values[row.values!.indexOf(value)]);
  const made = { op: row.op, lsn: row.lsn, key, values };
  return row.oldKey === undefined ? made : { ...made, oldKey: row.oldKey.map(copy) };
}

function rowBytes(row: NetRow): number {
  let bytes = ROW_BYTES;
  for (const value of row.values ?? row.key) bytes += VALUE_BYTES + (value?.byteLength ?? 0);
  return bytes;
}

/** Equal keys, and only those, have equal ids. */
export function rowId(key: readonly NetValue[]): string {
  let id = '';
  for (const value of key) {
    if (value === null || value === undefined) {
      id += value === null ? 'n' : 'u';
      continue;
    }
    id += `${value.byteLength}:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')}`;
  }
  return id;
}
