/** Expiry on a real vault and catalog: what is removed, what is kept, and that a lock always prevails. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import {
  checkpointKey,
  logManifestKey,
  logPackKey,
  manifestKey,
  packKey,
  REMOVALS_PREFIX,
} from '../../../lib/domain/object-key.ts';
import { RemovalList, rightfulKeys } from '../../../lib/domain/removal-list.ts';
import type { RetentionPolicy } from '../../../lib/domain/retention.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type BackupItem, backups, runs, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { logNeeds, segments } from '../../../lib/operations/catalog/log-items.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { expireLog, planLogExpiry } from '../../../lib/operations/retention/expire-log.ts';
import { expireTenant, planTenantExpiry } from '../../../lib/operations/retention/expire-tenant.ts';
import { writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { readSigned } from '../../../lib/operations/storage/signed-document.ts';
import { hold, release } from '../../support/held-tenant.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const acme = tenantRef('test', tenantId('acme'));
const policy: RetentionPolicy = { dailyDays: 3, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 2 };
const DAY = 24 * 3600 * 1000;

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-03-20T12:00:00Z' });
  await deps.keyring.ensureKey(acme);
  await deps.catalog.write([tenants.put({ ref: acme, tenantId: 'acme', firstSeen: '2026-01-01T00:00:00Z' })]);
});
afterEach(() => deps.dispose());

/** A snapshot of this age in days, with its own object and the shared ones; locked for `lockDays` from its day. */
async function snapshot(daysAgo: number, shared: string[], lockDays: number): Promise<BackupItem> {
  const taken = new Date(deps.clock.now().getTime() - daysAgo * DAY);
  const retainUntil = new Date(taken.getTime() + lockDays * DAY);
  const id = `b${daysAgo}`;
  const own = packKey(acme, id, 0);
  await deps.vault.put(own, Buffer.from('rows'), { retainUntil });
  const position = formatLsn(lsn(BigInt(1000 - daysAgo)));
  const range = { from: position, to: position, fromTime: taken.toISOString(), toTime: taken.toISOString() };
  const objects = [own, ...shared].map(key => ({ key, bytes: 4 }));
  const header = {
    kind: 'snapshot' as const,
    id,
    tenant: acme,
    createdAt: taken.toISOString(),
    ...range,
    previous: null,
    objects,
  };
  const stored = await writeManifest(deps, manifestKey(acme, 'snapshot', id), header, {}, { retainUntil });
  const item: BackupItem = {
    ...{ id, kind: 'snapshot', key: stored.key, sha256: stored.sha256, ...range, createdAt: taken.toISOString() },
    ...{ rows: 0, bytes: 0, storedBytes: 0, chunks: 0, reusedChunks: 0, durationMs: 0, reason: 'schedule' },
  };
  await deps.catalog.write([backups.put(acme, item)]);
  return item;
}

/** Without the history of the retention, which every expiry keeps. */
async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of deps.vault.list('tenants/')) if (!key.includes('/retention/')) keys.push(key);
  return keys;
}

async function expire() {
  return expireBackups(deps, await planExpiry(deps, () => policy));
}

