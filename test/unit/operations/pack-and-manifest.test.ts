/** The basis of every backup: blocks are read as they were written, and a manifest altered in any way is refused. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { manifestKey, packKey } from '../../../lib/domain/object-key.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { processMemory } from '../../../lib/local/process-memory.ts';
import { readHeader, readManifest, writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { PackWriter, readBlock } from '../../../lib/operations/storage/pack.ts';
import { digestKey, ensureDigestKey } from '../../../lib/operations/storage/tenant-key.ts';
import type { Vault } from '../../../lib/ports.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const acme = tenantRef('test', tenantId('acme'));
const other = tenantRef('test', tenantId('other'));
const retainUntil = new Date('2030-01-01T00:00:00Z');
const Body = z.object({ note: z.string() });

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
  await deps.keyring.ensureKey(acme);
  await deps.keyring.ensureKey(other);
});
afterEach(() => deps.dispose());

function header(id: string) {
  return {
    kind: 'snapshot' as const,
    id,
    tenant: acme,
    createdAt: '2026-01-01T00:00:00Z',
    from: '0/1',
    to: '0/2',
    fromTime: '2026-01-01T00:00:00Z',
    toTime: '2026-01-01T00:00:01Z',
    previous: null,
    objects: [],
  };
}

describe('a pack', () => {
  it('returns every block, across several packs, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        async (payloads, salt) => {
          const backup = `b${salt}-${Math.floor(performance.now() * 1000)}`;
          const writer = new PackWriter(deps, { key: n => packKey(acme, backup, n), retainUntil, packBytes: 2000 });
          const blocks = await Promise.all(payloads.map(payload => writer.add(acme, payload)));
          const packs = (await writer.close()).map(pack => pack.key);
          for (const [i, block] of [...blocks.entries()].reverse()) {
            expect(Buffer.from(await readBlock(deps, acme, packs, block))).toEqual(Buffer.from(payloads[i]!));
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('names the object when a block was altered, cut, or belongs to another tenant', async () => {
    const writer = new PackWriter(deps, { key: n => packKey(acme, 'b', n), retainUntil });
    const block = await writer.add(acme, Buffer.from('rows'));
    const [pack] = await writer.close();
    const packs = [pack!.key];
    await expect(readBlock(deps, other, packs, block)).rejects.toMatchObject({
      code: 'object-altered',
      details: { object: pack!.key },
    });
    await deps.tamper(pack!.key, bytes => {
      bytes[bytes.length - 1]! ^= 1;
      return bytes;
    });
    await expect(readBlock(deps, acme, packs, block)).rejects.toMatchObject({
      code: 'object-altered',
      details: { object: pack!.key },
    });
    await deps.tamper(pack!.key, bytes => bytes.subarray(0, -1));
    await expect(readBlock(deps, acme, packs, block)).rejects.toMatchObject({ code: 'object-truncated' });
    await deps.tamper(pack!.key, () => undefined);
    await expect(readBlock(deps, acme, packs, block)).rejects.toMatchObject({ code: 'object-missing' });
  });

  it('fails entirely when the vault fails, and leaves nothing that could be listed', async () => {
    const full: Vault = {
      ...deps.vault,
      put: async (_key, body) => {
        if (!(body instanceof Uint8Array)) for await (const _ of body) break;
        throw new Error('no room');
      },
    };
    const writer = new PackWriter({ ...deps, vault: full }, { key: n => packKey(acme, 'b', n), retainUntil });
    const added = Array.from({ length: 20 }, () => writer.add(acme, Buffer.alloc(100_000, 1)).catch(() => undefined));
    await Promise.all(added);
    await expect(writer.close()).rejects.toThrow('no room');
    expect(await deps.vault.head(packKey(acme, 'b', 0))).toBeUndefined();
  });
});

describe('a manifest', () => {
  const key = manifestKey(acme, 'snapshot', 'm1');

  it('is read as it was written, and its header without the key', async () => {
    const stored = await writeManifest(deps, key, header('m1'), { note: 'a secret' }, { retainUntil });
    const read = await readManifest(deps, key, Body, { tenant: acme, kind: 'snapshot', sha256: stored.sha256 });
    expect(read.body).toEqual({ note: 'a secret' });
    await deps.keyring.destroyKey(acme);
    expect((await readHeader(deps, key)).header.id).toBe('m1');
    await expect(readManifest(deps, key, Body, { tenant: acme, kind: 'snapshot' })).rejects.toMatchObject({
      code: 'key-destroyed',
    });
  });

  it('does not reveal its body to a reader of the file', async () => {
    await writeManifest(deps, key, header('m1'), { note: 'a very recognisable sentence' }, { retainUntil });
    expect(Buffer.from(await deps.vault.get(key)).includes('recognisable')).toBe(false);
  });

  it('is refused when any one byte of it is changed', async () => {
    await writeManifest(deps, key, header('m1'), { note: 'n' }, { retainUntil });
    const original = Buffer.from(await deps.vault.get(key));
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), async position => {
        await deps.tamper(key, () => {
          const bad = Buffer.from(original);
          bad[position]! ^= 1;
          return bad;
        });
        await expect(readManifest(deps, key, Body, { tenant: acme, kind: 'snapshot' })).rejects.toMatchObject({
          code: 'manifest-invalid',
        });
      }),
      { numRuns: 80 },
    );
  });

  it("is refused in another tenant's place, as another kind, and when its successor names another digest", async () => {
    await writeManifest(deps, key, header('m1'), { note: 'n' }, { retainUntil });
    await expect(readManifest(deps, key, Body, { tenant: other, kind: 'snapshot' })).rejects.toMatchObject({
      code: 'manifest-invalid',
    });
    await expect(readManifest(deps, key, Body, { tenant: acme, kind: 'incremental' })).rejects.toMatchObject({
      code: 'manifest-invalid',
    });
    await expect(
      readManifest(deps, key, Body, { tenant: acme, kind: 'snapshot', sha256: '0'.repeat(64) }),
    ).rejects.toMatchObject({ code: 'manifest-invalid' });
  });

  it('is refused when another installation signed it', async () => {
    const elsewhere = await localDeps();
    try {
      await writeManifest({ ...deps, signer: elsewhere.signer }, key, header('m1'), { note: 'n' }, { retainUntil });
      await expect(readHeader(deps, key)).rejects.toMatchObject({ code: 'manifest-invalid' });
    } finally {
      await elsewhere.dispose();
    }
  });
});

describe("a tenant's digest key", () => {
  it('is created once, even by two processes at the same time, and read by the next', async () => {
    const second = { ...deps, memory: processMemory() };
    const [a, b] = await Promise.all([ensureDigestKey(deps, acme), ensureDigestKey(second, acme)]);
    expect(a.equals(b)).toBe(true);
    expect((await digestKey({ ...deps, memory: processMemory() }, acme)).equals(a)).toBe(true);
    expect(a.equals(await ensureDigestKey(deps, other))).toBe(false);
  });

  it('is reported as missing for a tenant that was never backed up', async () => {
    await expect(digestKey(deps, other)).rejects.toMatchObject({ code: 'object-missing' });
  });
});
