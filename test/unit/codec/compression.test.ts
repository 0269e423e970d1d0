import { randomBytes } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress, decompress } from '../../../lib/codec/compression.ts';

/** Rows that compress, or noise that does not, shorter and longer than a compressor's output buffer. */
const payload = fc
  .tuple(fc.constantFrom('rows', 'noise'), fc.constantFrom(0, 1, 1000, 120_000, 640 * 1024, 2_000_000))
  .map(([kind, bytes]) => (kind === 'noise' ? randomBytes(bytes) : Buffer.alloc(bytes, 'one row of a tenant\n')));

describe('compressed payloads', () => {
  it('are the same after decompression, whatever is compressed at the same time by the same compressors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(payload, { maxLength: 12 }), async payloads => {
        const packed = await Promise.all(payloads.map(plain => compress(plain)));
        for (const [index, plain] of payloads.entries()) {
          expect(Buffer.compare(await decompress(packed[index]!, plain.length), plain)).toBe(0);
          expect(Buffer.compare(zstdDecompressSync(packed[index]!), plain)).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are refused if they hold more than their manifest says', async () => {
    const packed = await compress(Buffer.alloc(5000, 'a'));
    await expect(decompress(packed, 4999)).rejects.toThrow(RangeError);
  });
});
