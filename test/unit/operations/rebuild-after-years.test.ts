/**
 * Eight years of backups and retention, and a catalog rebuilt from nothing on random days: what can be recovered is the
 * same before and after, and so is what expires next. Kept backups are found by their own manifests, whatever retention
 * removed before and after them and whatever their writers' clocks showed.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lsn } from '../../../lib/domain/lsn.ts';
import { manifestKey, packKey } from '../../../lib/domain/object-key.ts';
import { defaultSettings } from '../../../lib/domain/settings.ts';
import { type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { openSqliteCatalog } from '../../../lib/local/sqlite-catalog.ts';
import { backups, heads, runs } from '../../../lib/operations/catalog/catalog-index.ts';
import { recoveryMaterial } from '../../../lib/operations/catalog/recovery-material.ts';
import { appendEvent } from '../../../lib/operations/governance/audit-trail.ts';
import { adoptRuns } from '../../../lib/operations/log/log-run.ts';
import { rebuildCatalog } from '../../../lib/operations/rebuild/rebuild-catalog.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { removeObject } from '../../../lib/operations/retention/remove-backup.ts';
import type { Deps } from '../../../lib/ports.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { DAY, listedOf, makeDay } from '../../support/made-years.ts';
import { memoryVault, openKeyring } from '../../support/memory-vault.ts';

const YEARS = 8;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const NAMES = [tenantId('acme'), tenantId('other')];
const settings = defaultSettings();

let base: LocalDeps;
let deps: Deps;
beforeEach(async () => {
  base = await localDeps();
  deps = { ...base, vault: memoryVault(base.clock), keyring: openKeyring(), catalog: openSqliteCatalog(':memory:') };
});
afterEach(async () => {
  await deps.catalog.close();
  await base.dispose();
});

const plan = () => planExpiry(deps, () => settings.keep);

/** What a person sees and what expiry uses, for all tenants. */
async function known(): Promise<unknown> {
  const refs = NAMES.map(name => tenantRef(deps.installation, name));
  const of = async (ref: TenantRef) => ({
    listed: await listedOf(deps, ref),
    window: (await recoveryMaterial(deps, ref)).window,
    head: (await heads.get(deps.catalog, ref))?.item,
  });
  return { tenants: await Promise.all(refs.map(of)), runs: await runs.list(deps.catalog), expiry: await plan() };
}

async function audited(name: (typeof NAMES)[number]): Promise<void> {
  const who = { name: 'ada', proof: 'operating-system' as const, roles: [], tenants: [] };
  const draft = { who, action: 'restore', outcome: 'done' as const };
  await appendEvent({ ...deps, settings }, tenantRef(deps.installation, name), draft);
}

async function keysOf(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of deps.vault.keys(prefix)) keys.push(key);
  return keys;
}

/** A new catalog in place of the lost one. */
async function rebuild(): Promise<void> {
  await deps.catalog.close();
  deps = { ...deps, catalog: openSqliteCatalog(':memory:') };
  expect((await rebuildCatalog(deps)).leftOut).toEqual([]);
}

it('the removal of a backup does not remove an audit event, even if a manifest or the catalog names one', async () => {
  await audited(NAMES[0]!);
  base.clock.set(new Date(BEGIN + YEARS * 366 * DAY));
  const kept: { key: string; reason: string }[] = [];
  for (const key of await keysOf('audit/')) expect(await removeObject(deps, key, { kept })).toBe(false);
  expect(kept).toHaveLength(1);
});

describe('a catalog that is rebuilt after years of retention', () => {
  it('shows the same timeline and the same expiry as the one that was lost', async () => {
    const seed = Number(process.env.HOLDFAST_SEED ?? 7);
    const [random] = fc.sample(fc.infiniteStream(fc.nat({ max: 999 })), { seed, numRuns: 1 });
    const chance = (percent: number) => random!.next().value! < percent * 10;
    let rebuilt = 0;
    for (const name of NAMES) await audited(name);
    const trail = await keysOf('audit/');
    for (let day = 0; day < YEARS * 365; day += 2) {
      base.clock.set(new Date(BEGIN + (day + 2) * DAY));
      const wrongBy = chance(3) ? (chance(50) ? 1 : -1) * (1 + (random!.next().value! % 5)) * 365 * DAY : 0;
      // Some days have no backup, and tenants do not all have one on the same days.
      const names = NAMES.slice(0, day % 6 === 0 ? 2 : 1);
      if (chance(95)) await makeDay(deps, names, { begin: BEGIN, day, wrongBy, settings });
      if (chance(14)) await expireBackups(deps, await plan());
      if (!chance(2)) continue;
      const before = await known();
      await rebuild();
      expect(await known(), `day ${day}, seed ${seed}`).toEqual(before);
      rebuilt += 1;
    }
    expect(rebuilt).toBeGreaterThan(5);
    // Their locks have ended, and only a person may remove them.
    expect(await keysOf('audit/')).toEqual(trail);
    const { tenants } = (await known()) as { tenants: { listed: { toTime: string }[] }[] };
    // Seven years back, and not every day of them.
    expect(Date.parse(tenants[0]!.listed[0]!.toTime)).toBeLessThan(BEGIN + 2 * 365 * DAY);
    expect(tenants[0]!.listed.length).toBeLessThan(200);
  });

  it('is required before a log continues that the catalog does not list and whose beginning has expired', async () => {
    for (let day = 0; day < 3; day++) await makeDay(deps, [NAMES[0]!], { begin: BEGIN, day, wrongBy: 0, settings });
    const [first] = await runs.list(deps.catalog);
    base.clock.set(new Date(BEGIN + 400 * DAY));
    await deps.vault.delete(first!.key);
    const lost = { ...deps, catalog: openSqliteCatalog(':memory:') };
    await expect(adoptRuns(lost, () => lsn(2n ** 40n))).rejects.toMatchObject({ code: 'catalog-behind' });
    await rebuildCatalog(lost);
    expect((await adoptRuns(lost, () => lsn(2n ** 40n)))!.to).toBe((await runs.latest(deps.catalog))!.to);
    await lost.catalog.close();
  });

  it('lists a snapshot that a crash kept out of the catalog, as long as all its objects exist', async () => {
    const acme = tenantRef(deps.installation, NAMES[0]!);
    for (let day = 0; day < 2; day++) {
      base.clock.set(new Date(BEGIN + (day + 2) * DAY));
      await makeDay(deps, [NAMES[0]!], { begin: BEGIN, day, wrongBy: 0, settings });
    }
    const [first, second] = (await backups.list(deps.catalog, acme)).filter(item => item.kind === 'snapshot');
    await deps.catalog.write([backups.remove(acme, second!)]);
    await rebuildCatalog(deps);
    expect((await backups.list(deps.catalog, acme)).map(item => item.id)).toContain(second!.id);
    base.clock.set(new Date(BEGIN + 400 * DAY));
    await deps.vault.delete(packKey(acme, first!.id, 0));
    const { leftOut } = await rebuildCatalog(deps);
    const keys = [first!, second!].map(item => manifestKey(acme, 'snapshot', item.id));
    expect(leftOut).toEqual(keys.map(key => ({ key, why: 'object-missing' })));
  });
});
