/**
 * Folds a stream of row changes into the net change per row: what an incremental stores and what a replay applies
 * set-wise. Memory is bounded: when the folded rows exceed the limit, a batch is handed out and a new one begun. A row
 * is kept as one packed tuple in pages that a batch's rows share: one copy a change, no object per value.
 *
 * Invariant: applying the batches in order gives the same rows as applying every change one by one, also when the
 * changes are already (partly) contained in the base (over-replay). What applying a batch means, table by table:
 * 1. `truncatedAt`: remove all rows; 2. each row of `rows`, which have different keys, so that order does not matter:
 *   upsert  the whole row;   delete  the key, if it is there;
 *   update  only the columns that are not undefined; where there is no such row it is *pending*, until a later delete or
 *           upsert of that key, or a truncate, settles it; what is pending at the end is an incomplete row;
 *   rekey   always alone in its batch: the row of `key` if there is one, else the row of `oldKey`, gets `key` and the
 *           columns that are not undefined, and the row of `oldKey` goes; where there is neither it is pending.
 * A row that is `offered` is only put where it turns out to be the tenant's once the whole batch's parents are applied;
 * elsewhere whatever stands under its key goes, and a partial one that is not there is not pending. A row that is `claimed`
 * was changed, not inserted: where it is not there, it came from elsewhere.
 */
import type { Lsn } from './lsn.ts';
import { isWhole, keyId, type NetValue, packTuple, tupleValues } from './packed-tuple.ts';
import { TuplePages } from './tuple-pages.ts';

export type { NetValue } from './packed-tuple.ts';

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
      /** Whose it is was not decided when the log was written. */
      readonly offered?: boolean;
      readonly claimed?: boolean;
    }
  | { readonly kind: 'delete'; readonly lsn: Lsn; readonly shape: RowShape; readonly key: readonly NetValue[] }
  | { readonly kind: 'truncate'; readonly lsn: Lsn; readonly table: string };

/** The net change of one row. Its bytes are valid as long as it is. */
export interface NetRow {
  readonly op: 'upsert' | 'update' | 'delete' | 'rekey';
  /** Of the row's last change. */
  readonly lsn: Lsn;
  /** Its packed tuple (packed-tuple.ts) begins at `start`, in the order of the shape's columns; of a delete only the key counts. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly key: readonly NetValue[];
  /** In the order of the shape's columns; absent for deletes. */
  readonly values: readonly NetValue[] | undefined;
  /** Only of rekey. */
  readonly oldKey: readonly NetValue[] | undefined;
  /** Whose it is must be decided when it is applied. */
  readonly offered: boolean;
  /** It was there before. */
  readonly claimed: boolean;
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
  /** It ends inside a transaction (its commit): whose its offered rows are, is decided when that one is through. */
  readonly within?: Lsn;
  /** That transaction is through. */
  readonly settles?: boolean;
}

/** What is said of a put beside its values: NetChange and NetRow tell of each. */
export interface PutMarks {
  readonly offered?: boolean;
  readonly claimed?: boolean;
}
const NO_MARKS: PutMarks = {};

/** A row while it is folded: a later change of it is written over it. */
class FoldedRow implements NetRow {
  op: NetRow['op'];
  lsn: Lsn;
  bytes: Buffer;
  start: number;
  end: number;
  oldKey: readonly NetValue[] | undefined;
  offered: boolean;
  claimed: boolean;
  readonly #shape: RowShape;

  constructor(shape: RowShape, op: NetRow['op'], lsn: Lsn, marks: PutMarks, oldKey?: readonly NetValue[]) {
    this.#shape = shape;
    this.offered = marks.offered === true;
    this.claimed = marks.claimed === true;
    this.op = op;
    this.lsn = lsn;
    this.bytes = NO_BYTES;
    this.start = 0;
    this.end = 0;
    this.oldKey = oldKey;
  }

  get key(): readonly NetValue[] {
    const values = tupleValues(this.bytes, this.start);
    return this.#shape.key.map(index => values[index]);
  }

