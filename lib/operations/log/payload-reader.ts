/**
 * Reads payloads of the log one after the other, with the blocks of the next ones fetched while one is read: a tenant's
 * day is more than a thousand small payloads, each in the pack of its run. Invariant: a payload that was read to its end
 * is complete and unaltered, as its signed manifest says. Memory: two batches of stored blocks, and a few opened blocks.
 */
import { sameDigest, segmentDigest } from '../../codec/digest.ts';
import type { PackedBlock } from '../../domain/chunk-page.ts';
import type { SegmentEntry } from '../../domain/log-manifest.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { BlockReader } from '../storage/block-reader.ts';
import { packedBlock } from '../storage/pack.ts';
import { altered } from '../storage/sealed-document.ts';
import { digestKey } from '../storage/tenant-key.ts';

/** For each of the two logs of a restore: with the opened blocks about 12 MiB for both. */
const READ_AHEAD = { batchBytes: 2 * 1024 * 1024, openBytes: 4 * 1024 * 1024 };

export interface Payload {
  readonly packs: readonly string[];
  readonly entry: Pick<SegmentEntry, 'blocks' | 'digest' | 'sealedFor'>;
}

/** The blocks of one payload, with the next ones fetched ahead. */
export function readPayload(
  deps: Pick<Deps, 'vault' | 'keyring' | 'memory'>,
  owner: TenantRef,
  payload: Payload,
): AsyncGenerator<Uint8Array> {
  return new PayloadReader(deps, owner, [payload]).blocks(0);
}

type PlainBlocks = AsyncGenerator<readonly [block: PackedBlock, plain: Uint8Array]>;

export class PayloadReader {
  readonly #deps: Pick<Deps, 'vault' | 'keyring' | 'memory'>;
  readonly #owner: TenantRef;
  readonly #payloads: readonly Payload[];
  /** Positioned at the beginning of payload `#next`; undefined while one is being read. */
  #stream: PlainBlocks | undefined;
  #next = 0;
  /** The first payload that the stream does not have: it is sealed under another key. */
  #end = 0;

  constructor(deps: Pick<Deps, 'vault' | 'keyring' | 'memory'>, owner: TenantRef, payloads: readonly Payload[]) {
    this.#deps = deps;
    this.#owner = owner;
    this.#payloads = payloads;
  }

  /**
   * Plaintext of the payload's blocks in order; the digest is compared at the end. Any payload may be the first; each
   * further one should follow the one before it. IntegrityError naming the object.
   */
  async *blocks(index: number): AsyncGenerator<Uint8Array> {
    const { packs, entry } = this.#payloads[index]!;
    const digest = segmentDigest(await digestKey(this.#deps, this.#ownerOf(index)));
    const stream = this.#next === index && index < this.#end && this.#stream ? this.#stream : this.#from(index);
    this.#stream = undefined;
    for (let left = entry.blocks.length; left > 0; left--) {
      const [, plain] = (await stream.next()).value!;
      digest.update(plain);
      yield plain;
    }
    this.#stream = stream;
    this.#next = index + 1;
    if (!sameDigest(digest.digest('hex'), entry.digest))
      throw altered(packs[entry.blocks[0]?.pack ?? 0] ?? '(no pack)', undefined);
  }

  #from(index: number): PlainBlocks {
    const owner = this.#ownerOf(index);
    this.#end = index + 1;
    while (this.#end < this.#payloads.length && this.#ownerOf(this.#end) === owner) this.#end++;
    const reader = new BlockReader(this.#deps, owner, READ_AHEAD);
    return reader.read(blocksOf(this.#payloads.slice(index, this.#end)), block => block);
  }

  #ownerOf(index: number): TenantRef {
    return this.#payloads[index]!.entry.sealedFor ?? this.#owner;
  }
}

function* blocksOf(payloads: readonly Payload[]): Generator<PackedBlock> {
  for (const { packs, entry } of payloads) for (const block of entry.blocks) yield packedBlock(packs, block);
}
