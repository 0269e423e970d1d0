/**
 * Makes the pages of one table from chunks in key order, and from pages of an earlier snapshot, which are carried as they
 * are. Invariant: the chunks of the pages are those that were given, in order. Memory: the chunks of a page and a half.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { type Chunk, type ChunkPage, makePage, type PackedBlock, type View } from '../../domain/chunk-page.ts';
import { IntegrityError } from '../../domain/errors.ts';
import type { PageReader } from './page-reader.ts';

/** A page is full from so many times its chunks on; what is left then is not tiny. */
const FULL = 1.5;
/** Fewer than this part of a page are joined with the page that follows, which is opened for it. */
const TINY = 0.25;

export interface PageBuilderOptions {
  /** Chunks of a page, as a rule. */
  readonly chunks: number;
  readonly reader: PageReader;
  /** Stores the JSON of a content as a sealed block. */
  readonly store: (content: Uint8Array) => Promise<PackedBlock>;
  /** Whether a page of so many chunks stays with its entry. */
  readonly mayStay: (chunks: number) => boolean;
}

export class PageBuilder {
  readonly #options: PageBuilderOptions;
  readonly #pages: ChunkPage[] = [];
  #pending: Chunk[] = [];

  constructor(options: PageBuilderOptions) {
    this.#options = options;
  }

  add(chunk: Chunk): Promise<void> | undefined {
    this.#pending.push(chunk);
    const { chunks } = this.#options;
    if (this.#pending.length < FULL * chunks) return undefined;
    return this.#end(this.#pending.splice(0, chunks), false);
  }

  /** The chunks of a page, all found unchanged by `view`. */
  async keep(page: ChunkPage, view: View): Promise<void> {
    const few = this.#pending.length > 0 && this.#pending.length < TINY * this.#options.chunks;
    const opened = page.stored === undefined || few ? await this.#opened(page) : undefined;
    if (opened === undefined) {
      await this.#flush();
      this.#pages.push({ ...page, view });
      return;
    }
    for (const chunk of opened) await this.add({ ...chunk, view });
  }

  /** Undefined for a stored page that does not open: it can still be carried, and a full read will find it. */
  async #opened(page: ChunkPage): Promise<readonly Chunk[] | undefined> {
    try {
      return await this.#options.reader.open(page);
    } catch (error) {
      if (error instanceof IntegrityError && page.stored) return undefined;
      throw error;
    }
  }

  async finish(): Promise<ChunkPage[]> {
    await this.#flush();
    return this.#pages;
  }

  async #flush(): Promise<void> {
    const rest = this.#pending;
    this.#pending = [];
    if (rest.length > 0) await this.#end(rest, this.#options.mayStay(rest.length));
  }

  async #end(chunks: readonly Chunk[], stays: boolean): Promise<void> {
    const { content, ...entry } = makePage(chunks);
    if (stays) {
      this.#pages.push({ ...entry, content });
      return;
    }
    const bytes = Buffer.from(JSON.stringify(content));
    this.#pages.push({ ...entry, stored: { ...(await this.#options.store(bytes)), sha256: sha256Hex(bytes) } });
  }
}