describe('expiry', () => {
  it('announces to other regions exactly what it removes, before it removes anything', async () => {
    for (const daysAgo of [9, 5, 0]) await snapshot(daysAgo, [], 1);
    const plan = await planExpiry(deps, () => policy);
    const before = await stored();
    const broken = { ...deps.vault, delete: () => Promise.reject(new Error('killed')) };
    await expect(expireBackups({ ...deps, vault: broken, announce: deps.random }, plan)).rejects.toThrow('killed');
    const lists: string[] = [];
    for await (const key of deps.vault.keys(REMOVALS_PREFIX)) lists.push(key);
    expect(lists).toHaveLength(1);
    const list = await readSigned(deps, lists[0]!, RemovalList);
    for (const key of list.keys) await deps.vault.delete(key);
    expect(list.owner).toBe(acme);
    expect(rightfulKeys(list)).toEqual(list.keys);
    expect(before.filter(key => !list.keys.includes(key))).toEqual(await stored());
  });

  it('announces nothing without other regions', async () => {
    for (const daysAgo of [9, 5, 0]) await snapshot(daysAgo, [], 1);
    await expire();
    for await (const key of deps.vault.keys(REMOVALS_PREFIX)) expect(key).toBe('none');
  });

  it('removes an old snapshot with its own objects, and keeps those shared with a kept one', async () => {
    const shared = packKey(acme, 'b9', 7);
    await deps.vault.put(shared, Buffer.from('rows'), { retainUntil: new Date('2026-01-01') });
    await snapshot(9, [shared], 1);
    await snapshot(5, [], 1);
    await snapshot(0, [shared], 1);
    const result = await expire();
    expect(result).toMatchObject({ removedManifests: 1, removedObjects: 1, freedBytes: 4, kept: [] });
    expect((await backups.list(deps.catalog, acme)).map(item => item.id)).toEqual(['b5', 'b0']);
    expect(await stored()).toContain(shared);
    expect(await stored()).not.toContain(packKey(acme, 'b9', 0));
  });

  it('keeps locked backups listed and readable, and reports until when', async () => {
    await snapshot(9, [], 30);
    await snapshot(5, [], 1);
    await snapshot(0, [], 1);
    const result = await expire();
    expect(result.removedManifests).toBe(0);
    expect(result.kept).toEqual([
      { key: manifestKey(acme, 'snapshot', 'b9'), reason: 'locked until 2026-04-10T12:00:00.000Z' },
    ]);
    expect((await backups.list(deps.catalog, acme)).map(item => item.id)).toEqual(['b9', 'b5', 'b0']);
  });

  it('checks holds again when it deletes: a hold set after the plan stops it', async () => {
    await snapshot(9, [], 1);
    await snapshot(0, [], 1);
    await snapshot(5, [], 1);
    const before = await stored();
    const plan = await planExpiry(deps, () => policy);
    await hold(deps, acme);
    expect(await expireBackups(deps, plan)).toMatchObject({ removedManifests: 0, removedObjects: 0 });
    expect(await stored()).toEqual(before);
    await release(deps, acme);
    await deps.vault.setHold(packKey(acme, 'b9', 0), true);
    const result = await expire();
    expect(result.kept.map(entry => entry.key)).toEqual([packKey(acme, 'b9', 0)]);
    expect(await stored()).toContain(packKey(acme, 'b9', 0));
  });

  it('stops where it is when a hold is placed while it removes', async () => {
    for (const age of [12, 11, 10, 9, 0]) await snapshot(age, [], 1);
    const plan = await planExpiry(deps, () => policy);
    const remove: typeof deps.vault.delete = async key => {
      await deps.vault.delete(key);
      if (key === manifestKey(acme, 'snapshot', 'b12')) await hold(deps, acme);
    };
    const result = await expireBackups({ ...deps, vault: { ...deps.vault, delete: remove } }, plan);
    expect(result).toMatchObject({ removedManifests: 1 });
    expect(result.kept.filter(({ reason }) => reason === 'legal hold').length).toBeGreaterThan(1);
    expect((await backups.list(deps.catalog, acme)).map(item => item.id)).toEqual(['b11', 'b10', 'b9', 'b0']);
  });

  it('plans without touching anything, and gives a reason for every backup', async () => {
    await snapshot(9, [], 1);
    await snapshot(0, [], 1);
    const before = await stored();
    const plan = await planExpiry(deps, () => policy);
    expect(plan.owners[0]!.decisions.every(decision => decision.reasons.length > 0)).toBe(true);
    expect(await stored()).toEqual(before);
  });

  it('stops at an altered manifest before removing any of its objects', async () => {
    await snapshot(9, [], 1);
    await snapshot(5, [], 1);
    await snapshot(0, [], 1);
    await deps.tamper(manifestKey(acme, 'snapshot', 'b9'), bytes =>
      Buffer.from(bytes.toString().replace('b9-', 'b0-')),
    );
    await expect(expire()).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(await stored()).toContain(packKey(acme, 'b9', 0));
  });

  it('keeps what is shared with a snapshot that is removed later, since its lock holds', async () => {
    const shared = packKey(acme, 'b9', 7);
    await deps.vault.put(shared, Buffer.from('rows'), { retainUntil: new Date('2026-01-01') });
    await snapshot(9, [shared], 30);
    await snapshot(8, [shared], 1);
    await snapshot(0, [], 1);
    await expire();
    expect(await stored()).toContain(shared);
  });

  it('locks what it keeps, with every object that it needs, and not twice', async () => {
    const shared = packKey(acme, 'b9', 7);
    await deps.vault.put(shared, Buffer.from('rows'), { retainUntil: new Date('2026-01-01') });
    const old = await snapshot(1, [shared], 0);
    await snapshot(0, [], 3);
    expect(await expire()).toMatchObject({ lengthened: 1, removedManifests: 0 });
    const until = new Date(Date.parse(old.toTime) + policy.dailyDays * DAY);
    for (const key of [old.key, shared, packKey(acme, 'b1', 0)]) {
      expect((await deps.vault.head(key))!.retainUntil.getTime(), key).toBeGreaterThanOrEqual(until.getTime());
    }
    expect(await expire()).toMatchObject({ lengthened: 0 });
  });

  it('removes what running snapshots left behind', async () => {
    const [old, young] = [checkpointKey(acme, 'a', 0, 1), checkpointKey(acme, 'b', 0, 1)];
    await deps.vault.put(old, Buffer.from('x'), { retainUntil: new Date('2026-03-16T12:00:00Z') });
    await deps.vault.put(young, Buffer.from('x'), { retainUntil: new Date('2026-03-20T11:00:00Z') });
    await expire();
    expect(await deps.vault.head(old)).toBeUndefined();
    expect(await deps.vault.head(young)).toBeDefined();
  });
});

