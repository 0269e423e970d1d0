/**
 * Opens the pages of a snapshot's tables, and finds chunks by their number in the table. Invariant: a page is what its
 * signed manifest says, byte for byte. Memory: the few pages that were opened last.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { type Chunk, type ChunkPage, chunksOf, type KeyBound, type PageContent } from '../../domain/chunk-page.ts';
import type { IndexRange } from '../../domain/index-ranges.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { readBlock } from './pack.ts';
import { altered, openObject } from './sealed-document.ts';

/** Pages kept open: neighbours that are read again. */
const KEPT_OPEN = 4;

export class PageReader {
  readonly #deps: Pick<Deps, 'vault' | 'keyring'>;
  readonly #owner: TenantRef;
  readonly #keptOpen: number;
  readonly #open = new Map<ChunkPage, Promise<readonly Chunk[]>>();

  constructor(deps: Pick<Deps, 'vault' | 'keyring'>, owner: TenantRef, keptOpen = KEPT_OPEN) {
    this.#deps = deps;
    this.#owner = owner;
    this.#keptOpen = keptOpen;
  }

  /** Its chunks, in key order. IntegrityError naming the object: `object-missing`, `object-altered`, … */
  open(page: ChunkPage): Promise<readonly Chunk[]> {
    const chunks = this.#open.get(page) ?? this.#read(page);
    this.#open.delete(page);
    this.#open.set(page, chunks);
    chunks.catch(() => this.#open.delete(page));
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= this.#keptOpen) break;
      this.#open.delete(oldest);
    }
    return chunks;
  }

  async #read(page: ChunkPage): Promise<readonly Chunk[]> {
    const chunks = chunksOf(page, page.content ?? (await this.#stored(page)));
    if (chunks === undefined) throw altered(page.stored?.pack ?? '(a page in the manifest)', undefined);
    return chunks;
  }

  async #stored({ stored }: ChunkPage): Promise<PageContent> {
    if (stored === undefined) throw altered('(a page without content)', undefined);
    const { pack, sha256 } = stored;
    const text = await readBlock(this.#deps, this.#owner, [pack], { ...stored, pack: 0 });
    if (sha256Hex(text) !== sha256) throw altered(pack, undefined);
    // The signed manifest has its digest, so this is what was written; checking each field took a tenth of a snapshot.
    return openObject(pack, async () => JSON.parse(Buffer.from(text).toString('utf8')) as PageContent);
  }
}

/** The chunks of one table, numbered from 0 in key order. */
export class TableChunks {
  readonly #reader: PageReader;
  readonly pages: readonly ChunkPage[];
  /** Number of each page's first chunk, and the number of all. */
  readonly #firsts: readonly number[];

  constructor(reader: PageReader, pages: readonly ChunkPage[]) {
    this.#reader = reader;
    this.pages = pages;
    let count = 0;
    this.#firsts = [0, ...pages.map(page => (count += page.chunks))];
  }

  get count(): number {
    return this.#firsts.at(-1)!;
  }

  /** The numbers of a page's chunks. */
  rangeOf(page: number): IndexRange {
    return [this.#firsts[page]!, this.#firsts[page + 1]!];
  }

  /** The page of a chunk. */
  pageOf(index: number): number {
    let low = 0;
    let high = this.pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#firsts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  chunksOf(page: number): Promise<readonly Chunk[]> {
    return this.#reader.open(this.pages[page]!);
  }

  /** Lower bound of a chunk; null also beyond the last one. Opens no page for the first of one. */
  async boundAt(index: number): Promise<KeyBound> {
    if (index >= this.count) return null;
    const page = this.pageOf(index);
    const first = this.#firsts[page]!;
    return index === first ? this.pages[page]!.from : (await this.chunksOf(page))[index - first]!.from;
  }

  /** The pages of a range, each with the numbers of its chunks that are in the range. */
  *pagesIn([start, last]: IndexRange): Generator<{ readonly page: number; readonly part: IndexRange }> {
    const end = Math.min(last, this.count);
    for (let at = start; at < end; ) {
      const page = this.pageOf(at);
      const stop = Math.min(end, this.rangeOf(page)[1]);
      yield { page, part: [at, stop] };
      at = stop;
    }
  }

  /** Each page is opened once. */
  async *between(range: IndexRange): AsyncGenerator<Chunk> {
    for (const { page, part } of this.pagesIn(range)) {
      const [first] = this.rangeOf(page);
      yield* (await this.chunksOf(page)).slice(part[0] - first, part[1] - first);
    }
  }

  /** Bytes of COPY text, exact for whole pages; of a part of a page its share. */
  bytesIn(range: IndexRange): number {
    let bytes = 0;
    for (const { page, part } of this.pagesIn(range)) {
      const { chunks, bytes: all } = this.pages[page]!;
      bytes += (all * (part[1] - part[0])) / chunks;
    }
    return Math.round(bytes);
  }
}
