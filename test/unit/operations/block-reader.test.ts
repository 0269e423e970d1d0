/**
 * Backups are read ahead: the rows come in order and unaltered, a slow vault is asked for several things at once and for
 * many blocks at a time, and the memory that is stated is kept.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PackedBlock } from '../../../lib/domain/chunk-page.ts';
import { packKey } from '../../../lib/domain/object-key.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { BlockReader } from '../../../lib/operations/storage/block-reader.ts';
import { PackWriter } from '../../../lib/operations/storage/pack.ts';
import type { Vault } from '../../../lib/ports.ts';
import { testClock } from '../../support/local-deps.ts';
import { memoryVault, openKeyring } from '../../support/memory-vault.ts';
import { slowVault } from '../../support/slow-vault.ts';

const acme = tenantRef('test', tenantId('acme'));
const retainUntil = new Date('2030-01-01T00:00:00Z');

/** Blocks of so many bytes, in packs by their numbers; bytes that do not compress. */
async function stored(blocks: readonly { pack: number; bytes: number }[]) {
  const deps = { vault: memoryVault(testClock()), keyring: openKeyring() };
  const writers = new Map<number, PackWriter>();
  const made: { block: PackedBlock; plain: Buffer }[] = [];
  for (const [index, { pack, bytes }] of blocks.entries()) {
    const writer = writers.get(pack) ?? new PackWriter(deps, { key: () => packKey(acme, `b${pack}`, 0), retainUntil });
    writers.set(pack, writer);
    const plain = noise(bytes, index);
    made.push({ plain, block: await writer.place(acme, plain) });
  }
  for (const writer of writers.values()) await writer.close();
  return { deps, made, slow: slowVault(deps.vault) };
}

function noise(bytes: number, seed: number): Buffer {
  let state = seed + 1;
  return Buffer.from(
    Array.from({ length: bytes }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
}

type Made = Awaited<ReturnType<typeof stored>>['made'][number];

describe('reading blocks ahead', () => {
  it('returns what was stored, in order, whatever the packs, repetitions and limits', async () => {
    const shape = fc.record({
      blocks: fc.array(fc.record({ pack: fc.nat(11), bytes: fc.integer({ min: 1, max: 3000 }) }), { minLength: 1 }),
      uses: fc.array(fc.option(fc.nat(), { freq: 5 }), { maxLength: 60 }),
      batchBytes: fc.integer({ min: 1, max: 10_000 }),
      openBytes: fc.integer({ min: 1, max: 20_000 }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ blocks, uses, ...options }) => {
        const { deps, made, slow } = await stored(blocks);
        const items = uses.map(use => (use === null ? null : made[use % made.length]!));
        const reader = new BlockReader({ ...deps, vault: slow.vault }, acme, options);
        const both = [0, 1].map(async () => {
          const read: (Made | null)[] = [];
          for await (const [item, plain] of reader.read(items, made => made?.block ?? null)) {
            expect(Buffer.from(plain)).toEqual(item?.plain ?? Buffer.alloc(0));
            read.push(item);
          }
          expect(read).toEqual(items);
        });
        await Promise.all(both);
      }),
      { numRuns: 60 },
    );
  });

  it('asks for many blocks at a time, more than once at the same time, and never holds more than it states', async () => {
    const { deps, made, slow } = await stored(Array.from({ length: 200 }, () => ({ pack: 0, bytes: 1000 })));
    const batchBytes = 16 * made[0]!.block.length + 100;
    const reader = new BlockReader({ ...deps, vault: slow.vault }, acme, { batchBytes, openBytes: 8000 });
    let used = 0;
    for await (const [{ block }] of reader.read(made, ({ block }) => block)) {
      used += block.length;
      expect(slow.seen.bytes - used).toBeLessThanOrEqual(2 * batchBytes);
    }
    expect(slow.seen.requests).toBeLessThanOrEqual(made.length / 8);
    expect(slow.seen.mostAtOnce).toBeGreaterThan(1);
    expect(slow.seen.bytes).toBe(used);
  });

  it('reads changed rows between unchanged ones with few requests: a base, and a pack of changes', async () => {
    const kinds = Array.from({ length: 200 }, (_, index) => ({ pack: index % 10 === 5 ? 1 : 0, bytes: 1000 }));
    const { deps, made, slow } = await stored(kinds);
    const batchBytes = 20 * made[0]!.block.length;
    const reader = new BlockReader({ ...deps, vault: slow.vault }, acme, { batchBytes, openBytes: 8000 });
    for await (const [{ plain: expected }, plain] of reader.read(made, ({ block }) => block))
      expect(Buffer.from(plain)).toEqual(expected);
    expect(slow.seen.requests).toBeLessThanOrEqual(2 * Math.ceil(200 / 19));
  });

  it('fetches a block once for all items that it serves', async () => {
    const { deps, made, slow } = await stored([
      { pack: 0, bytes: 1000 },
      { pack: 1, bytes: 1000 },
    ]);
    const items = Array.from({ length: 100 }, (_, index) => made[index % 2]!);
    const reader = new BlockReader({ ...deps, vault: slow.vault }, acme, { batchBytes: 5000, openBytes: 8000 });
    for await (const [item, plain] of reader.read(items, ({ block }) => block))
      expect(Buffer.from(plain)).toEqual(item.plain);
    expect(slow.seen.requests).toBe(2);
  });

  it('uses everything before a damaged block, and names the object of that one', async () => {
    const { deps, made } = await stored([
      { pack: 0, bytes: 1000 },
      { pack: 1, bytes: 1000 },
      { pack: 2, bytes: 1000 },
    ]);
    const damaged = made[1]!.block.pack;
    const vault: Vault = {
      ...deps.vault,
      get: async (key, range) => (await deps.vault.get(key, range)).subarray(key === damaged ? 1 : 0),
    };
    const reader = new BlockReader({ ...deps, vault }, acme, { batchBytes: 50_000, openBytes: 8000 });
    const read: Made[] = [];
    const reading = async () => {
      for await (const [item] of reader.read(made, ({ block }) => block)) read.push(item);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'object-truncated', details: { object: damaged } });
    expect(read).toEqual(made.slice(0, 1));
  });
});
