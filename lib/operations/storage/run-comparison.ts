/**
 * Compares the rows of one COPY with neighbouring chunks of the base that should be unchanged: each chunk ends where the
 * base has its number of rows, and must have its digest. One statement then reads hundreds of chunks, with bounds that are
 * not among the rows. Invariant: a chunk is accepted only once its rows are known to end there: the next chunk matched
 * right behind it, or the range ended. From the first chunk that is not accepted, everything is read again chunk by chunk.
 */
import type { Chunk } from '../../domain/chunk-page.ts';

/** A chunk of the base in a run. */
export interface RunChunk {
  /** Its number in the table. */
  readonly index: number;
  readonly chunk: Chunk;
}

export class RunComparison {
  readonly #chunks: readonly RunChunk[];
  readonly #accept: (chunk: Chunk) => void;
  /** Chunks that matched so far: all but the last of them are accepted. */
  #matched = 0;
  #broken = false;

  constructor(chunks: readonly RunChunk[], accept: (chunk: Chunk) => void) {
    this.#chunks = chunks;
    this.#accept = accept;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** The chunk whose rows come now; undefined: no more rows are expected. */
  get expected(): RunChunk | undefined {
    return this.#chunks[this.#matched];
  }

  /** The first chunk that is not accepted; undefined when all are. */
  get unaccepted(): RunChunk | undefined {
    return this.#chunks[Math.max(0, this.#matched - 1)];
  }

  /**
   * The expected chunk was read. The same text has another checksum where the database compares its values in another way,
   * after a change of a column's type.
   */
  take({ rows, checksum, digest }: Pick<Chunk, 'rows' | 'checksum' | 'digest'>): void {
    const { chunk } = this.expected!;
    if (rows !== chunk.rows || digest !== chunk.digest || checksum !== chunk.checksum) {
      this.break();
      return;
    }
    if (this.#matched > 0) this.#accept(this.#chunks[this.#matched - 1]!.chunk);
    this.#matched += 1;
  }

  /** Rows were read that no chunk has. */
  break(): void {
    this.#broken = true;
  }

  /** The range has ended. The chunks to read again, one by one. */
  end(): readonly RunChunk[] {
    if (this.#broken || this.expected !== undefined) return this.#chunks.slice(Math.max(0, this.#matched - 1));
    this.#accept(this.#chunks.at(-1)!.chunk);
    return [];
  }
}
