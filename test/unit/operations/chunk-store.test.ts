/** Chunks on their way into packs: what cannot be placed or stored fails the snapshot, however early it was noticed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CutChunk } from '../../../lib/codec/chunk.ts';
import { toDigestKey } from '../../../lib/codec/digest.ts';
import { packKey } from '../../../lib/domain/object-key.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type ChunkPlace, ChunkStore, type ChunkTarget } from '../../../lib/operations/storage/chunk-store.ts';
import { readBlock } from '../../../lib/operations/storage/pack.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const acme = tenantRef('test', tenantId('acme'));
const target: ChunkTarget = { table: 'public.t', columns: ['id'], known: () => undefined };

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
  await deps.keyring.ensureKey(acme);
});
afterEach(() => deps.dispose());

function openStore(backup: string, vault = deps.vault): ChunkStore {
  return new ChunkStore(
    { ...deps, vault },
    {
      tenant: acme,
      digestKey: toDigestKey(Buffer.alloc(32, 1)),
      blockBytes: 100,
      packBytes: 1000,
      packKey: number => packKey(acme, backup, number),
      retainUntil: new Date('2030-01-01T00:00:00Z'),
    },
  );
}

function cut(text: string): CutChunk & { released: boolean } {
  const chunk = {
    ...{ from: null, rows: 1, checksum: 0n, bytes: Buffer.from(text), released: false },
    release: () => {
      chunk.released = true;
    },
  };
  return chunk;
}

describe('a chunk store', () => {
  it('places chunks in the order in which they come, small ones in shared blocks, and gives their memory back', async () => {
    const store = openStore('b1');
    const chunks = Array.from({ length: 20 }, (_, number) => cut(`${number} `.repeat(number * 5)));
    const places: ChunkPlace[] = [];
    const texts = chunks.map(chunk => chunk.bytes.toString());
    for (const chunk of chunks) store.add(target, chunk, place => places.push(place));
    const packs = (await store.finish()).map(pack => pack.key);
    expect(chunks.every(chunk => chunk.released)).toBe(true);
    for (const [index, { block, offset, length }] of places.entries()) {
      const stored = await block;
      if (stored === null) expect(length).toBe(0);
      else {
        const plain = await readBlock(deps, acme, packs, { ...stored, pack: packs.indexOf(stored.pack) });
        expect(Buffer.from(plain.subarray(offset, offset + length)).toString()).toBe(texts[index]);
      }
    }
    expect(places).toHaveLength(chunks.length);
  });

  it('fails where a chunk cannot be placed: its reader learns it, and nothing is finished', async () => {
    const broken = new Error('the base cannot be read');
    const known = () => {
      throw broken;
    };
    const store = openStore('b2');
    store.add({ ...target, known }, cut('1'), () => {});
    await expect(store.busy()).rejects.toBe(broken);
    await expect(store.flush()).rejects.toBe(broken);
    await expect(store.finish()).rejects.toBe(broken);
  });

  it('fails where the vault does not take a pack', async () => {
    const full = new Error('no space');
    const store = openStore('b3', { ...deps.vault, put: () => Promise.reject(full) });
    store.add(target, cut('1'.repeat(200)), () => {});
    await expect(store.finish()).rejects.toBe(full);
  });
});
