/**
 * An archive opens with published tools alone and gives the tenant's rows; and it is an object of the tenant like any other:
 * listed again by a rebuild, kept by a hold, removed at the end of its retention, unreadable after a destruction.
 */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dueArchive } from '../../../lib/domain/archive.ts';
import { archiveKey } from '../../../lib/domain/object-key.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { archiveTenant } from '../../../lib/operations/archive/archive-tenant.ts';
import { archiveStep } from '../../../lib/operations/archive/archive-tenant-step.ts';
import { verifyArchive } from '../../../lib/operations/archive/read-archive.ts';
import { type ArchiveItem, archives } from '../../../lib/operations/catalog/catalog-index.ts';
import { holdingVault } from '../../../lib/operations/catalog/holding-vault.ts';
import { refOf } from '../../../lib/operations/context.ts';
import { proveUnreadable } from '../../../lib/operations/governance/destruction/prove-unreadable.ts';
import { listCopies } from '../../../lib/operations/governance/destruction/stored-copies.ts';
import { rebuildTenant } from '../../../lib/operations/rebuild/rebuild-tenant.ts';
import { expireTenant, planTenantExpiry } from '../../../lib/operations/retention/expire-tenant.ts';
import { NO_LIMIT, timeBudget } from '../../../lib/operations/time-budget.ts';
import { type ExportedWorld, exportedWorld, loadedRows, psql } from '../../support/exported-world.ts';
import { hold, release } from '../../support/held-tenant.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { pythonWithServers } from '../../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../../support/tool-cache.ts';

const OPENER = join(import.meta.dirname, '../../../examples/open-archive/open_archive.py');
const run = promisify(execFile);
const policy = { dailyDays: 1, weeklyDays: 1, monthlyDays: 365, annualDays: 2557, logDays: 1 };

