import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkCutter, targetAsBefore } from '../../../lib/codec/chunk.ts';
import { parseRow, splitRows } from '../../support/copy-rows.ts';

interface Piece {
  from: readonly string[] | null;
  rows: number;
  text: string;
}

/** Feeds rows in network-sized pieces; `keep` leaves chunks unreleased for a while, as sealing does. */
function cut(
  rows: readonly string[],
  options: { target: number; limit: number; piece: number; keyed?: boolean },
): Piece[] {
  const pieces: Piece[] = [];
  const held: { text: string; bytes: Buffer; release: () => void }[] = [];
  const cutter = new ChunkCutter(({ from, rows: count, bytes, release }) => {
    const text = bytes.toString();
    pieces.push({ from, rows: count, text });
    held.push({ text, bytes, release });
    const oldest = held.length > 3 ? held.shift() : undefined;
    expect(oldest?.bytes.toString()).toBe(oldest?.text);
    oldest?.release();
  });
  cutter.begin({
    from: null,
    keyPositions: options.keyed === false ? undefined : [0],
    target: options.target,
    limit: options.limit,
    hashed: false,
  });
  for (const row of rows) {
    const bytes = Buffer.from(row);
    for (let at = 0; at < bytes.length; at += options.piece)
      cutter.bytes(bytes, at, Math.min(bytes.length, at + options.piece));
    cutter.endRow();
  }
  cutter.end();
  return pieces;
}

const rows = fc
  .array(fc.integer({ min: 0, max: 300 }), { maxLength: 80 })
  .map(lengths => lengths.map((length, index) => `key\\t${index}\t${'v'.repeat(length)}\n`));

describe('cutting rows into chunks', () => {
  test('the rows of a chunk stay one chunk when they are read again, however coarse the range was', () => {
    fc.assert(
      fc.property(
        rows.filter(given => given.length > 0),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 400 }),
        (given, usual, doubled, piece) => {
          const coarse = usual * 2 ** doubled;
          let next = 0;
          for (const chunk of cut(given, { target: coarse, limit: coarse, piece })) {
            const own = given.slice(next, next + chunk.rows);
            next += chunk.rows;
            const target = targetAsBefore(usual, chunk.text.length);
            expect(cut(own, { target, limit: 2 * target, piece }).map(({ text }) => text)).toEqual([chunk.text]);
          }
        },
      ),
    );
  });

  test('concatenated chunks are the rows, and each starts at the key of its first row', () => {
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 900 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 400 }),
        (given, target, inherited, piece) => {
          const pieces = cut(given, { target, limit: inherited ? target * 2 : target, piece });
          expect(pieces.map(chunk => chunk.text).join('')).toBe(given.join(''));
          expect(pieces.reduce((sum, chunk) => sum + chunk.rows, 0)).toBe(given.length);
          for (const [index, chunk] of pieces.entries()) {
            const [first] = [...splitRows(Buffer.from(chunk.text))];
            expect(chunk.from).toEqual(index === 0 ? null : [parseRow(first!)[0]]);
          }
        },
      ),
    );
  });

  test('a new range is cut at the target size, an inherited one only beyond twice the target', () => {
    const given = Array.from({ length: 10 }, (_, index) => `${index}\t${'v'.repeat(7)}\n`);
    expect(cut(given, { target: 30, limit: 30, piece: 100 }).map(chunk => chunk.rows)).toEqual([3, 3, 3, 1]);
    expect(cut(given, { target: 60, limit: 120, piece: 100 }).map(chunk => chunk.rows)).toEqual([10]);
    expect(cut(given, { target: 30, limit: 60, piece: 100 }).map(chunk => chunk.rows)).toEqual([3, 3, 4]);
  });

  test('no rows make one empty chunk; rows without an order get the empty bound', () => {
    expect(cut([], { target: 10, limit: 10, piece: 5 })).toEqual([{ from: null, rows: 0, text: '' }]);
    expect(cut(['a\n', 'b\n'], { target: 1, limit: 1, piece: 5, keyed: false }).map(chunk => chunk.from)).toEqual([
      null,
      [],
    ]);
  });
});

describe('hashes', () => {
  test('are removed from the rows, and each chunk gets their sum', () => {
    const row = fc.record({
      value: fc.array(fc.constantFrom('a', 'bb', '\\t', '\\N', 'ü'), { maxLength: 12 }).map(parts => parts.join('')),
      hash: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    });
    const options = fc.record({
      target: fc.integer({ min: 1, max: 60 }),
      more: fc.integer({ min: 0, max: 80 }),
      piece: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), options, (rows, { target, more, piece }) => {
        const plain = rows.map(({ value }, index) => `${index}\t${value}\n`);
        let text = '';
        let taken = 0;
        const cutter = new ChunkCutter(({ rows: count, checksum, bytes, release }) => {
          const members = rows.slice(taken, taken + count);
          taken += count;
          expect(checksum).toBe(members.reduce((sum, { hash }) => sum + hash, 0n));
          text += bytes.toString();
          release();
        });
        for (const half of [rows.slice(0, 20), rows.slice(20)]) {
          cutter.begin({ from: null, keyPositions: [0], target, limit: target + more, hashed: true });
          for (const each of half) {
            const stored = plain[rows.indexOf(each)]!;
            const bytes = Buffer.from(`${stored.slice(0, -1)}\t${each.hash}\n`);
            for (let at = 0; at < bytes.length; at += piece)
              cutter.bytes(bytes, at, Math.min(bytes.length, at + piece));
            cutter.endRow();
          }
          cutter.end();
        }
        expect(text).toBe(plain.join(''));
        expect(taken).toBe(rows.length);
      }),
    );
  });
});
