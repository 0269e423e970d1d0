/**
 * Where an anchor says that a chain ended: its head is a leaf of a signed Merkle tree (RFC 9162, section 2.1.3.2). Invariant:
 * only the leaf at this index of a tree of this size leads to the root.
 */
import { sha256 } from './signed-text.ts';

export interface AnchoredEnd {
  readonly sequence: number;
  readonly sha256: string;
  readonly index: number;
  readonly size: number;
  /** From the leaf upwards. */
  readonly path: readonly string[];
}

export async function provesHead(tenant: string, head: AnchoredEnd, root: string): Promise<boolean> {
  if (!Number.isInteger(head.index) || head.index < 0 || head.index >= head.size) return false;
  const leaf = new TextEncoder().encode(`${tenant} ${head.sequence} ${head.sha256}`);
  let hash = await sha256(joined(Uint8Array.of(0), leaf));
  let [place, last] = [head.index, head.size - 1];
  for (const sibling of head.path) {
    if (last === 0 || !/^[0-9a-f]{64}$/.test(sibling)) return false;
    const isRight = place % 2 === 1 || place === last;
    hash = isRight ? await inner(sibling, hash) : await inner(hash, sibling);
    // An incomplete level of the tree is skipped: there is nothing beside the last node of it.
    if (isRight && place % 2 === 0)
      while (place % 2 === 0 && place !== 0) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash === root;
}

async function inner(left: string, right: string): Promise<string> {
  return sha256(joined(Uint8Array.of(1), bytesOfHex(left), bytesOfHex(right)));
}

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
