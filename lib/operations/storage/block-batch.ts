/**
 * Blocks that are fetched together: neighbours in a pack with one ranged request, at most a few requests at once.
 * Latency and price are per request, so bytes between two blocks are read and thrown away where that saves one.
 * Invariant: a batch never holds more stored bytes than its limit, except where a single block is larger.
 */
import type { PackedBlock } from '../../domain/chunk-page.ts';
import type { Vault } from '../../ports.ts';
import { readRange } from './pack.ts';

/** Transferring this much takes less time than another request's latency. */
const MAX_GAP_BYTES = 128 * 1024;
/** Requests of a batch: log runs are a pack each. */
const MAX_REQUESTS = 8;

/** Bytes of a pack, with the blocks in them in ascending order. */
interface Span {
  readonly pack: string;
  readonly offset: number;
  readonly blocks: PackedBlock[];
  end: number;
}

/** Identifies a block in the vault. */
export function blockName({ pack, offset }: PackedBlock): string {
  return `${pack} ${offset}`;
}

export class BlockBatch {
  readonly #limit: number;
  readonly #spans: Span[] = [];
  #bytes = 0;

  /** `limit`: stored bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False if the batch has no room for it; an empty one has room for every block. */
  add(block: PackedBlock): boolean {
    const end = block.offset + block.length;
    const span = this.#spans.find(
      ({ pack, end }) => pack === block.pack && block.offset >= end && block.offset - end <= MAX_GAP_BYTES,
    );
    const bytes = this.#bytes + (span ? end - span.end : block.length);
    if (this.#spans.length > 0 && bytes > this.#limit) return false;
    if (span) {
      span.blocks.push(block);
      span.end = end;
    } else if (this.#spans.length < MAX_REQUESTS) {
      this.#spans.push({ pack: block.pack, offset: block.offset, blocks: [block], end });
    } else return false;
    this.#bytes = bytes;
    return true;
  }

  /** Sends the requests. The stored bytes of each block by its name; rejections name the object. */
  fetch(vault: Vault): [name: string, sealed: Promise<Uint8Array>][] {
    return this.#spans.flatMap(({ pack, offset, end, blocks }) => {
      const bytes = readRange(vault, pack, { offset, length: end - offset });
      return blocks.map((block): [string, Promise<Uint8Array>] => {
        const start = block.offset - offset;
        const sealed = bytes.then(all => all.subarray(start, start + block.length));
        sealed.catch(() => {});
        return [blockName(block), sealed];
      });
    });
  }
}