describe.each(PG_VERSIONS)('on PostgreSQL %i', version => {
  let w: ExportedWorld;
  beforeAll(async () => {
    w = await exportedWorld(version);
    w.deps.clock.set(new Date());
  });
  afterAll(() => w?.dispose());
  const ref = () => refOf(w.ctx, tenantId('1'));
  const archive = (keep: 'monthly' | 'annual' = 'annual') => {
    // Ids of one millisecond have no order.
    w.deps.clock.advance(1);
    return archiveTenant(w.ctx, tenantId('1'), { keep, reason: 'test', policy });
  };
  const listed = async () => (await archives.list(w.ctx.catalog, ref())).map(({ id }) => id);
  const objectOf = ({ id }: ArchiveItem) => archiveKey(ref(), id);

  it(
    'the Encryption SDK of another language, zstd, tar, sha256sum and psql give back every row',
    async () => {
      // The table without a key is in it: of the moment that all tables have.
      const item = await archive();
      const directory = join(w.deps.dir, `opened-${version}`);
      await mkdir(directory);
      const [sealed, packed] = [join(directory, 'sealed'), join(directory, 'archive.tar.zst')];
      await writeFile(sealed, await w.ctx.vault.get(objectOf(item)));
      const python = spawn(await pythonWithServers(), [
        OPENER,
        sealed,
        join(w.deps.dir, 'keys', `${ref()}.key`),
        ref(),
      ]);
      await pipeline(python.stdout, createWriteStream(packed));
      const rows = join(directory, 'rows');
      await mkdir(rows);
      await run('tar', ['--zstd', '-xf', packed, '-C', rows]);
      await run('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: rows });
      const other = await testDatabase(version);
      try {
        await psql(other, rows, 'load.sql');
        const { document } = await verifyArchive(w.ctx, ref(), item);
        const found = await loadedRows(other);
        expect(document.tables.find(({ table }) => table === 'public.keyless')?.rows).toBe(15);
        for (const [table, expected] of Object.entries(w.atSnapshot)) expect(found[table], table).toEqual(expected);
      } finally {
        await other.drop();
      }
    },
    SETUP_TIMEOUT_MS,
  );

  it('made in several calls it is the same, and a call whose answer was lost makes no second one', async () => {
    const used = { staging: timeBudget(0), fresh: timeBudget(0), writing: NO_LIMIT };
    const asked = { keep: 'annual', reason: 'test', policy } as const;
    w.deps.clock.advance(1);
    const before = await listed();
    const first = await archiveStep(w.ctx, tenantId('1'), asked, undefined, used);
    if (first.done) throw new Error('done in one call');
    for (let calls = 0; calls < 3; calls++)
      expect(await archiveStep(w.ctx, tenantId('1'), asked, first.run, used)).toEqual(first);
    const late = { ...used, fresh: NO_LIMIT, staging: NO_LIMIT };
    const made = await archiveStep(w.ctx, tenantId('1'), asked, first.run, late);
    expect(await archiveStep(w.ctx, tenantId('1'), asked, first.run, late)).toEqual(made);
    const items = (await archives.list(w.ctx.catalog, ref())).filter(({ id }) => !before.includes(id));
    expect(made).toEqual({ done: true, archive: items[0] });
    expect(items).toHaveLength(1);
    const rowsOf = async (item: ArchiveItem) =>
      (await verifyArchive(w.ctx, ref(), item)).document.tables.map(({ rows }) => rows);
    expect(await rowsOf(items[0]!)).toEqual(await rowsOf(await archive()));
  });

  it('that does not fit into one call is refused by name, and is none', async () => {
    const before = await listed();
    const none = { staging: NO_LIMIT, fresh: NO_LIMIT, writing: timeBudget(0) };
    const asked = { keep: 'annual', reason: 'test', policy } as const;
    w.deps.clock.advance(1);
    const made = archiveStep(w.ctx, tenantId('1'), asked, undefined, none);
    await expect(made).rejects.toMatchObject({ code: 'archive-too-large' });
    expect(await listed()).toEqual(before);
  });

  it('an altered, truncated or exchanged object does not verify', async () => {
    const item = await archive();
    await verifyArchive(w.ctx, ref(), item);
    const [whole, another] = [await w.ctx.vault.get(objectOf(item)), await w.ctx.vault.get(objectOf(await archive()))];
    for (const bytes of [flipped(whole), Buffer.from(whole).subarray(0, -1), Buffer.from(another)]) {
      await w.deps.tamper(objectOf(item), () => bytes);
      await expect(verifyArchive(w.ctx, ref(), item)).rejects.toMatchObject({ name: 'IntegrityError' });
    }
    await w.deps.tamper(objectOf(item), () => Buffer.from(whole));
    await verifyArchive(w.ctx, ref(), item);
  });

  it.each(['archive.after-object', 'archive.after-manifest'] as const)(
    'killed at %s, it is nothing or whole',
    async point => {
      const before = await listed();
      const crash = (at: string) => {
        if (at === point) throw new Error('killed');
      };
      const asked = { keep: 'monthly', reason: 'test', policy } as const;
      w.deps.clock.advance(1);
      await expect(archiveTenant({ ...w.ctx, crash }, tenantId('1'), asked)).rejects.toThrow('killed');
      expect(await listed()).toEqual(before);
      await rebuildTenant(w.ctx, ref());
      expect(await listed()).toHaveLength(before.length + (point === 'archive.after-manifest' ? 1 : 0));
      for (const item of await archives.list(w.ctx.catalog, ref())) await verifyArchive(w.ctx, ref(), item);
    },
  );

  it('a rebuilt catalog lists the same archives, and none whose object is gone', async () => {
    const items = await archives.list(w.ctx.catalog, ref());
    const lost = await archive();
    await w.ctx.catalog.write(items.map(({ id }) => archives.remove(ref(), id)));
    await rebuildTenant(w.ctx, ref());
    expect(await archives.list(w.ctx.catalog, ref())).toEqual([...items, lost]);
    await w.deps.tamper(objectOf(lost), () => undefined);
    const rebuilt = await rebuildTenant(w.ctx, ref());
    expect(rebuilt?.leftOut).toContainEqual({ key: lost.key, why: 'object-missing' });
    await w.ctx.catalog.write([archives.remove(ref(), lost.id)]);
  });

  it('it is locked from the beginning, kept while a hold stands, and removed when its retention ends', async () => {
    const item = await archive('monthly');
    const locked = (await w.ctx.vault.head(objectOf(item)))!.retainUntil;
    expect(locked.getTime()).toBeGreaterThanOrEqual(Date.parse(item.toTime) + 365 * DAY);
    const held = await hold(w.deps, ref(), 'matter');
    expect((await w.ctx.vault.head(objectOf(item)))!.hold).toBe(true);
    const ctx = { ...w.ctx, vault: holdingVault(w.ctx) };
    const during = await archiveTenant(ctx, tenantId('1'), { keep: 'monthly', reason: 'held', policy });
    expect((await w.ctx.vault.head(objectOf(during)))!.hold).toBe(true);
    const now = w.deps.clock.now();
    w.deps.clock.set(new Date(Date.parse(item.toTime) + 367 * DAY));
    await expire();
    expect(await listed()).toEqual(expect.arrayContaining([item.id, during.id]));
    await release(w.deps, ref(), held);
    await expire();
    expect(await listed()).not.toContain(item.id);
    expect(await w.ctx.vault.head(objectOf(item))).toBeUndefined();
    // Annual ones stay.
    const left = await archives.list(w.ctx.catalog, ref());
    expect(left.length).toBeGreaterThan(0);
    expect(left.every(({ keep }) => keep === 'annual')).toBe(true);
    w.deps.clock.set(now);
  });

  it('a destruction counts it among the copies, and proves that it does not open', async () => {
    const other = refOf(w.ctx, tenantId('2'));
    await archiveTenant(w.ctx, tenantId('2'), { keep: 'annual', reason: 'test', policy });
    const places = [{ region: 'here', vault: w.ctx.vault }];
    const kinds = (await listCopies(places, other)).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['archives', 'manifests/archive']));
    await w.ctx.keyring.destroyKey(other);
    const tried = await proveUnreadable(w.ctx, other, places);
    expect(tried.filter(({ kind }) => kind === 'archives')).toMatchObject([{ result: 'key-destroyed' }]);
    // Its headers still say what there was.
    await rebuildTenant(w.ctx, other);
    expect(await archives.list(w.ctx.catalog, other)).toMatchObject([{ rows: null, keep: 'annual' }]);
  });

  async function expire(): Promise<void> {
    await expireTenant(w.ctx, await planTenantExpiry(w.ctx, ref(), policy));
  }
});

describe('what is due', () => {
  const at = (keep: 'monthly' | 'annual', day: string) => ({ keep, toTime: `${day}T12:00:00Z` });
  it('is an annual archive once a year, and a monthly one in every other month', () => {
    const made: ReturnType<typeof at>[] = [];
    for (let day = 0; day < 800; day++) {
      const now = new Date(Date.UTC(2026, 0, 1) + day * DAY);
      const due = dueArchive(made, now);
      if (due) made.push(at(due, now.toISOString().slice(0, 10)));
      expect(dueArchive(made, now)).toBeUndefined();
    }
    expect(made.filter(({ keep }) => keep === 'annual')).toHaveLength(3);
    expect(new Set(made.map(({ toTime }) => toTime.slice(0, 7))).size).toBe(made.length);
    expect(made).toHaveLength(27);
  });
});

const DAY = 24 * 3600 * 1000;

function flipped(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
