/**
 * Stores cut chunks: digest, comparison with the base, blocks, pack. Small chunks share a block, a large one is a block
 * by itself. Memory: the chunks that are not yet in the pack; `busy` shows when to wait. Invariant: a chunk whose
 * digest the base has is never stored again.
 */

import { BufferPool } from '../../codec/buffer-pool.ts';
import type { CutChunk } from '../../codec/chunk.ts';
import { chunkDigest, type DigestKey } from '../../codec/digest.ts';
import type { Chunk, PackedBlock } from '../../domain/chunk-page.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { PackWriter } from './pack.ts';

/** Bytes that may be waiting for compression, sealing and the vault. */
const BYTES_IN_FLIGHT = 8 * 1024 * 1024;

export interface ChunkTarget {
  readonly table: string;
  readonly columns: readonly string[];
  /** A chunk of the base with this digest: its bytes are not stored again. */
  readonly known: (digest: string) => Chunk | undefined;
}

export interface ChunkPlace {
  readonly digest: string;
  readonly length: number;
  /** Null for a chunk without bytes. Resolves once its block is in the pack. */
  readonly block: Promise<PackedBlock> | PackedBlock | null;
  readonly offset: number;
  /** The bytes are the base's. */
  readonly reused: boolean;
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
  /** Memory of blocks that were sealed, for others. */
  readonly #buffers = new BufferPool(BYTES_IN_FLIGHT);
  /** The next block, which small chunks share. */
  #shared: Buffer | undefined;
  #sharedBlock = Promise.withResolvers<PackedBlock>();
  #sharedBytes = 0;
  #inFlight = 0;
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
   * Takes ownership of the chunk; `placed` is called at once with the place of its bytes. An error is that of `busy`, `flush`
   * and `finish`.
   */
  add(target: ChunkTarget, chunk: CutChunk, placed: (place: ChunkPlace) => void): void {
    this.#inFlight += chunk.bytes.length;
    try {
      this.#place(target, chunk, placed);
    } catch (reason) {
      this.#fail(reason);
    }
  }

  /** A promise while too much is in flight; rejects with the error of storing. */
  busy(): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    if (this.#inFlight < BYTES_IN_FLIGHT) return undefined;
    return new Promise((resolve, reject) => {
      this.#wake = () => (this.#failure ? reject(this.#failure.reason) : resolve());
    });
  }

  /** Seals what is open: every place gets its block. Throws the error of storing. */
  async flush(): Promise<void> {
    if (!this.#failure) this.#flush();
    if (this.#failure) {
      await this.abort();
      throw this.#failure.reason;
    }
  }

  /** Waits until everything is durable. Packs as stored. */
  async finish(): Promise<{ key: string; bytes: number }[]> {
    await this.flush();
    return this.#writer.close();
  }

  async abort(): Promise<void> {
    await this.#writer.abort();
  }

  digestOf({ table, columns }: Pick<ChunkTarget, 'table' | 'columns'>, bytes: Uint8Array): string {
    return chunkDigest(this.#options.digestKey, table, columns).update(bytes).digest('hex');
  }

  #place(target: ChunkTarget, chunk: CutChunk, placed: (place: ChunkPlace) => void): void {
    const { length } = chunk.bytes;
    const digest = this.digestOf(target, chunk.bytes);
    const before = target.known(digest);
    if (before || length === 0) {
      chunk.release();
      this.#leave(length);
      placed({
        digest,
        length,
        block: before?.block ?? null,
        offset: before?.offset ?? 0,
        reused: before !== undefined,
      });
      return;
    }
    if (length >= this.#options.blockBytes) {
      placed({ digest, length, block: this.#seal(chunk.bytes, chunk.release), offset: 0, reused: false });
      return;
    }
    // Each chunk is smaller than a block, and a block is sealed once it is reached.
    this.#shared ??= this.#buffers.take(2 * this.#options.blockBytes);
    chunk.bytes.copy(this.#shared, this.#sharedBytes);
    chunk.release();
    placed({ digest, length, block: this.#sharedBlock.promise, offset: this.#sharedBytes, reused: false });
    this.#sharedBytes += length;
    if (this.#sharedBytes >= this.#options.blockBytes) this.#flush();
  }

  #seal(bytes: Buffer, release: () => void): Promise<PackedBlock> {
    const block = this.#writer.place(this.#options.tenant, bytes);
    block.then(
      () => {
        release();
        this.#leave(bytes.length);
      },
      reason => this.#fail(reason),
    );
    return block;
  }

  #flush(): void {
    const shared = this.#shared;
    if (shared === undefined) return;
    this.#shared = undefined;
    const block = this.#seal(shared.subarray(0, this.#sharedBytes), () => this.#buffers.give(shared));
    this.#sharedBlock.promise.catch(() => {});
    block.then(this.#sharedBlock.resolve, this.#sharedBlock.reject);
    this.#sharedBlock = Promise.withResolvers();
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
