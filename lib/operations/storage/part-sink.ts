/**
 * Takes the rows of a part's COPY statements, in their order, and turns them into chunks with bounds, place and
 * checksum. When the time budget is used up, it reads up to the first row of the next chunk, whose key is where the
 * next call continues. Invariant: emitted chunks are complete and cover the part's start to `next` without a hole, and a
 * statement's chunks have as many rows together as the database counted.
 */
import { ChunkCutter, type CutChunk, targetAsBefore } from '../../codec/chunk.ts';
import { IntegrityError } from '../../domain/errors.ts';
import type { KeyBound } from '../../domain/manifest.ts';
import type { PartState, ReadChunk } from '../../domain/snapshot-parts.ts';
import type { KeyRange, TenantTable } from '../../postgres/export/chunk-query.ts';
import type { RowSink } from '../../postgres/export/copy-export.ts';
import type { ChunkStore, ChunkTarget } from './chunk-store.ts';

/** Chunks of a table that cannot be cut by key are this many times larger. */
const UNCUT_FACTOR = 16;

/** One COPY statement: an entire work item, or one inherited chunk of it. */
export interface PartStatement {
  readonly position: number;
  readonly work: number;
  readonly chunk: number;
  readonly table: TenantTable;
  readonly target: ChunkTarget;
  readonly range: KeyRange;
  /** Bytes of the inherited chunk as the base has it; null: the range is cut anew. */
  readonly inherited: number | null;
}

export interface PartSinkOptions {
  readonly statements: readonly PartStatement[];
  readonly store: ChunkStore;
  /** Index of the view in the part. */
  readonly view: number;
  readonly chunkBytes: number;
  /** True once the time budget is used up. */
  readonly late: () => boolean;
  readonly progress: (rows: number, bytes: number) => void;
}

export class PartSink implements RowSink {
  readonly #options: PartSinkOptions;
  readonly #cutter: ChunkCutter;
  readonly items: PartState['items'] = [];
  next: PartState['next'] = null;
  rows = 0;
  bytesRead = 0;
  #index = 0;
  #statementRows = 0;
  #late = false;
  #enough = false;

  constructor(options: PartSinkOptions) {
    this.#options = options;
    this.#cutter = new ChunkCutter(chunk => this.#emit(chunk));
    this.#begin();
  }

  bytes(source: Buffer, start: number, end: number): void {
    if (!this.#enough) this.#cutter.bytes(source, start, end);
  }

  endRow(): void {
    if (this.#enough) return;
    this.#statementRows += 1;
    this.#cutter.endRow();
    if (!this.#late) return;
    const from = this.#cutter.currentFrom();
    if (from === undefined) return;
    this.#stopAt(from);
  }

  endCopy(rows: number): void {
    if (this.#enough) return;
    const statement = this.#statement();
    if (rows !== this.#statementRows) throw countMismatch(statement.table.owned.table, this.#statementRows, rows);
    this.#cutter.end();
    this.#index += 1;
    this.#statementRows = 0;
    const following = this.#options.statements[this.#index];
    if (!following) return;
    this.#begin();
    this.#late ||= this.#options.late();
    if (this.#late) this.#stopAt(following.range.from);
  }

  busy(): Promise<void> | undefined {
    return this.#options.store.busy();
  }

  enough(): boolean {
    return this.#enough;
  }

  #statement(): PartStatement {
    return this.#options.statements[this.#index]!;
  }

  #begin(): void {
    const statement = this.#options.statements[this.#index];
    if (!statement) return;
    const { keyPositions } = statement.table;
    const usual = this.#options.chunkBytes * (keyPositions ? 1 : UNCUT_FACTOR);
    const target = statement.inherited === null ? usual : targetAsBefore(usual, statement.inherited);
    const limit = statement.inherited === null ? target : target * 2;
    this.#cutter.begin({ from: statement.range.from, keyPositions, target, limit, hashed: true });
  }

  #emit(cut: CutChunk): void {
    const { store, view, progress, late } = this.#options;
    const statement = this.#statement();
    const { from, rows } = cut;
    const chunk: ReadChunk = {
      from,
      rows,
      checksum: cut.checksum.toString(),
      digest: '',
      block: 0,
      offset: 0,
      length: 0,
      view,
      reuse: null,
    };
    this.#item(statement.work).push(chunk);
    store.add(statement.target, cut, place => Object.assign(chunk, place));
    this.rows += rows;
    this.bytesRead += cut.bytes.length;
    progress(rows, cut.bytes.length);
    if (statement.table.keyPositions !== undefined) this.#late ||= late();
  }

  #stopAt(from: KeyBound): void {
    const { position, chunk } = this.#statement();
    this.#cutter.discard();
    this.next = { position, chunk, from };
    this.#enough = true;
  }

  #item(work: number): ReadChunk[] {
    const last = this.items.at(-1);
    if (last?.work === work) return last.chunks;
    const chunks: ReadChunk[] = [];
    this.items.push({ work, chunks });
    return chunks;
  }
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
