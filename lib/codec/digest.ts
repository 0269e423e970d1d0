/**
 * Keyed digests: equal bytes of two tenants have different digests, and a payload that was moved elsewhere is
 * refused. The formulas are part of the stored format (docs/formats.md).
 */
import { createHash, createHmac, type Hmac, timingSafeEqual } from 'node:crypto';

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Starts a chunk's digest: the table and its column list come before the rows, so that chunks never match across shapes. */
export function chunkDigest(key: Uint8Array, table: string, columns: readonly string[]): Hmac {
  return createHmac('sha256', key).update(`holdfast chunk\0${table}\0${columns.join('\0')}\0\0`);
}

/** Starts a segment's or incremental's digest over all its concatenated plaintext blocks. */
export function segmentDigest(key: Uint8Array): Hmac {
  return createHmac('sha256', key).update('holdfast segment\0');
}

/** The digest that represents the key of an erased row. */
export function erasureDigest(key: Uint8Array, table: string, values: readonly string[]): string {
  const mac = createHmac('sha256', key).update(`holdfast erasure\0${table}`);
  for (const value of values) mac.update(`\0${Buffer.byteLength(value)}\0`).update(value);
  return mac.digest('hex');
}

export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length === right.length && timingSafeEqual(left, right);
}
