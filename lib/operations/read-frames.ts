/**
 * Reads the payload of a segment or incremental: opens its blocks with one read-ahead, checks the digest over all of
 * them, and decodes the frames. Frames are handed out before the digest is known (a payload may be larger than memory),
 * so a consumer must not act on them anywhere but in staging before the iteration has ended without an error.
 */
import { sameDigest, segmentDigest } from '../codec/digest.ts';
import { decodeFrames, type Frame } from '../codec/segment.ts';
import type { Block } from '../domain/manifest.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { Deps } from '../ports.ts';
import { altered, readBlock } from './pack.ts';
import { digestKey } from './tenant-key.ts';

export interface Payload {
  readonly owner: TenantRef;
  readonly packs: readonly string[];
  readonly blocks: readonly Block[];
  readonly digest: string;
}

/** IntegrityError `object-missing`, `object-truncated`, `object-altered`, `log-malformed`, naming the pack. */
export function readFrames(deps: Pick<Deps, 'vault' | 'keyring'>, payload: Payload): AsyncGenerator<Frame> {
  return decodeFrames(plaintext(deps, payload));
}

async function* plaintext(
  deps: Pick<Deps, 'vault' | 'keyring'>,
  { owner, packs, blocks, digest }: Payload,
): AsyncGenerator<Uint8Array> {
  const mac = segmentDigest(await digestKey(deps, owner));
  const start = (index: number) => {
    const read = blocks[index] && readBlock(deps, owner, packs, blocks[index]);
    read?.catch(() => {});
    return read;
  };
  let next = start(0);
  for (let index = 0; index < blocks.length; index++) {
    const block = await next!;
    next = start(index + 1);
    mac.update(block);
    yield block;
  }
  if (!sameDigest(mac.digest('hex'), digest)) throw altered(packs[blocks[0]?.pack ?? 0] ?? '(no pack)', undefined);
}
