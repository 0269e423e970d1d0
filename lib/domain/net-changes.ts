/**
 * Folds a stream of row changes into the net change per row (net-batch.ts defines a batch). Memory is bounded: when
 * the folded rows exceed the limit, a batch is emitted and a new one started. A row is one packed tuple in pages that
 * the rows of a batch share: one copy per change, no object per value.
 *
 * Invariant: applying the batches in order gives the same rows as applying every single change, even if the base
 * already contains (some of) the changes (over-replay), except where a row moves to a key that another row left and the
 * log leaves out a value as unchanged: vacated-keys.ts finds those.
 */
import type { Lsn } from './lsn.ts';
import type { NetBatch, NetChange, NetRow, RowShape } from './net-batch.ts';
import { isWhole, keyId, type NetValue, packTuple, tupleValues } from './packed-tuple.ts';
import { RowCursor } from './row-cursor.ts';
import { TuplePages } from './tuple-pages.ts';

/** A row during folding: a later change overwrites it. */
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

  constructor(shape: RowShape, op: NetRow['op'], at: RowCursor, oldKey?: readonly NetValue[]) {
    this.#shape = shape;
    this.offered = at.offered;
    this.claimed = at.claimed;
    this.op = op;
    this.lsn = at.lsn;
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
  /** For rows given as values. */
  readonly #row = new RowCursor();
  #tables = new Map<string, OpenTable>();
  /** The table of the last change: usually that of the next. */
  #last: OpenTable | undefined;
  #rowBytes = 0;
  #greatest = 0;

  /** `limitBytes`: memory for folded rows. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Peak memory in bytes, as accounted. */
  get greatestBytes(): number {
    return this.#greatest;
  }

  /**
   * Adds one change and returns the batches that must be applied now (usually none). The values are copied. A change
   * with an older LSN than the folded row does not overwrite it: several logs can be merged.
   */
  add(change: NetChange): readonly NetBatch[] {
    if (change.kind === 'truncate') return this.#truncate(change.table, change.lsn);
    const { shape } = change;
    if (change.kind === 'delete')
      return this.remove(shape, this.#cursor(change, packTuple(keyTuple(shape, change.key))));
    const tuple = packTuple(change.values);
    if (change.oldKey === undefined) return this.put(shape, this.#cursor(change, tuple));
    const old = packTuple(keyTuple(shape, change.oldKey));
    if (keyId(old, 0, shape.key) === keyId(tuple, 0, shape.key)) return this.put(shape, this.#cursor(change, tuple));
    if (!isWhole(tuple, 0)) return this.#rekey(shape, this.#cursor(change, tuple), change.oldKey);
    const first = this.remove(shape, this.#cursor(change, old));
    const second = this.put(shape, this.#cursor(change, tuple));
    return first.length === 0 ? second : [...first, ...second];
  }

  /** The same for a row that keeps its key, given as a packed tuple. */
  put(shape: RowShape, at: RowCursor): readonly NetBatch[] {
    return this.#take(shape, isWhole(at.bytes, at.start) ? 'upsert' : 'update', at);
  }

  /** The same for a deleted row; only the key of the tuple matters. */
  remove(shape: RowShape, at: RowCursor): readonly NetBatch[] {
    at.offered = false;
    at.claimed = false;
    return this.#take(shape, 'delete', at);
  }

  /** Whether all added changes were emitted. */
  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  /** The remaining batches. */
  end(): readonly NetBatch[] {
    if (this.#tables.size === 0) return NOTHING;
    const tables = [...this.#tables.values()].map(({ table, shape, truncatedAt, rows }) => ({
      ...{ table, shape, truncatedAt },
      rows: [...rows.values()].sort((a, b) => (a.lsn < b.lsn ? -1 : a.lsn > b.lsn ? 1 : 0)),
    }));
    this.#tables = new Map();
    this.#last = undefined;
    this.#rowBytes = 0;
    this.#pages.reset();
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

  #cursor(change: Exclude<NetChange, { kind: 'truncate' }>, tuple: Buffer): RowCursor {
    const at = this.#row.moveTo(change.lsn, tuple, 0, tuple.byteLength);
    if (change.kind === 'put') {
      at.offered = change.offered === true;
      at.claimed = change.claimed === true;
    }
    return at;
  }

  #take(shape: RowShape, op: NetRow['op'], at: RowCursor): readonly NetBatch[] {
    let open = this.#last?.shape === shape ? this.#last : this.#open(shape.table);
    let before = NOTHING;
    // A batch has one shape per table.
    if (open.shape !== null && open.shape !== shape) {
      before = this.end();
      open = this.#open(shape.table);
    }
    if (open.truncatedAt !== null && at.lsn < open.truncatedAt) return before;
    open.shape = shape;
    this.#last = open;
    const after = this.#merge(open, op, at);
    const held = this.#rowBytes + this.#pages.usedBytes;
    if (held > this.#greatest) this.#greatest = held;
    const full = held > this.#limitBytes ? this.end() : NOTHING;
    return before.length + after.length + full.length === 0 ? NOTHING : [...before, ...after, ...full];
  }

  /** Needs rows that only the base may have: everything before it is applied first. */
  #rekey(shape: RowShape, at: RowCursor, oldKey: readonly NetValue[]): readonly NetBatch[] {
    const truncatedAt = this.#tables.get(shape.table)?.truncatedAt ?? null;
    if (truncatedAt !== null && at.lsn < truncatedAt) return NOTHING;
    const before = this.end();
    const copies = oldKey.map(value => value && Buffer.from(value));
    const row = new FoldedRow(shape, 'rekey', at, copies);
    row.bytes = at.bytes;
    row.end = at.end;
    return [...before, { tables: [{ table: shape.table, shape, truncatedAt: null, rows: [row] }] }];
  }

  #merge(open: OpenTable, op: NetRow['op'], at: RowCursor): readonly NetBatch[] {
    const { lsn, bytes, start, end } = at;
    const shape = open.shape!;
    const id = keyId(bytes, start, shape.key);
    const known = open.rows.get(id);
    if (known === undefined) {
      this.#store(open, id, op, at);
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
      this.#store(next, id, op, at);
      return before;
    }
    known.lsn = lsn;
    // The later change decides the tenant.
    known.offered = at.offered;
    if (known.op === 'delete') known.claimed = at.claimed;
    if (op === 'update') this.#fill(known, tupleValues(bytes, start), tupleValues(known.bytes, known.start));
    else {
      known.op = op;
      this.#pages.place(known, bytes, start, end);
    }
    return NOTHING;
  }

  /** The row gets the newer values if present, else the older ones. */
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

  #store(open: OpenTable, id: string, op: NetRow['op'], at: RowCursor): void {
    const row = new FoldedRow(open.shape!, op, at);
    this.#pages.place(row, at.bytes, at.start, at.end);
    open.rows.set(id, row);
    this.#rowBytes += ROW_BYTES + id.length;
  }
}

/** A tuple with only its key set. */
function keyTuple(shape: RowShape, key: readonly NetValue[]): NetValue[] {
  const values: NetValue[] = shape.columns.map(() => null);
  shape.key.forEach((column, index) => {
    values[column] = key[index];
  });
  return values;
}
