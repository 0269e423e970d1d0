/**
 * Stores cut chunks: digest, comparison with the base, blocks, pack. Small chunks share a block, a large one is a block
 * by itself. Memory: the chunks that are not yet in the pack; `busy` shows when to wait. Invariant: a chunk whose
 * digest the base has is never stored again.
 */

import { BufferPool } from '../../codec/buffer-pool.ts';
import type { CutChunk } from '../../codec/chunk.ts';
import { chunkDigest, type DigestKey } from '../../codec/digest.ts';
import type { Block } from '../../domain/manifest.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { PackWriter } from './pack.ts';

/** Bytes that may be waiting for compression, sealing and the vault. */
const BYTES_IN_FLIGHT = 16 * 1024 * 1024;

export interface ChunkTarget {
  readonly table: string;
  readonly columns: readonly string[];
  /** Digests of the base's chunks of this table → their index. */
  readonly known: ReadonlyMap<string, number> | undefined;
}

export interface ChunkPlace {
  digest: string;
  /** Index into the blocks of this store; 0 for a chunk without bytes or one that the base holds. */
  block: number;
  offset: number;
  length: number;
  /** Index of the base's chunk with the same bytes. */
  reuse: number | null;
}

export interface ChunkStoreOptions {
  readonly tenant: TenantRef;
  readonly digestKey: DigestKey;
  readonly blockBytes: number;
  readonly packBytes: number;
  readonly packKey: (number: number) => string;
  readonly retainUntil: Date;
}

export class ChunkStore {
  readonly #options: ChunkStoreOptions;
  readonly #writer: PackWriter;
  readonly #blocks: Promise<Block>[] = [];
  /** Memory of blocks that were sealed, for others. */
  readonly #buffers = new BufferPool(BYTES_IN_FLIGHT);
  /** The next block, which small chunks share. */
  #shared: Buffer | undefined;
  #sharedBytes = 0;
  #inFlight = 0;
  #tail: Promise<void> = Promise.resolve();
  #failure: { reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(deps: Pick<Deps, 'vault' | 'keyring'>, options: ChunkStoreOptions) {
    this.#options = options;
    this.#writer = new PackWriter(deps, {
      key: options.packKey,
      retainUntil: options.retainUntil,
      packBytes: options.packBytes,
    });
  }

  /**
   * Takes ownership of the chunk; `placed` is called once the place of its bytes is known (before `finish` resolves).
   */
  add(target: ChunkTarget, chunk: CutChunk, placed: (place: ChunkPlace) => void): void {
    const bytes = chunk.bytes.length;
    this.#inFlight += bytes;
    this.#tail = this.#tail.then(() => this.#place(target, chunk, placed)).catch(reason => this.#fail(reason));
  }

  /** A promise while too much is in flight; rejects with the error of storing. */
  busy(): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    if (this.#inFlight < BYTES_IN_FLIGHT) return undefined;
    return new Promise((resolve, reject) => {
      this.#wake = () => (this.#failure ? reject(this.#failure.reason) : resolve());
    });
  }

  /** Waits until all chunks are durable. Packs as stored, and the blocks in them. */
  async finish(): Promise<{ packs: { key: string; bytes: number }[]; blocks: Block[] }> {
    await this.#tail;
    if (!this.#failure) this.#flush();
    if (this.#failure) {
      await this.abort();
      throw this.#failure.reason;
    }
    const packs = await this.#writer.close();
    return { packs, blocks: await Promise.all(this.#blocks) };
  }

  async abort(): Promise<void> {
    await this.#tail;
    await this.#writer.abort();
  }

  #place(target: ChunkTarget, chunk: CutChunk, placed: (place: ChunkPlace) => void): void {
    const { length } = chunk.bytes;
    const digest = chunkDigest(this.#options.digestKey, target.table, target.columns).update(chunk.bytes).digest('hex');
    const reuse = target.known?.get(digest) ?? null;
    if (reuse !== null || length === 0) {
      chunk.release();
      this.#leave(length);
      placed({ digest, block: 0, offset: 0, length, reuse });
      return;
    }
    if (length >= this.#options.blockBytes) {
      // The open block keeps its number.
      this.#flush();
      placed({ digest, block: this.#blocks.length, offset: 0, length, reuse });
      this.#seal(chunk.bytes, chunk.release);
      return;
    }
    // Each chunk is smaller than a block, and a block is sealed once it is reached.
    this.#shared ??= this.#buffers.take(2 * this.#options.blockBytes);
    chunk.bytes.copy(this.#shared, this.#sharedBytes);
    chunk.release();
    placed({ digest, block: this.#blocks.length, offset: this.#sharedBytes, length, reuse });
    this.#sharedBytes += length;
    if (this.#sharedBytes >= this.#options.blockBytes) this.#flush();
  }

  #seal(bytes: Buffer, release: () => void): void {
    const block = this.#writer.add(this.#options.tenant, bytes);
    this.#blocks.push(block);
    block.then(
      () => {
        release();
        this.#leave(bytes.length);
      },
      reason => this.#fail(reason),
    );
  }

  #flush(): void {
    const shared = this.#shared;
    if (shared === undefined) return;
    this.#shared = undefined;
    this.#seal(shared.subarray(0, this.#sharedBytes), () => this.#buffers.give(shared));
    this.#sharedBytes = 0;
  }

  #leave(bytes: number): void {
    this.#inFlight -= bytes;
    if (this.#inFlight < BYTES_IN_FLIGHT) this.#wake?.();
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake?.();
  }
}
