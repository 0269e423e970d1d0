/**
 * Merkle trees as in RFC 9162, section 2.1: a signed root proves that a leaf is in a list without showing the others.
 *
 * Invariant: leaves and inner nodes are hashed with different first bytes, so that no inner node can pass as a leaf.
 */
import { createHash } from 'node:crypto';

/** SHA-256 of the tree, hex. Of no leaves: the digest of nothing. */
export function merkleRoot(leaves: readonly string[]): string {
  return rootOf(leaves.map(leafHash)).toString('hex');
}

/** The hashes beside the way from the leaf at `index` to the root, from the leaf upwards, hex. */
export function merkleProof(leaves: readonly string[], index: number): string[] {
  return pathOf(leaves.map(leafHash), index).map(hash => hash.toString('hex'));
}

function pathOf(hashes: readonly Buffer[], index: number): Buffer[] {
  if (hashes.length <= 1) return [];
  const split = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - split), rootOf(left)];
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return createHash('sha256').digest();
  if (hashes.length === 1) return hashes[0]!;
  const split = splitOf(hashes.length);
  const [left, right] = [rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split))];
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

function leafHash(leaf: string): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest();
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
