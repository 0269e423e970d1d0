/**
 * Cuts a table's rows, which come in key order, into chunks. A fresh stretch is cut as soon as a chunk has reached its
 * target size. A stretch between inherited bounds stays one chunk until it has outgrown the limit, so that yesterday's
 * bounds stay where they are. Invariant: the chunks back to back are the rows as they came, and a chunk's `from` is the
 * key of its first row (the first of a stretch has the stretch's own). Only the first row of a chunk is parsed.
 *
 * Rows may end with a tally: two more columns with the checksum and the count of all rows of the stretch up to this one,
 * as the database added them up. They are taken off, and what a chunk gets is the difference between two of them.
 */
import type { KeyBound } from '../domain/manifest.ts';
import { parseFields } from './copy-text.ts';

const LINE_FEED = 10;
const TAB = 9;
const FIRST_BUFFER = 16 * 1024;
/** Buffers kept for further chunks: fresh ones cost a page fault per 4 KiB and hurry the garbage collector. */
const SPARE_BUFFERS = 48;

/** Checksum and count of rows, as the database gave them. */
export interface Tally {
  readonly checksum: bigint;
  readonly rows: number;
}

const NOTHING: Tally = { checksum: 0n, rows: 0 };

export interface CutChunk {
  readonly from: KeyBound;
  /** Rows that came. */
  readonly rows: number;
  /** What the database says of the same rows; nothing where rows carry no tally. */
  readonly tally: Tally;
  /** COPY text. */
  readonly bytes: Buffer;
  /** Tells that nobody needs `bytes` any more: their memory will hold another chunk. */
  readonly release: () => void;
}

export interface CutRange {
  /** Lower bound of the stretch: `from` of its first chunk. */
  readonly from: KeyBound;
  /** Positions of the key columns in a row; undefined where rows have no order: pieces then have the bound []. */
  readonly keyPositions: readonly number[] | undefined;
  /** A chunk may be cut from here on, in bytes. */
  readonly target: number;
  /** A chunk must be cut from here on; equal to the target in a fresh stretch. */
  readonly limit: number;
  /** Each row ends with its tally. */
  readonly tallied: boolean;
}

/** Chunks of one stretch after which the next are cut twice as large; and the target that is not doubled any more. */
const GROW_AFTER = 16_384;
const COARSEST = 1024 * 1024;

export class ChunkCutter {
  readonly #emit: (chunk: CutChunk) => void;
  #stretch: CutRange = { from: null, keyPositions: undefined, target: 1, limit: 1, tallied: false };
  #buffer: Buffer = Buffer.alloc(0);
  /** Bytes of whole rows without their tallies, and what has come of the next row. */
  #length = 0;
  /** End of the last row's tally, which stands behind `#length` until the next row comes. */
  #tallyEnd = 0;
  /** The tally at the end of the chunk before. */
  #before: Tally = NOTHING;
  #rows = 0;
  #chunks = 0;
  readonly #spare: Buffer[] = [];
  /** Where the chunk will be cut when it has outgrown the limit: the row end at which the target was reached. */
  #cut: { length: number; rows: number; tally: Tally } | undefined;

  constructor(emit: (chunk: CutChunk) => void) {
    this.#emit = emit;
  }

  begin(stretch: CutRange): void {
    this.#stretch = stretch;
    this.#chunks = 0;
    this.#before = NOTHING;
  }

  bytes(source: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#buffer.length) this.#grow(length);
    source.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
  }

