/** Counts and digests bytes on their way to a file. */
import { createHash } from 'node:crypto';

export interface CountedBytes {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** After the last byte. */
  total(): { readonly bytes: number; readonly sha256: string };
}

export function countedBytes(source: AsyncIterable<Uint8Array>): CountedBytes {
  const hash = createHash('sha256');
  let count = 0;
  async function* pass() {
    for await (const piece of source) {
      hash.update(piece);
      count += piece.byteLength;
      yield piece;
    }
  }
  return { bytes: pass(), total: () => ({ bytes: count, sha256: hash.copy().digest('hex') }) };
}
