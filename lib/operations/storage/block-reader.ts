/**
 * Reads blocks in the order of what is needed from them, and ahead: while one batch is used, the next is being fetched,
 * and the block after the current one is being opened. A vault that takes 20 ms for a request would otherwise be waited
 * for at every block.
 * Memory: two batches of stored bytes per stream, and the plaintext of the blocks opened last, which streams share.
 * Invariant: results come in the order of the items, and an error only where its block is reached.
 */
import type { PackedBlock } from '../../domain/chunk-page.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { BlockBatch, blockName } from './block-batch.ts';
import { openBlock, readRange } from './pack.ts';

/** Items of a batch, where they need few new blocks. */
const MAX_ITEMS = 1000;
const NOTHING = new Uint8Array(0);

export interface BlockReaderOptions {
  /** Stored bytes of a batch. */
  readonly batchBytes: number;
  /** Plaintext bytes of opened blocks that wait for further items. */
  readonly openBytes: number;
}

interface Batch<T> {
  readonly items: readonly T[];
  /** Those that it fetches and that were not reached yet, in the order of first use. */
  readonly blocks: PackedBlock[];
}

interface OpenBlock {
  readonly bytes: number;
  readonly plain: Promise<Uint8Array>;
}

export class BlockReader {
  readonly #deps: Pick<Deps, 'vault' | 'keyring'>;
  readonly #owner: TenantRef;
  readonly #options: BlockReaderOptions;
  /** In a batch that is not requested yet. */
  readonly #planned = new Set<string>();
  /** Requested and not yet opened. */
  readonly #sealed = new Map<string, Promise<Uint8Array>>();
  /** Least recently used first. */
  readonly #open = new Map<string, OpenBlock>();
  #openBytes = 0;

  constructor(deps: Pick<Deps, 'vault' | 'keyring'>, owner: TenantRef, options: BlockReaderOptions) {
    this.#deps = deps;
    this.#owner = owner;
    this.#options = options;
  }

  /**
   * Each item with the plaintext of its block (null: none, and empty). Several streams may run at the same time.
   * IntegrityError naming the object: `object-missing`, `object-truncated`, `object-altered`.
   */
  async *read<T>(
    items: AsyncIterable<T> | Iterable<T>,
    blockOf: (item: T) => PackedBlock | null,
  ): AsyncGenerator<readonly [item: T, plain: Uint8Array]> {
    const batches = this.#batches(items, blockOf);
    let next = batches.next();
    let current: PackedBlock | null = null;
    let plain: Promise<Uint8Array> | Uint8Array = NOTHING;
    for (;;) {
      const { value: batch, done } = await next;
      if (done) return;
      next = batches.next();
      next.catch(() => {});
      for (const item of batch.items) {
        const block = blockOf(item);
        if (block !== current) plain = this.#use(block, batch.blocks);
        current = block;
        yield [item, await plain];
      }
    }
  }

  /** Cuts the items into batches; the blocks of a batch are requested before it is returned. */
  async *#batches<T>(
    items: AsyncIterable<T> | Iterable<T>,
    blockOf: (item: T) => PackedBlock | null,
  ): AsyncGenerator<Batch<T>, undefined> {
    let batch = new BlockBatch(this.#options.batchBytes);
    let taken: T[] = [];
    let blocks = new Map<string, PackedBlock>();
    const finish = () => {
      for (const [name, sealed] of batch.fetch(this.#deps.vault))
        if (this.#planned.delete(name) && !this.#open.has(name)) this.#sealed.set(name, sealed);
      const finished = { items: taken, blocks: [...blocks.values()] };
      batch = new BlockBatch(this.#options.batchBytes);
      taken = [];
      blocks = new Map();
      return finished;
    };
    for await (const item of items) {
      const block = blockOf(item);
      const name = block && blockName(block);
      if (name !== null && !this.#isComing(name)) {
        this.#planned.add(name);
        if (!batch.add(block!)) {
          yield finish();
          batch.add(block!);
        }
        blocks.set(name, block!);
      } else if (taken.length >= MAX_ITEMS) yield finish();
      taken.push(item);
    }
    if (taken.length > 0) yield finish();
    return undefined;
  }

  /** This stream or another has it, or will ask for it. */
  #isComing(name: string): boolean {
    return this.#planned.has(name) || this.#sealed.has(name) || this.#open.has(name);
  }

  /** Also opens the block after it, where there is room for both beside those of other streams. */
  #use(block: PackedBlock | null, blocks: PackedBlock[]): Promise<Uint8Array> | Uint8Array {
    if (block === null) return NOTHING;
    const plain = this.#plain(block);
    if (blocks[0] === block) blocks.shift();
    const next = blocks[0];
    if (next && (block.rawLength + next.rawLength) * 4 <= this.#options.openBytes) this.#plain(next);
    return plain;
  }

  #plain(block: PackedBlock): Promise<Uint8Array> {
    const name = blockName(block);
    const opened = this.#open.get(name) ?? this.#opening(name, block);
    this.#open.delete(name);
    this.#open.set(name, opened);
    return opened.plain;
  }

  #opening(name: string, block: PackedBlock): OpenBlock {
    const sealed = this.#sealed.get(name) ?? readRange(this.#deps.vault, block.pack, block);
    this.#sealed.delete(name);
    const plain = sealed.then(bytes => openBlock(this.#deps, this.#owner, block, bytes));
    plain.catch(() => {});
    this.#openBytes += block.rawLength;
    for (const [oldest, { bytes }] of this.#open) {
      if (this.#openBytes <= this.#options.openBytes) break;
      this.#open.delete(oldest);
      this.#openBytes -= bytes;
    }
    return { bytes: block.rawLength, plain };
  }
}
