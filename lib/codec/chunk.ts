/**
 * Cuts a table's rows, in key order, into chunks. A new range is cut as soon as a chunk has reached its target
 * size. A range between inherited bounds stays one chunk until it exceeds the limit, so that the bounds of earlier
 * snapshots stay in place. Invariant: the concatenated chunks are the rows as received, and a chunk's `from` is the key
 * of its first row (the first chunk of a range has the range's own). Only the first row of a chunk is parsed.
 *
 * Rows can end with a hash: one more column, in which the database adds its own hash of the row. The hashes are removed
 * from the rows, and each chunk gets their sum.
 */
import type { KeyBound } from '../domain/chunk-page.ts';
import { parseFields } from './copy-text.ts';
import { HashSum } from './hash-sum.ts';

const LINE_FEED = 10;
const FIRST_BUFFER = 16 * 1024;
/** Buffers reused for further chunks: new ones cost a page fault per 4 KiB and load the garbage collector. */
const SPARE_BUFFERS = 48;

export interface CutChunk {
  readonly from: KeyBound;
  /** Received rows. */
  readonly rows: number;
  /** Sum of the database's hashes of the rows; 0 if they have none. */
  readonly checksum: bigint;
  /** COPY text. */
  readonly bytes: Buffer;
  /** Releases `bytes`: their memory is reused for another chunk. */
  readonly release: () => void;
}

export interface CutRange {
  /** Lower bound of the range: `from` of its first chunk. */
  readonly from: KeyBound;
  /** Positions of the key columns in a row; undefined if rows have no order: chunks then have the bound []. */
  readonly keyPositions: readonly number[] | undefined;
  /** Minimum bytes at which a chunk can be cut. */
  readonly target: number;
  /** Bytes at which a chunk must be cut; equal to the target in a new range. */
  readonly limit: number;
  /** Each row ends with its hash. */
  readonly hashed: boolean;
}

/** Chunks of one range after which the target size doubles; and the largest target. */
const GROW_AFTER = 16_384;
const COARSEST = 1024 * 1024;

/**
 * The target of an inherited range that had these bytes. Twice as much is its limit, and more than it had: the same rows
 * stay one chunk, also those of a range that had grown coarse, or was cut under another setting.
 */
export function targetAsBefore(usual: number, bytes: number): number {
  let target = usual;
  while (2 * target <= bytes) target *= 2;
  return target;
}

export class ChunkCutter {
  readonly #emit: (chunk: CutChunk) => void;
  #stretch: CutRange = { from: null, keyPositions: undefined, target: 1, limit: 1, hashed: false };
  #buffer: Buffer = Buffer.alloc(0);
  /** Bytes of complete rows without their hashes, and the received part of the next row. */
  #length = 0;
  readonly #sum = new HashSum();
  #rows = 0;
  #chunks = 0;
  readonly #spare: Buffer[] = [];
  /** Where to cut the chunk when it exceeds the limit: the row end at which the target was reached. */
  #cut: { length: number; rows: number; checksum: bigint } | undefined;

  constructor(emit: (chunk: CutChunk) => void) {
    this.#emit = emit;
  }

  begin(stretch: CutRange): void {
    this.#stretch = stretch;
    this.#chunks = 0;
  }

  bytes(source: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#buffer.length) this.#grow(length);
    source.copy(this.#buffer, this.#length, start, end);
    this.#length = length;
  }

  endRow(): void {
    this.#rows += 1;
    if (this.#stretch.hashed) this.#length = this.#sum.takeFrom(this.#buffer, this.#length);
    if (this.#length < this.#stretch.target) return;
    this.#cut ??= this.#here();
    if (this.#length >= this.#stretch.limit) this.#cutOff();
  }

  /** Ends the range: emits the rest; a range without rows gives one empty chunk. */
  end(): void {
    if (this.#rows > 0 || this.#chunks === 0) this.#finish(this.#here());
  }

  /** Bound of the current chunk; undefined until its first row is complete. */
  currentFrom(): KeyBound | undefined {
    return this.#rows === 0 && this.#chunks > 0 ? undefined : this.#from();
  }

  /** Abandons the current chunk. */
  discard(): void {
    this.#length = 0;
    this.#rows = 0;
    this.#sum.reset();
    this.#cut = undefined;
  }

  #here(): { length: number; rows: number; checksum: bigint } {
    return { length: this.#length, rows: this.#rows, checksum: this.#sum.value };
  }

  #cutOff(): void {
    const { target } = this.#stretch;
    this.#finish(this.#cut!);
    if (this.#length >= target) this.#cut = this.#here();
  }

  /** Chunks of a very large range get larger and larger, so that their number grows with the logarithm of its size. */
  #coarsen(): void {
    const { target, limit } = this.#stretch;
    if (target < COARSEST) this.#stretch = { ...this.#stretch, target: target * 2, limit: limit * 2 };
  }

  #finish({ length, rows, checksum }: { length: number; rows: number; checksum: bigint }): void {
    const from = this.#from();
    const whole = this.#buffer;
    const bytes = whole.subarray(0, length);
    const rest = whole.subarray(length, this.#length);
    this.#buffer = rest.length > 0 || length === 0 ? this.#allocate(rest.length) : Buffer.alloc(0);
    rest.copy(this.#buffer);
    this.#length = rest.length;
    this.#rows -= rows;
    this.#cut = undefined;
    this.#chunks += 1;
    if (this.#chunks % GROW_AFTER === 0) this.#coarsen();
    this.#sum.subtract(checksum);
    this.#emit({ from, rows, checksum, bytes, release: () => this.#keep(whole) });
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

  /** Only buffers of the usual size are kept; those of giant rows are released. */
  #keep(buffer: Buffer): void {
    const { limit } = this.#stretch;
    const usual = buffer.length >= limit && buffer.length <= limit * 4;
    if (usual && this.#spare.length < SPARE_BUFFERS) this.#spare.push(buffer);
  }
}