describe('expiry of the shared log', () => {
  const other = tenantRef('test', tenantId('other'));
  const policyOf = () => policy;

  /** One run per day, matching the positions of the snapshots, with a segment of acme; its lock has ended. */
  async function run(daysAgo: number): Promise<void> {
    const time = (days: number) => new Date(deps.clock.now().getTime() - days * DAY).toISOString();
    const [from, to] = [lsn(BigInt(1000 - daysAgo - 1)), lsn(BigInt(1000 - daysAgo))];
    const id = `r${daysAgo}`;
    const retainUntil = new Date('2026-01-01');
    const pack = logPackKey(to, id, 0);
    await deps.vault.put(pack, Buffer.from('log'), { retainUntil });
    const range = { from: formatLsn(from), to: formatLsn(to), fromTime: time(daysAgo + 1), toTime: time(daysAgo) };
    const header = {
      ...{ kind: 'log' as const, id, tenant: SYSTEM, createdAt: time(daysAgo), ...range, previous: null },
      objects: [{ key: pack, bytes: 3 }],
    };
    const { key, sha256 } = await writeManifest(deps, logManifestKey(to, id), header, {}, { retainUntil });
    const counts = { transactions: 1, changes: 1, storedBytes: 3, tenants: 1 };
    const entry = {
      ...{ tenant: acme, firstCommit: range.to, lastCommit: range.to, digest: '0'.repeat(64) },
      ...{ minCommitTime: range.toTime, maxCommitTime: range.toTime },
      ...{ transactions: 1, changes: 1, rawBytes: 3, blocks: [] },
    };
    await deps.catalog.write([
      runs.put({ id, key, sha256, ...range, previous: null, ...counts, xmin: '1' }),
      segments.put(acme, {
        run: { id, key, sha256, from: range.from, to: range.to },
        packs: [pack],
        entry,
      }),
    ]);
  }

  async function history(): Promise<void> {
    await deps.keyring.ensureKey(SYSTEM);
    for (let day = 9; day >= 0; day--) await run(day);
    await snapshot(3, [], 1);
    await snapshot(0, [], 1);
  }
  const expireOne = async (tenant: TenantRef) => expireTenant(deps, await planTenantExpiry(deps, tenant, policy));
  const listed = async () => (await runs.list(deps.catalog)).map(item => item.id);
  const segmentRuns = async () => (await segments.list(deps.catalog, acme)).map(item => item.run.id);

  it('follows the earliest need that any tenant recorded, and removes its catalog items', async () => {
    await history();
    await expireOne(acme);
    expect(await expireLog(deps, await planLogExpiry(deps, policyOf))).toMatchObject({
      ...{ removedManifests: 6, removedObjects: 6, kept: [] },
    });
    expect(await listed()).toEqual(['r3', 'r2', 'r1', 'r0']);
    expect(await segmentRuns()).toHaveLength(10);
    await expireOne(acme);
    expect(await segmentRuns()).toEqual(['r3', 'r2', 'r1', 'r0']);
  });

  it('keeps everything while a tenant has not recorded what it needs, or recorded it for a shorter window', async () => {
    await history();
    await expireOne(acme);
    await deps.catalog.write([tenants.put({ ref: other, tenantId: 'other', firstSeen: '2026-01-01T00:00:00Z' })]);
    expect((await planLogExpiry(deps, policyOf)).every(decision => decision.keep)).toBe(true);
    await expireOne(other);
    expect((await planLogExpiry(deps, policyOf)).filter(decision => !decision.keep)).toHaveLength(6);
    const longer = () => ({ ...policy, logDays: 3 });
    expect((await planLogExpiry(deps, longer)).every(decision => decision.keep)).toBe(true);
  });

  it('keeps and locks the run that completes a kept snapshot, and the segments in it', async () => {
    await history();
    await expireOne(acme);
    const until = '2030-01-01T00:00:00.000Z';
    const position = formatLsn(lsn(992n));
    const note = (await logNeeds.list(deps.catalog))[0]!;
    await deps.catalog.write([logNeeds.put({ ...note, spans: [{ from: position, to: position, until }] })]);
    await expireLog(deps, await planLogExpiry(deps, policyOf));
    expect(await listed()).toEqual(['r8', 'r7', 'r3', 'r2', 'r1', 'r0']);
    expect((await deps.vault.head(logPackKey(lsn(992n), 'r8', 0)))!.retainUntil.toISOString()).toBe(until);
    await expireOne(acme);
    expect(await segmentRuns()).toEqual(['r8', 'r7', 'r3', 'r2', 'r1', 'r0']);
  });
});