  endRow(): void {
    this.#rows += 1;
    this.#tallyEnd = this.#length;
    if (this.#stretch.tallied) this.#length = this.#withoutTally();
    if (this.#length < this.#stretch.target) return;
    this.#cut ??= { length: this.#length, rows: this.#rows, tally: this.#tally() };
    if (this.#length >= this.#stretch.limit) this.#cutOff();
  }

  /** Ends the stretch: emits what is left; a stretch without rows gives one empty chunk. */
  end(): void {
    if (this.#rows > 0 || this.#chunks === 0)
      this.#finish(this.#length, this.#rows, this.#rows > 0 ? this.#tally() : this.#before);
  }

  /** Bound of the chunk that is being filled; undefined before its first row is whole. */
  currentFrom(): KeyBound | undefined {
    return this.#rows === 0 && this.#chunks > 0 ? undefined : this.#from();
  }

  /** Leaves the chunk that is being filled unfinished. */
  discard(): void {
    this.#length = 0;
    this.#rows = 0;
    this.#cut = undefined;
  }

  #cutOff(): void {
    const cut = this.#cut!;
    const { target } = this.#stretch;
    this.#finish(cut.length, cut.rows, cut.tally);
    if (this.#length >= target) this.#cut = { length: this.#length, rows: this.#rows, tally: this.#tally() };
  }

  /** A very large stretch gets larger chunks as it goes, so that their number grows with the logarithm of its size. */
  #coarsen(): void {
    const { target, limit } = this.#stretch;
    if (target < COARSEST) this.#stretch = { ...this.#stretch, target: target * 2, limit: limit * 2 };
  }

  #finish(length: number, rows: number, tally: Tally): void {
    const from = this.#from();
    const whole = this.#buffer;
    const bytes = whole.subarray(0, length);
    const rest = this.#rows > rows ? whole.subarray(length, this.#tallyEnd) : whole.subarray(0, 0);
    this.#buffer = rest.length > 0 || length === 0 ? this.#allocate(rest.length) : Buffer.alloc(0);
    rest.copy(this.#buffer);
    this.#length = this.#rows > rows ? this.#length - length : 0;
    this.#tallyEnd = rest.length;
    this.#rows -= rows;
    this.#cut = undefined;
    this.#chunks += 1;
    if (this.#chunks % GROW_AFTER === 0) this.#coarsen();
    const since = { checksum: tally.checksum - this.#before.checksum, rows: tally.rows - this.#before.rows };
    this.#before = tally;
    this.#emit({ from, rows, tally: since, bytes, release: () => this.#keep(whole) });
  }

  /** Ends the row before its last two columns; they stay behind it until the next row comes. */
  #withoutTally(): number {
    const buffer = this.#buffer;
    let at = this.#length - 1;
    for (let tabs = 0; tabs < 2; ) if (buffer[--at] === TAB) tabs += 1;
    buffer[at] = LINE_FEED;
    return at + 1;
  }

  /** Tally of the row that ended last. */
  #tally(): Tally {
    if (!this.#stretch.tallied) return NOTHING;
    const [checksum, rows] = this.#buffer.toString('latin1', this.#length, this.#tallyEnd - 1).split('\t');
    return { checksum: BigInt(checksum!), rows: Number(rows) };
  }

  #from(): KeyBound {
    if (this.#chunks === 0) return this.#stretch.from;
    if (this.#stretch.keyPositions === undefined) return [];
    const first = this.#buffer.subarray(0, this.#buffer.indexOf(LINE_FEED) + 1);
    return parseFields(first, this.#stretch.keyPositions).map(value => {
      if (value === null) throw new Error('A key column is NULL: the key in the catalogs is not a key.');
      return value;
    });
  }

  #grow(needed: number): void {
    const grown = this.#allocate(needed);
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  /** Doubles up to the limit and a little more, so that a usual chunk is allocated once after the first of its table. */
  #allocate(needed: number): Buffer {
    const spare = this.#spare.findIndex(buffer => buffer.length >= needed);
    if (spare >= 0 && (this.#chunks > 0 || needed > FIRST_BUFFER)) return this.#spare.splice(spare, 1)[0]!;
    const usual = this.#stretch.limit + this.#stretch.limit / 8;
    if (this.#chunks === 0 && needed < usual / 4) return Buffer.allocUnsafeSlow(Math.max(FIRST_BUFFER, needed * 2));
    return Buffer.allocUnsafeSlow(Math.ceil(Math.max(usual, needed <= usual ? usual : needed * 1.5)));
  }

  /** Only buffers of the usual size are worth keeping; those of giant rows go. */
  #keep(buffer: Buffer): void {
    const { limit } = this.#stretch;
    const usual = buffer.length >= limit && buffer.length <= limit * 4;
    if (usual && this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffer);
  }
}
