/**
 * Keyed digests: equal bytes of two tenants have different digests, and a payload that was moved elsewhere is
 * refused. The formulas are part of the stored format (docs/formats.md).
 */
import { createHash, createHmac, createSecretKey, type Hmac, type KeyObject, timingSafeEqual } from 'node:crypto';

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * A tenant's secret key of digests. Made once: given as bytes, each digest would make a key object anew, which takes
 * longer than the digest of a small chunk.
 */
export type DigestKey = KeyObject;

export function toDigestKey(bytes: Uint8Array): DigestKey {
  return createSecretKey(bytes);
}

/** Starts a chunk's digest: the table and its column list come before the rows, so that chunks never match across shapes. */
export function chunkDigest(key: DigestKey, table: string, columns: readonly string[]): Hmac {
  return createHmac('sha256', key).update(`holdfast chunk\0${table}\0${columns.join('\0')}\0\0`);
}

/** Starts a segment's or incremental's digest over all its concatenated plaintext blocks. */
export function segmentDigest(key: DigestKey): Hmac {
  return createHmac('sha256', key).update('holdfast segment\0');
}

/** The digest that represents the key of an erased row. */
export function erasureDigest(key: DigestKey, table: string, values: readonly string[]): string {
  const mac = createHmac('sha256', key).update(`holdfast erasure\0${table}`);
  for (const value of values) mac.update(`\0${Buffer.byteLength(value)}\0`).update(value);
  return mac.digest('hex');
}

export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length === right.length && timingSafeEqual(left, right);
}