  get values(): readonly NetValue[] | undefined {
    return this.op === 'delete' ? undefined : tupleValues(this.bytes, this.start);
  }
}

interface OpenTable {
  readonly table: string;
  shape: RowShape | null;
  truncatedAt: Lsn | null;
  readonly rows: Map<string, FoldedRow>;
}

/** Bytes of bookkeeping per row, on top of its tuple and its id: measured with Node 24, rounded up. */
const ROW_BYTES = 250;
const NOTHING: readonly NetBatch[] = [];
const NO_BYTES = Buffer.alloc(0);

export class NetChanges {
  readonly #limitBytes: number;
  readonly #pages = new TuplePages();
  #tables = new Map<string, OpenTable>();
  /** The table of the last change: mostly that of the next. */
  #last: OpenTable | undefined;
  #rowBytes = 0;
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
    const { shape, lsn } = change;
    if (change.kind === 'delete') {
      const bytes = packTuple(keyTuple(shape, change.key));
      return this.remove(shape, lsn, bytes, 0, bytes.byteLength);
    }
    const tuple = packTuple(change.values);
    if (change.oldKey === undefined) return this.put(shape, lsn, tuple, 0, tuple.byteLength, change);
    const old = packTuple(keyTuple(shape, change.oldKey));
    if (keyId(old, 0, shape.key) === keyId(tuple, 0, shape.key))
      return this.put(shape, lsn, tuple, 0, tuple.byteLength, change);
    if (!isWhole(tuple, 0)) return this.#rekey(shape, lsn, tuple, change.oldKey, change);
    const first = this.remove(shape, lsn, old, 0, old.byteLength);
    const second = this.put(shape, lsn, tuple, 0, tuple.byteLength, change);
    return first.length === 0 ? second : [...first, ...second];
  }

  /** The same for a row whose key stays, given as the packed tuple that stands at [start, end). */
  put(
    shape: RowShape,
    lsn: Lsn,
    bytes: Buffer,
    start: number,
    end: number,
    marks: PutMarks = NO_MARKS,
  ): readonly NetBatch[] {
    return this.#take(shape, isWhole(bytes, start) ? 'upsert' : 'update', lsn, bytes, start, end, marks);
  }

  /** The same for a row that goes; of the tuple only the key counts. */
  remove(shape: RowShape, lsn: Lsn, bytes: Buffer, start: number, end: number): readonly NetBatch[] {
    return this.#take(shape, 'delete', lsn, bytes, start, end, NO_MARKS);
  }

  /** Whether all that was taken in was handed out. */
  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  /** What is left. */
  end(): readonly NetBatch[] {
    if (this.#tables.size === 0) return NOTHING;
    const tables = [...this.#tables.values()].map(({ table, shape, truncatedAt, rows }) => ({
      ...{ table, shape, truncatedAt },
      rows: [...rows.values()].sort((a, b) => (a.lsn < b.lsn ? -1 : a.lsn > b.lsn ? 1 : 0)),
    }));
    this.#tables = new Map();
    this.#last = undefined;
    this.#rowBytes = 0;
    this.#pages.startAnew();
    return [{ tables }];
  }

  #truncate(table: string, lsn: Lsn): readonly NetBatch[] {
    const open = this.#open(table);
    for (const [id, row] of open.rows) {
      if (row.lsn >= lsn) continue;
      open.rows.delete(id);
      this.#rowBytes -= ROW_BYTES + id.length;
    }
    if (open.truncatedAt === null || open.truncatedAt < lsn) open.truncatedAt = lsn;
    return NOTHING;
  }

  #take(
    shape: RowShape,
    op: NetRow['op'],
    lsn: Lsn,
    bytes: Buffer,
    start: number,
    end: number,
    marks: PutMarks,
  ): readonly NetBatch[] {
    let open = this.#last?.shape === shape ? this.#last : this.#open(shape.table);
    let before = NOTHING;
    // A batch knows one shape per table.
    if (open.shape !== null && open.shape !== shape) {
      before = this.end();
      open = this.#open(shape.table);
    }
    if (open.truncatedAt !== null && lsn < open.truncatedAt) return before;
    open.shape = shape;
    this.#last = open;
    const after = this.#merge(open, op, lsn, bytes, start, end, marks);
    const held = this.#rowBytes + this.#pages.usedBytes;
    if (held > this.#greatest) this.#greatest = held;
    const full = held > this.#limitBytes ? this.end() : NOTHING;
    return before.length + after.length + full.length === 0 ? NOTHING : [...before, ...after, ...full];
  }

  /** Needs rows that only the base may know: everything before it is applied first. */
  #rekey(shape: RowShape, lsn: Lsn, tuple: Buffer, oldKey: readonly NetValue[], marks: PutMarks): readonly NetBatch[] {
    const truncatedAt = this.#tables.get(shape.table)?.truncatedAt ?? null;
    if (truncatedAt !== null && lsn < truncatedAt) return NOTHING;
    const before = this.end();
    const copies = oldKey.map(value => value && Buffer.from(value));
    const row = new FoldedRow(shape, 'rekey', lsn, marks, copies);
    row.bytes = tuple;
    row.end = tuple.byteLength;
    return [...before, { tables: [{ table: shape.table, shape, truncatedAt: null, rows: [row] }] }];
  }

  #merge(
    open: OpenTable,
    op: NetRow['op'],
    lsn: Lsn,
    bytes: Buffer,
    start: number,
    end: number,
    marks: PutMarks,
  ): readonly NetBatch[] {
    const shape = open.shape!;
    const id = keyId(bytes, start, shape.key);
    const known = open.rows.get(id);
    if (known === undefined) {
      this.#store(open, id, op, lsn, bytes, start, end, marks);
      return NOTHING;
    }
    if (lsn < known.lsn) {
      if (known.op === 'update' && op !== 'delete') {
        this.#fill(known, tupleValues(known.bytes, known.start), tupleValues(bytes, start));
        known.op = op;
      }
      return NOTHING;
    }
    if (op === 'update' && known.op === 'delete') {
      const before = this.end();
      const next = this.#open(open.table);
      next.shape = shape;
      this.#store(next, id, op, lsn, bytes, start, end, marks);
      return before;
    }
    known.lsn = lsn;
    // The later change knows better whose it is.
    known.offered = marks.offered === true;
    if (known.op === 'delete') known.claimed = marks.claimed === true;
    if (op === 'update') this.#fill(known, tupleValues(bytes, start), tupleValues(known.bytes, known.start));
    else {
      known.op = op;
      this.#pages.place(known, bytes, start, end);
    }
    return NOTHING;
  }

  /** The row gets the newer values where they are told, else the older ones. */
  #fill(row: FoldedRow, newer: readonly NetValue[], older: readonly NetValue[]): void {
    const tuple = packTuple(newer.map((value, index) => (value === undefined ? older[index] : value)));
    this.#pages.place(row, tuple, 0, tuple.byteLength);
  }

  #open(table: string): OpenTable {
    let open = this.#tables.get(table);
    if (open === undefined) {
      open = { table, shape: null, truncatedAt: null, rows: new Map() };
      this.#tables.set(table, open);
    }
    return open;
  }

  #store(
    open: OpenTable,
    id: string,
    op: NetRow['op'],
    lsn: Lsn,
    bytes: Buffer,
    start: number,
    end: number,
    marks: PutMarks,
  ): void {
    const row = new FoldedRow(open.shape!, op, lsn, marks);
    this.#pages.place(row, bytes, start, end);
    open.rows.set(id, row);
    this.#rowBytes += ROW_BYTES + id.length;
  }
}

/** A tuple of which only the key is told. */
function keyTuple(shape: RowShape, key: readonly NetValue[]): NetValue[] {
  const values: NetValue[] = shape.columns.map(() => null);
  shape.key.forEach((column, index) => {
    values[column] = key[index];
  });
  return values;
}
