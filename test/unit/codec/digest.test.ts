import { describe, expect, it } from 'vitest';
import {
  chunkDigest,
  erasureDigest,
  sameDigest,
  segmentDigest,
  sha256Hex,
  toDigestKey,
} from '../../../lib/codec/digest.ts';

const key = toDigestKey(Buffer.alloc(32, 7));

describe('keyed digests', () => {
  it('differ between tenants, tables and column lists for equal rows', () => {
    const rows = Buffer.from('1\tx\n');
    const digests = [
      chunkDigest(key, 'public.a', ['id', 'x']).update(rows).digest('hex'),
      chunkDigest(toDigestKey(Buffer.alloc(32, 8)), 'public.a', ['id', 'x'])
        .update(rows)
        .digest('hex'),
      chunkDigest(key, 'public.b', ['id', 'x']).update(rows).digest('hex'),
      chunkDigest(key, 'public.a', ['idx']).update(rows).digest('hex'),
      chunkDigest(key, 'public.a', ['id', 'x', 'y']).update(rows).digest('hex'),
      segmentDigest(key).update(rows).digest('hex'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('distinguish an erased key from its neighbours, however the values are split', () => {
    expect(erasureDigest(key, 'public.a', ['1', '23'])).toBe(erasureDigest(key, 'public.a', ['1', '23']));
    expect(erasureDigest(key, 'public.a', ['1', '23'])).not.toBe(erasureDigest(key, 'public.a', ['12', '3']));
    expect(erasureDigest(key, 'public.a', ['1'])).not.toBe(erasureDigest(key, 'public.b', ['1']));
  });

  it('are compared in full', () => {
    const digest = sha256Hex('x');
    expect(sameDigest(digest, sha256Hex('x'))).toBe(true);
    expect(sameDigest(digest, sha256Hex('y'))).toBe(false);
    expect(sameDigest(digest, digest.slice(2))).toBe(false);
  });
});
