/**
 * Takes the rows of a part's COPY statements, in their order, and turns them into chunks with bounds, place and
 * checksum. When the time budget is used up, it reads up to the first row of the next chunk, whose key is where the
 * next call continues. Invariant: emitted chunks are complete and cover the part's start to `next` without a hole, and a
 * statement's chunks have as many rows together as the database counted.
 */
import { ChunkCutter, type CutChunk, targetAsBefore } from '../../codec/chunk.ts';
import type { Chunk, KeyBound, View } from '../../domain/chunk-page.ts';
import { IntegrityError } from '../../domain/errors.ts';
import type { PartState } from '../../domain/snapshot-parts.ts';
import type { KeyRange, TenantTable } from '../../postgres/export/chunk-query.ts';
import type { RowSink } from '../../postgres/export/copy-export.ts';
import type { ChunkPlace, ChunkStore, ChunkTarget } from './chunk-store.ts';
import { RangeNumber } from './range-number.ts';
import { type RunChunk, RunComparison } from './run-comparison.ts';

/** Chunks of a table that cannot be cut by key are this many times larger. */
const UNCUT_FACTOR = 16;

/** A key range to read: an entire work item, one inherited chunk of it, or several that are only compared. */
export interface PartStatement {
  readonly position: number;
  readonly work: number;
  /** Number of its first inherited chunk in the base's table; where the range is cut anew, behind the item's last. */
  readonly chunk: number;
  readonly table: TenantTable;
  readonly target: ChunkTarget;
  readonly range: KeyRange;
  /** Bytes of the inherited chunk as the base has it; null: the range is cut anew. */
  readonly inherited: number | null;
  /** The inherited chunk, where it must be as it was. */
  readonly promised?: Chunk | undefined;
  /** Neighbouring chunks of the base, all of them expected as they were. The last statement of its batch. */
  readonly run?: readonly RunChunk[] | undefined;
}

/** Where chunks go, in their order. */
export interface PartOutput {
  add(work: number, read: Promise<{ chunk: Chunk; reused: boolean }>): void;
  /** A chunk that is unchanged according to the log is not. */
  differs(table: string, chunk: number): void;
}

export interface PartSinkOptions {
  readonly store: ChunkStore;
  readonly output: PartOutput;
  readonly view: View;
  readonly chunkBytes: number;
  /** True once the time budget is used up. */
  readonly late: () => boolean;
  readonly progress: (rows: number, bytes: number) => void;
}

export class PartSink implements RowSink {
  readonly #options: PartSinkOptions;
  readonly #cutter: ChunkCutter;
  readonly #number = new RangeNumber();
  next: PartState['next'] = null;
  rows = 0;
  bytesRead = 0;
  /** The COPY statements of the round trip, each with its ranges. */
  #copies: readonly (readonly PartStatement[])[] = [];
  #copy = 0;
  #range = 0;
  #copyRows = 0;
  /** Of these, the rows in chunks. */
  #cutRows = 0;
  /** Rows since the current chunk of a run began. */
  #chunkRows = 0;
  #chunks = 0;
  #run: RunComparison | undefined;
  #again: readonly RunChunk[] = [];
  #late = false;
  #added = false;
  #enough = false;

  constructor(options: PartSinkOptions) {
    this.#options = options;
    this.#cutter = new ChunkCutter(chunk => this.#emit(chunk));
  }

