/**
 * Packs: many sealed blocks in one stored object, streamed while they are written. A pack that no manifest names is an
 * orphan and harmless; a block that a manifest names is durable, because the manifest is written after close(). Memory:
 * at most the blocks that are being compressed, plus what the vault's stream buffers.
 */

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { compress, decompress } from '../../codec/compression.ts';
import type { Block, PackedBlock } from '../../domain/chunk-page.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { isKeyDestroyed } from '../../domain/key-destruction.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, StoredObject, Vault } from '../../ports.ts';
import { altered, openObject } from './sealed-document.ts';

/** Above this size a new pack begins, so that an object stays small enough to copy, lock and repair. */
const DEFAULT_PACK_BYTES = 256 * 1024 * 1024;

export interface PackOptions {
  /** Key of the n-th pack. */
  readonly key: (number: number) => string;
  readonly retainUntil: Date;
  readonly hold?: boolean;
  readonly packBytes?: number;
  /** A block of an owner with a destroyed key fails alone: nothing of it is written, and the pack goes on. */
  readonly outlivesKeys?: boolean;
}

interface OpenPack {
  readonly stream: PassThrough;
  readonly stored: Promise<StoredObject>;
  bytes: number;
}

export class PackWriter {
  readonly #deps: Pick<Deps, 'vault' | 'keyring'>;
  readonly #options: PackOptions;
  readonly #keys: string[] = [];
  readonly #finished: Promise<StoredObject>[] = [];
  #open: OpenPack | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #failure: { reason: unknown } | undefined;

  constructor(deps: Pick<Deps, 'vault' | 'keyring'>, options: PackOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * Compresses, seals and appends one block. May be called again before the first has finished: compression runs in
   * parallel, appending happens in the order of the calls.
   */
  add(owner: TenantRef, plaintext: Uint8Array): Promise<Block> {
    return this.#place(this.#seal(owner, plaintext), plaintext.byteLength);
  }

  /** The same; the block names its pack by its key. */
  async place(owner: TenantRef, plaintext: Uint8Array): Promise<PackedBlock> {
    const block = await this.add(owner, plaintext);
    return { ...block, pack: this.#keys[block.pack]! };
  }

  /** Appends a block that is sealed already, as it is. */
  copy(sealed: Uint8Array, rawLength: number): Promise<Block> {
    return this.#place(Promise.resolve(sealed), rawLength);
  }

  /** Ends the last pack and waits until all are durable. Keys and sizes, in pack order. */
  async close(): Promise<{ key: string; bytes: number }[]> {
    await this.#tail;
    if (this.#failure) {
      await this.abort();
      throw this.#failure.reason;
    }
    this.#endPack();
    const stored = await Promise.all(this.#finished);
    return stored.map(object => ({ key: object.key, bytes: object.bytes }));
  }

  /** Abandons the pack that is being written; completed packs stay as orphans. */
  async abort(): Promise<void> {
    this.#open?.stream.destroy(new Error('The pack was abandoned.'));
    this.#open = undefined;
    await Promise.allSettled(this.#finished);
  }

  #place(sealed: Promise<Uint8Array>, rawLength: number): Promise<Block> {
    sealed.catch(() => {});
    const placed = this.#tail.then(async () => this.#append(await sealed, rawLength));
    this.#tail = placed.catch(reason => {
      if (!this.#options.outlivesKeys || !isKeyDestroyed(reason)) this.#failure ??= { reason };
    });
    return placed;
  }

  async #seal(owner: TenantRef, plaintext: Uint8Array): Promise<Uint8Array> {
    return this.#deps.keyring.seal(owner, await compress(plaintext));
  }

  async #append(sealed: Uint8Array, rawLength: number): Promise<Block> {
    if (this.#failure) throw this.#failure.reason;
    if (this.#open && this.#open.bytes + sealed.byteLength > (this.#options.packBytes ?? DEFAULT_PACK_BYTES))
      this.#endPack();
    this.#open ??= this.#startPack();
    const block = { pack: this.#keys.length - 1, offset: this.#open.bytes, length: sealed.byteLength, rawLength };
    this.#open.bytes += sealed.byteLength;
    if (!this.#open.stream.write(sealed)) await Promise.race([once(this.#open.stream, 'drain'), this.#open.stored]);
    return block;
  }

  #startPack(): OpenPack {
    const key = this.#options.key(this.#keys.length);
    const stream = new PassThrough({ highWaterMark: 4 * 1024 * 1024 });
    const { retainUntil, hold } = this.#options;
    const stored = this.#deps.vault.put(key, stream, hold === undefined ? { retainUntil } : { retainUntil, hold });
    stored.catch(reason => {
      this.#failure ??= { reason };
      stream.destroy();
    });
    stream.on('error', () => {});
    this.#keys.push(key);
    this.#finished.push(stored);
    return { stream, stored, bytes: 0 };
  }

  #endPack(): void {
    this.#open?.stream.end();
    this.#open = undefined;
  }
}

/**
 * The plaintext of one block. Throws IntegrityError naming the object: `object-missing`, `object-truncated`,
 * `object-altered`. The caller compares the digest.
 */
export async function readBlock(
  deps: Pick<Deps, 'vault' | 'keyring'>,
  owner: TenantRef,
  packs: readonly string[],
  block: Block,
): Promise<Uint8Array> {
  const packed = packedBlock(packs, block);
  return openBlock(deps, owner, packed, await readRange(deps.vault, packed.pack, block));
}

/** The block by the key of its pack. IntegrityError `object-altered` where the list does not have it. */
export function packedBlock(packs: readonly string[], block: Block): PackedBlock {
  const pack = packs[block.pack];
  if (pack === undefined) throw altered('(no such pack in the manifest)', undefined);
  return { ...block, pack };
}

/** The plaintext of a block's stored bytes. IntegrityError `object-altered`. */
export async function openBlock(
  { keyring }: Pick<Deps, 'keyring'>,
  owner: TenantRef,
  { pack, rawLength }: PackedBlock,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const plain = await openObject(pack, async () => decompress(await keyring.open(owner, sealed), rawLength));
  if (plain.byteLength !== rawLength) throw altered(pack, undefined);
  return plain;
}

/** Stored bytes of a pack. IntegrityError `object-missing`, `object-truncated`. */
export async function readRange(
  vault: Vault,
  key: string,
  { offset, length }: Pick<Block, 'offset' | 'length'>,
): Promise<Uint8Array> {
  const sealed = await vault.get(key, { offset, length });
  if (sealed.byteLength === length) return sealed;
  throw new IntegrityError('object-truncated', `The object ${key} is shorter than its manifest says.`, {
    hint: 'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.',
    details: { object: key },
  });
}
