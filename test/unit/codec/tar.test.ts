/** Tar files and their parts: what is written piece by piece is read back, however the pieces are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressStream, decompressStream } from '../../../lib/codec/compression.ts';
import { copyLines, cutAtRows } from '../../../lib/codec/copy-lines.ts';
import { TAR_END, tarEntries, tarEntry } from '../../../lib/codec/tar.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_./-]{0,98}$/);
const files = fc.uniqueArray(fc.record({ name, bytes: fc.uint8Array({ maxLength: 2000 }) }), {
  selector: file => file.name,
  maxLength: 6,
});
const NOW = new Date('2026-05-01T00:00:00Z');

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of pieces) found.push(piece);
  return Buffer.concat(found);
}

describe('a tar file', () => {
  it('gives back every file, compressed or not, in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 5000 }), async (written, size) => {
        const tar = Buffer.concat([...written.flatMap(file => [...tarEntry(file, NOW)]), TAR_END]);
        const found: { name: string; bytes: number[] }[] = [];
        const packed = await all(compressStream(cut(tar, size)));
        for await (const entry of tarEntries(decompressStream(cut(packed, size))))
          found.push({ name: entry.name, bytes: [...(await all(entry.bytes))] });
        expect(found).toEqual(written.map(file => ({ name: file.name, bytes: [...file.bytes] })));
      }),
      { numRuns: 200 },
    );
  });

  it('that is cut off or damaged is an error, never a shorter one', async () => {
    const tar = Buffer.concat([...tarEntry({ name: 'a', bytes: Buffer.alloc(700, 1) }, NOW), TAR_END]);
    const read = async (bytes: Uint8Array) => {
      for await (const entry of tarEntries(cut(bytes, 100))) await all(entry.bytes);
    };
    await read(tar);
    for (const end of [0, 100, 512, 900, 1500]) await expect(read(tar.subarray(0, end))).rejects.toThrow(RangeError);
    const damaged = Buffer.from(tar);
    damaged[3] = 65;
    await expect(read(damaged)).rejects.toThrow('damaged');
  });
});

describe('rows', () => {
  const rows = fc.array(fc.stringMatching(/^[a-z\t\\]{0,30}$/), { maxLength: 40 });

  it('are cut into parts at their ends, and lines at line feeds, wherever the pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 200 }),
        async (lines, size, part) => {
          const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''));
          const found: string[] = [];
          for await (const line of copyLines(cut(bytes, size))) found.push(line.toString());
          expect(found).toEqual(lines);
          const parts: Buffer[] = [];
          for await (const each of cutAtRows(cut(bytes, size), part)) parts.push(each);
          expect(Buffer.concat(parts).equals(bytes)).toBe(true);
          expect(parts.every(each => each.at(-1) === 10)).toBe(true);
          expect(parts.slice(0, -1).every(each => each.byteLength >= part)).toBe(true);
        },
      ),
    );
  });

  it('that end in the middle of one are an error', async () => {
    await expect(all(copyLines(cut(Buffer.from('a\nb'), 1)))).rejects.toThrow('in the middle');
  });
});