  /**
   * The COPY statements of the next round trip, at least one. Rows of a statement with several ranges begin with the number of
   * their range.
   */
  expect(copies: readonly (readonly PartStatement[])[]): void {
    this.#copies = copies;
    this.#copy = 0;
    this.#again = [];
    // Each call adds something, whatever its budget: a run in which the first chunk differs has added nothing.
    this.#late &&= this.#added;
    if (this.#late) this.#stopAt(copies[0]![0]!.range.from, copies[0]![0]!);
    else this.#beginCopy();
  }

  /** Chunks of the last run that have to be read one by one. */
  get again(): readonly RunChunk[] {
    return this.#again;
  }

  bytes(source: Buffer, from: number, end: number): void {
    if (this.#enough || this.#run?.broken) return;
    let start = from;
    if (this.#isNumbered() && !this.#number.isKnown) {
      start = this.#number.read(source, start, end);
      if (this.#number.isKnown) this.#advanceTo(this.#number.value);
    }
    if (start === end || this.#enough) return;
    if (this.#run && this.#run.expected === undefined) this.#run.break();
    else this.#cutter.bytes(source, start, end);
  }

  endRow(): void {
    if (this.#enough) return;
    this.#copyRows += 1;
    this.#number.forget();
    if (this.#run) {
      this.#endRunRow(this.#run);
      return;
    }
    this.#cutter.endRow();
    if (!this.#late) return;
    const from = this.#cutter.currentFrom();
    if (from === undefined) return;
    const { promised, table, chunk } = this.#statement();
    if (promised && this.#chunks > 0) this.#options.output.differs(table.owned.table, chunk);
    this.#stopAt(from);
  }

  endCopy(rows: number): void {
    if (this.#enough) return;
    const { table } = this.#statement();
    if (rows !== this.#copyRows) throw countMismatch(table.owned.table, this.#copyRows, rows);
    this.#advanceTo(this.#copies[this.#copy]!.length - 1);
    if (this.#enough) return;
    const isCompared = this.#run !== undefined;
    this.#end();
    if (!isCompared && rows !== this.#cutRows) throw countMismatch(table.owned.table, this.#cutRows, rows);
    this.#copy += 1;
    const following = this.#copies[this.#copy]?.[0];
    if (!following) return;
    if (this.#late) this.#stopAt(following.range.from, following);
    else this.#beginCopy();
  }

  busy(): Promise<void> | undefined {
    return this.#options.store.busy();
  }

  enough(): boolean {
    return this.#enough;
  }

  #statement(): PartStatement {
    return this.#copies[this.#copy]![this.#range]!;
  }

  #isNumbered(): boolean {
    return this.#copies[this.#copy]!.length > 1;
  }

  #beginCopy(): void {
    this.#range = 0;
    this.#copyRows = 0;
    this.#cutRows = 0;
    this.#number.forget();
    this.#begin();
  }

  /** Ends the ranges before that number: their rows are complete. */
  #advanceTo(number: number): void {
    if (number < this.#range) throw new Error('The server sent key ranges in another order.');
    while (this.#range < number && !this.#enough) {
      this.#end();
      this.#range += 1;
      if (this.#late) this.#stopAt(this.#statement().range.from);
      else this.#begin();
    }
  }

  #end(): void {
    const { table, promised, chunk } = this.#statement();
    if (this.#run) {
      // Rows of a chunk that has fewer now.
      this.#cutter.discard();
      this.#again = this.#run.end();
    } else {
      this.#cutter.end();
      if (promised && this.#chunks > 1) this.#options.output.differs(table.owned.table, chunk);
    }
    this.#run = undefined;
    this.#late ||= this.#options.late();
  }

  #begin(): void {
    const { range, inherited, run, work } = this.#statement();
    this.#chunks = 0;
    if (run === undefined) {
      this.#cut(range.from, inherited);
      return;
    }
    const { view, output } = this.#options;
    this.#run = new RunComparison(run, chunk => {
      this.#added = true;
      output.add(work, Promise.resolve({ chunk: { ...chunk, view }, reused: true }));
    });
    this.#cut(range.from, run[0]!.chunk.length);
  }

  #cut(from: KeyBound, inherited: number | null): void {
    const { keyPositions } = this.#statement().table;
    const usual = this.#options.chunkBytes * (keyPositions ? 1 : UNCUT_FACTOR);
    const target = inherited === null ? usual : targetAsBefore(usual, inherited);
    const limit = inherited === null ? target : target * 2;
    this.#chunkRows = 0;
    this.#cutter.begin({ from, keyPositions, target, limit, hashed: true });
  }

  #endRunRow(run: RunComparison): void {
    if (run.broken) return;
    this.#chunkRows += 1;
    this.#cutter.endRow();
    if (!run.broken && this.#chunkRows === run.expected?.chunk.rows) this.#cutter.end();
    if (run.broken) {
      this.#cutter.discard();
      return;
    }
    if (this.#chunkRows > 0) return;
    const following = run.expected;
    if (following) this.#cut(following.chunk.from, following.chunk.length);
    this.#late ||= this.#options.late();
    const { unaccepted } = run;
    if (this.#late && this.#added && unaccepted)
      this.#stopAt(unaccepted.chunk.from, { position: this.#statement().position, chunk: unaccepted.index });
  }

  #emit(cut: CutChunk): void {
    const { rows, bytes } = cut;
    const { store, progress, late } = this.#options;
    const { work, target, table, promised, chunk: number } = this.#statement();
    this.rows += rows;
    this.bytesRead += bytes.length;
    progress(rows, bytes.length);
    if (this.#run) {
      this.#run.take({ rows, checksum: cut.checksum.toString(), digest: store.digestOf(target, bytes) });
      this.#chunkRows = 0;
      cut.release();
      return;
    }
    this.#chunks += 1;
    this.#cutRows += rows;
    this.#added = true;
    const { view, output } = this.#options;
    const { from, checksum } = cut;
    const read = new Promise<{ chunk: Chunk; reused: boolean }>(resolve => {
      store.add(target, cut, place => {
        if (promised && place.digest !== promised.digest) output.differs(table.owned.table, number);
        resolve(toChunk({ from, rows, checksum: checksum.toString(), view }, place));
      });
    });
    output.add(work, read);
    if (table.keyPositions !== undefined) this.#late ||= late();
  }

  #stopAt(from: KeyBound, at: Pick<PartStatement, 'position' | 'chunk'> = this.#statement()): void {
    this.#cutter.discard();
    this.next = { position: at.position, chunk: at.chunk, from };
    this.#enough = true;
  }
}

async function toChunk(
  read: Pick<Chunk, 'from' | 'rows' | 'checksum' | 'view'>,
  { digest, length, block, offset, reused }: ChunkPlace,
): Promise<{ chunk: Chunk; reused: boolean }> {
  return { chunk: { ...read, digest, length, offset, block: await block }, reused };
}

function countMismatch(table: string, read: number, counted: number): IntegrityError {
  return new IntegrityError(
    'count-mismatch',
    `${read} rows of ${table} were read, but the database counts ${counted}.`,
    {
      hint: 'Nothing was listed as a backup. Take the snapshot again.',
      details: { table, read, counted },
    },
  );
}
