/** Expiry on a real vault and catalog: what goes, what stays, and that a lock always has the last word. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { manifestKey, packKey } from '../../../lib/domain/object-key.ts';
import type { RetentionPolicy } from '../../../lib/domain/retention.ts';
import { type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type BackupItem, backups, tenants } from '../../../lib/operations/catalog-index.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/expire-backups.ts';
import { writeManifest } from '../../../lib/operations/manifest-store.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const acme = tenantRef('test', tenantId('acme'));
const policy: RetentionPolicy = { dailyDays: 3, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 2 };
const DAY = 24 * 3600 * 1000;
const nobody = () => false;
const everyone = () => true;

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-03-20T12:00:00Z' });
  await deps.keyring.ensureKey(acme);
  await deps.catalog.write([tenants.put({ ref: acme, tenantId: 'acme', firstSeen: '2026-01-01T00:00:00Z' })]);
});
afterEach(() => deps.dispose());

/** A snapshot that many days old, with an object of its own and the shared ones; locked for `lockDays` from its day. */
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

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of deps.vault.list('tenants/')) keys.push(object.key);
  return keys;
}

async function expire(held: (tenant: TenantRef) => boolean = nobody) {
  return expireBackups(deps, await planExpiry(deps, () => policy, nobody), held);
}

describe('expiry', () => {
  it('removes an old snapshot with its own objects, and leaves those that a kept one shares', async () => {
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

  it('keeps what is locked, listed and readable, and says until when', async () => {
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

  it('looks at holds again when it deletes: one that came after the plan stops it', async () => {
    await snapshot(9, [], 1);
    await snapshot(0, [], 1);
    await snapshot(5, [], 1);
    const before = await stored();
    expect(await expire(everyone)).toMatchObject({ removedManifests: 0, removedObjects: 0 });
    expect(await stored()).toEqual(before);
    await deps.vault.setHold(packKey(acme, 'b9', 0), true);
    const result = await expire();
    expect(result.kept.map(entry => entry.key)).toEqual([packKey(acme, 'b9', 0)]);
    expect(await stored()).toContain(packKey(acme, 'b9', 0));
  });

  it('plans without touching anything, and gives a reason for every backup', async () => {
    await snapshot(9, [], 1);
    await snapshot(0, [], 1);
    const before = await stored();
    const plan = await planExpiry(deps, () => policy, nobody);
    expect(plan.owners[0]!.decisions.every(decision => decision.reasons.length > 0)).toBe(true);
    expect(await stored()).toEqual(before);
  });

  it('stops at a manifest that was altered, before anything of it goes', async () => {
    await snapshot(9, [], 1);
    await snapshot(5, [], 1);
    await snapshot(0, [], 1);
    await deps.tamper(manifestKey(acme, 'snapshot', 'b9'), bytes =>
      Buffer.from(bytes.toString().replace('b9-', 'b0-')),
    );
    await expect(expire()).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(await stored()).toContain(packKey(acme, 'b9', 0));
  });
});
