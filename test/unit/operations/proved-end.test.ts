/**
 * The protection of a tenant ends by what is signed in the vault, never by the catalog: whoever writes there that a tenant
 * was destroyed, or left, removes none of its backups and none of the log that it needs.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Departure } from '../../../lib/domain/departure.ts';
import { departureKey } from '../../../lib/domain/governance-key.ts';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { Settings } from '../../../lib/domain/settings.ts';
import { SYSTEM, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { backups, runs, type TenantItem, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { logNeeds } from '../../../lib/operations/catalog/log-items.ts';
import { rebuildTenant } from '../../../lib/operations/rebuild/rebuild-tenant.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { planLogExpiry } from '../../../lib/operations/retention/expire-log.ts';
import { expireTenant, planTenantExpiry } from '../../../lib/operations/retention/expire-tenant.ts';
import { putPart } from '../../../lib/operations/storage/destruction-documents.ts';
import { putSigned } from '../../../lib/operations/storage/signed-document.ts';
import { responsible } from '../../support/held-tenant.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { DAY, makeDay } from '../../support/made-years.ts';

const acme = tenantRef('test-installation', tenantId('acme'));
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const settings = Settings.parse({ retentionDays: { snapshot: 1, log: 1, incremental: 1 } });
const POLICY = { dailyDays: 4, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 3 };
const position = lsn(0x0100_0000n);
const unlocked = () => ({ retainUntil: new Date('2026-01-01') });

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-01-03T00:00:00Z' });
  for (const owner of [acme, SYSTEM]) await deps.keyring.ensureKey(owner);
  for (let day = 0; day < 8; day++) await live(day);
});
afterEach(() => deps.dispose());

async function live(day: number): Promise<void> {
  deps.clock.set(new Date(BEGIN + (day + 2) * DAY));
  await makeDay(deps, [tenantId('acme')], { begin: BEGIN, day, wrongBy: 0, settings });
}

const edit = async (changes: Partial<TenantItem>) =>
  deps.catalog.write([tenants.put({ ...(await tenants.get(deps.catalog, acme))!, ...changes })]);
const plan = () => planTenantExpiry(deps, acme, POLICY);
const going = async () => (await plan()).decisions.filter(({ keep }) => !keep).length;
const left = async () => [await backups.list(deps.catalog, acme), await runs.list(deps.catalog)];

/** `at`: now, or days before. */
async function note(changes: Partial<Departure> = {}, signer = deps.signer): Promise<TenantItem['departed']> {
  const departed = { at: deps.clock.now().toISOString(), lsn: formatLsn(position) };
  const document: Departure = { format: 'holdfast.departure/1', tenant: acme, ...departed, ...changes };
  await putSigned({ vault: deps.vault, signer }, departureKey(acme, position), document, unlocked());
  return departed;
}

async function order() {
  const plan = {
    ...{ format: 'holdfast.destruction-plan/1' as const, tenant: acme, days: 7, mode: 'file' as const, keys: [] },
    ...{ copies: [], log: null, catalog: {}, staging: null, live: null, stays: {}, outside: [] },
  };
  const at = deps.clock.now().toISOString();
  return putPart(deps, 'order', {
    ...{ format: 'holdfast.destruction-order/1', tenant: acme, number: 1, at, responsible: responsible(), plan },
  });
}

async function certify() {
  const { at, responsible: by } = await order();
  await putPart(deps, 'certificate', {
    ...{ format: 'holdfast.destruction-certificate/1', tenant: acme, number: 1, nameDigest: null, method: 'm' },
    ...{ mode: 'file', keys: [], deletionDate: at, orderedAt: at, certifiedAt: at, responsible: by },
    ...{ order: '0'.repeat(64), proof: [], copies: [], log: null, outside: [], discarded: null, verify: [] },
  });
}

describe('an edited catalog', () => {
  const lies: Record<string, () => Promise<Partial<TenantItem>>> = {
    'that it was destroyed': async () => ({ destruction: 'done' }),
    'that it was destroyed, of one that is only ordered': async () => {
      await order();
      return { destruction: 'done' };
    },
    'that it left': async () => ({ left: true, departed: { at: '2020-01-01T00:00:00Z', lsn: formatLsn(position) } }),
    'that it left, with a note of another installation': async () => {
      const foreign = await localDeps({});
      const departed = await note({}, foreign.signer);
      await foreign.dispose();
      return { left: true, departed: departed! };
    },
    'that it left, with the note of another tenant': async () => {
      const departed = await note({ tenant: tenantRef('years', tenantId('other')) });
      return { left: true, departed: departed! };
    },
    'that it left, with the note of an earlier time': async () => {
      const departed = await note();
      for (const day of [8, 9]) await live(day);
      return { left: true, departed: departed! };
    },
  };

  it.each(Object.keys(lies))('that says of a tenant %s removes no backup and no log of it', async lie => {
    const changes = await lies[lie]!();
    const honest = await plan();
    const honestLog = await planLogExpiry(deps, () => POLICY, [honest.logNeed]);
    await edit(changes);
    const lied = await plan();
    expect({ ...lied, logNeed: { ...lied.logNeed, at: '' } }).toEqual({
      ...honest,
      logNeed: { ...honest.logNeed, at: '' },
    });
    expect(await planLogExpiry(deps, () => POLICY, [lied.logNeed])).toEqual(honestLog);
  });

  it('that was believed once is corrected by a rebuild', async () => {
    await edit({ destruction: 'done' });
    await rebuildTenant(deps, acme);
    expect((await tenants.get(deps.catalog, acme))!.destruction).toBeUndefined();
  });
});

describe('what is proved', () => {
  it('a certificate ends it, whatever the catalog says; the order alone keeps everything', async () => {
    await order();
    expect(await going()).toBe(0);
    await certify();
    const all = (await backups.list(deps.catalog, acme)).length;
    expect(await going()).toBe(all);
    await edit({ destruction: 'done' });
    deps.clock.advance(5 * DAY);
    await expireBackups(deps, await planExpiry(deps, () => POLICY));
    expect(await backups.list(deps.catalog, acme)).toEqual([]);
  });

  it('a signed note that it left counts, and only until it is backed up again', async () => {
    await edit({ left: true, departed: (await note())! });
    expect((await plan()).logNeed).toMatchObject({ from: null, departed: true });
    await live(8);
    expect((await plan()).logNeed.departed).toBeUndefined();
  });

  it('a plan that is no longer true when it is executed removes nothing, and notes nothing', async () => {
    await edit({ left: true, departed: (await note())! });
    deps.clock.advance(30 * DAY);
    const departed = await plan();
    expect(departed.decisions.some(({ keep }) => !keep)).toBe(true);
    await edit({ left: undefined, departed: undefined });
    const before = await left();
    expect(await expireTenant(deps, departed)).toMatchObject({ removedManifests: 0 });
    expect(await left()).toEqual(before);
    expect(await logNeeds.list(deps.catalog)).toEqual([]);
  });
});
