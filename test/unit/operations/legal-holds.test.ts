/** Legal holds: nothing of a held tenant goes, whoever tries it and however; and a release lets go of exactly what it may. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HoldRecord, holdRecordKey, holdRecordsPrefix } from '../../../lib/domain/hold.ts';
import { ErasureBody } from '../../../lib/domain/manifest.ts';
import {
  checkpointKey,
  heldPrefixes,
  manifestKey,
  manifestPrefix,
  packKey,
  tenantPrefix,
} from '../../../lib/domain/object-key.ts';
import type { RemovalList } from '../../../lib/domain/removal-list.ts';
import type { TableName } from '../../../lib/domain/table-schema.ts';
import { type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { holdItems } from '../../../lib/operations/catalog/hold-items.ts';
import { holdingVault } from '../../../lib/operations/catalog/holding-vault.ts';
import { standingMatters } from '../../../lib/operations/governance/holds/hold-documents.ts';
import { verifyHolds, verifyTenantHolds } from '../../../lib/operations/governance/holds/keep-holds.ts';
import { HoldInput, placeHold, planHold } from '../../../lib/operations/governance/holds/place-hold.ts';
import { planRelease, releaseHold } from '../../../lib/operations/governance/holds/release-hold.ts';
import { rebuildCatalog } from '../../../lib/operations/rebuild/rebuild-catalog.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { expireReplicas } from '../../../lib/operations/retention/expire-replicas.ts';
import { readManifest, writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { putSigned } from '../../../lib/operations/storage/signed-document.ts';
import { heldTenants, requireNoHold, standingHolds } from '../../../lib/operations/storage/standing-holds.ts';
import { timeBudget } from '../../../lib/operations/time-budget.ts';
import type { StoredObject, Vault } from '../../../lib/ports.ts';
import { hold, release, responsible } from '../../support/held-tenant.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { memoryVault } from '../../support/memory-vault.ts';

const acme = tenantRef('test', tenantId('acme'));
const other = tenantRef('test', tenantId('other'));
const POLICY = { dailyDays: 1, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 1 };
const DAY = 24 * 3600 * 1000;

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-03-20T12:00:00Z' });
  for (const ref of [acme, other]) {
    await deps.keyring.ensureKey(ref);
    await deps.catalog.write([tenants.put({ ref, tenantId: null, firstSeen: '2026-01-01T00:00:00Z' })]);
  }
});
afterEach(() => deps.dispose());

const unlocked = () => ({ retainUntil: new Date('2026-01-01') });

async function put(count: number, vault: Vault = deps.vault, tenant: TenantRef = acme): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, n) => packKey(tenant, 'backup', n));
  for (const key of keys) await vault.put(key, Buffer.from('rows'), unlocked());
  return keys;
}

async function objects(vault: Vault = deps.vault, tenant: TenantRef = acme): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for (const prefix of heldPrefixes(tenant)) for await (const object of vault.list(prefix)) found.push(object);
  return found;
}

const open = async (vault?: Vault) => (await objects(vault)).filter(object => !object.hold).map(({ key }) => key);

describe('a legal hold', () => {
  it('holds every object that exists, and certifies exactly that', async () => {
    await put(150);
    const plan = planHold(deps, HoldInput.parse({ matter: 'case 17' }));
    const by = responsible();
    const placed = await placeHold(deps, acme, plan, by);
    expect(await open()).toEqual([]);
    expect(placed).toMatchObject({ done: true, changed: 150, certificate: { tenant: acme, hold: by.request } });
    // The record of the hold is one of them.
    if (placed.done) expect(placed.certificate.regions).toMatchObject([{ region: 'primary', objects: 151 }]);
    if (placed.done) expect(Object.keys(placed.records)).toHaveLength(2);
  });

  it('holds in every region', async () => {
    const second = memoryVault(deps.clock);
    await put(3);
    await put(70, second);
    const everywhere = { ...deps, otherRegions: [{ region: 'eu-west-1', vault: second }] };
    await hold(everywhere, acme);
    expect([await open(), await open(second)]).toEqual([[], []]);
  });

  it('leaves other tenants as they were', async () => {
    const [key] = await put(1, deps.vault, other);
    await hold(deps, acme);
    expect(await deps.vault.head(key!)).toMatchObject({ hold: false });
    await deps.vault.delete(key!);
  });

  it.each(['hold.after-record', 'hold.after-catalog', 'hold.during-walk'] as const)(
    'killed at %s, keeps everything, and continues',
    async point => {
      await put(200);
      const plan = planHold(deps, HoldInput.parse({ matter: 'case 17' }));
      const by = responsible();
      const crash = (at: string) => {
        if (at === point) throw new Error('killed');
      };
      await expect(placeHold({ ...deps, crash }, acme, plan, by)).rejects.toThrow('killed');
      const before = (await objects()).map(({ key }) => key);
      await expireBackups(deps, await planExpiry(deps, () => POLICY));
      await expect(requireNoHold(deps, acme)).rejects.toMatchObject({ code: 'under-hold' });
      expect((await objects()).map(({ key }) => key)).toEqual(expect.arrayContaining(before));
      expect(await placeHold(deps, acme, plan, by)).toMatchObject({ done: true });
      expect(await open()).toEqual([]);
    },
  );

  it('stops when its time is used up, and continues where it was', async () => {
    await put(300);
    const plan = planHold(deps, HoldInput.parse({ matter: 'case 17' }));
    const by = responsible();
    const steps: number[] = [];
    for (;;) {
      const { done, changed } = await placeHold(deps, acme, plan, by, timeBudget(0));
      steps.push(changed);
      if (done) break;
    }
    expect(steps.length).toBeGreaterThan(4);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(await open()).toEqual([]);
  });

  it('holds what is put from then on, by a process that began before it', async () => {
    const writing = holdingVault(deps);
    await put(1, writing);
    await hold(deps, acme);
    await writing.put(packKey(acme, 'later', 0), Buffer.from('rows'), unlocked());
    await writing.put(manifestKey(acme, 'snapshot', 'later'), Buffer.from('rows'), unlocked());
    expect(await open()).toEqual([]);
  });

  it('holds what was being put while it was placed', async () => {
    const slow = packKey(acme, 'slow', 0);
    // The object becomes durable only after the walk has passed.
    const vault: Vault = {
      ...deps.vault,
      put: async (key, body, options) => {
        if (key === slow) await hold(deps, acme);
        return deps.vault.put(key, body, options);
      },
    };
    expect(await holdingVault({ ...deps, vault }).put(slow, Buffer.from('rows'), unlocked())).toMatchObject({
      hold: true,
    });
    expect(await open()).toEqual([]);
  });

  it.each(['', 'r1', '../other/records/0mfs8t2xk-aaaaaaaa', '0mfs8t2xk-aaaaaaaa/x', '0MFS8T2XK-AAAAAAAA'])(
    'under the id %j is refused before anything is written: it would not be found again',
    async request => {
      const plan = planHold(deps, HoldInput.parse({ matter: 'case 17' }));
      const placing = placeHold(deps, acme, plan, responsible({ request }));
      await expect(placing).rejects.toMatchObject({ code: 'bad-input' });
      expect(await objects()).toEqual([]);
    },
  );

  it('is repeated without harm, and several matters stand side by side', async () => {
    await put(2);
    const plan = planHold(deps, HoldInput.parse({ matter: 'case 17' }));
    const by = responsible();
    await placeHold(deps, acme, plan, by);
    await placeHold(deps, acme, plan, by);
    await hold(deps, acme, 'case 18');
    expect((await standingMatters(deps, acme)).map(({ details }) => details?.matter).sort()).toEqual([
      'case 17',
      'case 18',
    ]);
  });
});

describe('a held tenant keeps everything', () => {
  beforeEach(async () => {
    await put(3);
    await hold(deps, acme);
  });

  it('whatever the catalog says: emptied, older or edited', async () => {
    await deps.catalog.write([holdItems.remove(acme)]);
    await expect(requireNoHold(deps, acme)).rejects.toMatchObject({ code: 'under-hold' });
    // Also what is put now.
    await holdingVault(deps).put(packKey(acme, 'later', 0), Buffer.from('rows'), unlocked());
    expect(await open()).toEqual([]);
  });

  it('after the catalog is rebuilt: the holds are back', async () => {
    await deps.catalog.write([holdItems.remove(acme)]);
    await rebuildCatalog(deps);
    const writing = holdingVault(deps);
    await writing.put(packKey(acme, 'later', 0), Buffer.from('rows'), unlocked());
    expect(await heldTenants(deps)).toEqual([acme]);
    expect(await open()).toEqual([]);
  });

  it('when somebody deletes an object', async () => {
    for (const { key } of await objects())
      await expect(deps.vault.delete(key)).rejects.toMatchObject({ code: 'object-locked' });
  });

  it('in another region, even if a signed list of removals names it and no object there is held', async () => {
    const region = memoryVault(deps.clock);
    const keys = await put(3, region);
    for await (const key of deps.vault.keys(holdRecordsPrefix(acme)))
      await region.put(key, await deps.vault.get(key), unlocked());
    const list: RemovalList = { format: 'holdfast.removal/1', owner: acme, at: '2026-01-01T00:00:00Z', keys };
    await putSigned({ vault: region, signer: deps.signer }, 'removals/a', list, unlocked());
    const far = { ...deps, vault: region, region: 'eu-west-1', isInPrimary: async () => false };
    expect(await expireReplicas(far)).toMatchObject({ removed: 0, kept: 3 });
    for (const key of keys) expect(await region.head(key)).toBeDefined();
  });

  it('when its key is to be destroyed; and when the vault does not answer', async () => {
    await expect(requireNoHold(deps, acme)).rejects.toMatchObject({ code: 'under-hold' });
    await requireNoHold(deps, other);
    const keys = () => {
      throw new Error('silent');
    };
    await expect(requireNoHold({ ...deps, vault: { ...deps.vault, keys } }, other)).rejects.toThrow('silent');
  });

  it('does not keep the state of a running snapshot, which a complete one has', async () => {
    expect(heldPrefixes(acme).some(prefix => checkpointKey(acme, 'b', 0, 0).startsWith(prefix))).toBe(false);
    expect(heldPrefixes(acme)).toContain(tenantPrefix(acme));
  });
});

describe('a forged record', () => {
  const junk = () => ({ retainUntil: new Date('2030-01-01') });
  const forgeries = (key: string, record: object) => ({
    'is not signed': () => deps.vault.put(key, Buffer.from(JSON.stringify(record)), junk()),
    'is signed by another installation': async () => {
      const foreign = await localDeps({});
      await putSigned({ vault: deps.vault, signer: foreign.signer }, key, record, junk());
      await foreign.dispose();
    },
    'is signed for another tenant': async () => {
      const { bytes, at } = { bytes: await signedAt(key.replace(acme, other), record), at: key };
      await deps.vault.put(at, bytes, junk());
    },
    'names another tenant': () => putSigned(deps, key, { ...record, tenant: other }, junk()),
    'names another hold': () => putSigned(deps, key, { ...record, hold: '0mfs8t2xk-aaaaaaaa' }, junk()),
  });
  const KINDS = Object.keys(forgeries('', {})) as (keyof ReturnType<typeof forgeries>)[];

  async function signedAt(key: string, record: object): Promise<Uint8Array> {
    await putSigned(deps, key, record, junk());
    return deps.vault.get(key);
  }

  it.each(KINDS)('of a release that %s lifts nothing, and is an alarm', async kind => {
    const [key] = await put(1);
    const id = await hold(deps, acme);
    const release = {
      format: 'holdfast.hold-release/1',
      tenant: acme,
      hold: id,
      at: '2026-03-20T00:00:00Z',
      sealed: '',
    };
    await forgeries(holdRecordKey(acme, id, 'release'), release)[kind]();
    expect(await standingHolds(deps, acme)).toMatchObject([{ hold: id, forgedRelease: true }]);
    await expireBackups(deps, await planExpiry(deps, () => POLICY));
    expect(await deps.vault.head(key!)).toMatchObject({ hold: true });
    expect((await verifyHolds(deps)).tenants.find(({ tenant }) => tenant === acme)).toMatchObject({ unsigned: [id] });
    expect(deps.notices.map(({ code }) => code)).toContain('hold-broken');
  });

  it.each(KINDS)('of a hold that %s stands: in doubt a tenant is held', async kind => {
    const id = '0mfs8t2xk-bbbbbbbb';
    const record: HoldRecord = {
      ...{
        format: 'holdfast.hold/1',
        tenant: acme,
        hold: id,
        at: '2026-03-20T00:00:00Z',
        from: '2026-03-20T00:00:00Z',
      },
      ...{ reviewBy: null, hidden: false, sealed: '' },
    };
    await forgeries(holdRecordKey(acme, id, 'hold'), record)[kind]();
    await expect(requireNoHold(deps, acme)).rejects.toMatchObject({ code: 'under-hold' });
    expect((await verifyHolds(deps)).tenants.find(({ tenant }) => tenant === acme)).toMatchObject({ unsigned: [id] });
    // It can be released, as every hold.
    await release(deps, acme, id);
    await requireNoHold(deps, acme);
  });

  it.each(['hold', 'r1/hold', '0mfs8t2xk-bbbbbbbb/HOLD', '0mfs8t2xk-bbbbbbbb/hold/2', '0mfs8t2xk-bbbbbbbb/release'])(
    'with the key records/%s stands: whatever is among the records is a hold, and can be released',
    async name => {
      const [key] = await put(1);
      await deps.vault.put(`${holdRecordsPrefix(acme)}${name}`, Buffer.from('{}'), junk());
      await expect(requireNoHold(deps, acme)).rejects.toMatchObject({ code: 'under-hold' });
      expect(await heldTenants(deps)).toEqual([acme]);
      expect((await verifyHolds(deps)).tenants).toMatchObject([{ repaired: 2, unsigned: [expect.any(String)] }]);
      expect(await deps.vault.head(key!)).toMatchObject({ hold: true });
      const [standing] = await standingHolds(deps, acme);
      if (name.endsWith('/release')) return;
      await release(deps, acme, standing!.hold);
      await requireNoHold(deps, acme);
    },
  );

  it('of another matter’s release, copied, lifts nothing', async () => {
    const first = await hold(deps, acme, 'case 17');
    const second = await hold(deps, acme, 'case 18');
    await release(deps, acme, 'case 17');
    const copied = await deps.vault.get(holdRecordKey(acme, first, 'release'));
    await deps.vault.put(holdRecordKey(acme, second, 'release'), copied, junk());
    expect(await standingHolds(deps, acme)).toMatchObject([{ hold: second, forgedRelease: true }]);
  });
});

describe('a release', () => {
  it.each([
    ['nobody', []],
    ['one person', ['omar']],
    ['one person twice', ['omar', 'Omar ']],
    ['the requester and another', ['lena', 'omar']],
  ])('approved by %s is refused, and everything stays held', async (_, approvedBy) => {
    await put(2);
    await hold(deps, acme);
    const plan = await planRelease(deps, acme, { matter: 'case 17' });
    await expect(releaseHold(deps, acme, plan, responsible({ approvedBy }))).rejects.toMatchObject({
      code: 'two-approvers-needed',
    });
    expect(await standingHolds(deps, acme)).toHaveLength(1);
    expect(await open()).toEqual([]);
  });

  it('of one matter leaves every object to the other; the last one lets them go, and says from when', async () => {
    const locked = new Date('2026-06-01T00:00:00Z');
    await deps.vault.put(packKey(acme, 'locked', 0), Buffer.from('rows'), { retainUntil: locked });
    const [key] = await put(2);
    await hold(deps, acme, 'case 17');
    const second = await hold(deps, acme, 'case 18');
    expect(await release(deps, acme, 'case 17')).toMatchObject({ certificate: { others: [second], regions: [] } });
    expect(await open()).toEqual([]);
    await expect(deps.vault.delete(key!)).rejects.toMatchObject({ code: 'object-locked' });

    const last = await release(deps, acme, 'case 18');
    expect((await objects()).filter(object => object.hold)).toEqual([]);
    if (!last.done) throw new Error('not done');
    const packs = last.certificate.regions[0]!.kinds.find(({ kind }) => kind === 'packs');
    expect(packs).toEqual({ kind: 'packs', objects: 3, first: '2026-03-20T12:00:00.000Z', last: locked.toISOString() });
    await requireNoHold(deps, acme);
    await deps.vault.delete(key!);
  });

  it.each(['hold.after-release', 'hold.during-walk'] as const)('killed at %s, continues', async point => {
    await put(200);
    await hold(deps, acme);
    const plan = await planRelease(deps, acme, { matter: 'case 17' });
    const crash = (at: string) => {
      if (at === point) throw new Error('killed');
    };
    await expect(releaseHold({ ...deps, crash }, acme, plan, responsible())).rejects.toThrow('killed');
    expect(await releaseHold(deps, acme, plan, responsible())).toMatchObject({ done: true });
    expect((await objects()).filter(object => object.hold)).toEqual([]);
  });

  it('that meets a new hold while it walks lets nothing of it go', async () => {
    await put(300);
    await hold(deps, acme, 'case 17');
    const plan = await planRelease(deps, acme, { matter: 'case 17' });
    let placed = false;
    const crash = async (at: string) => {
      if (at !== 'hold.during-walk' || placed) return;
      placed = true;
      await hold(deps, acme, 'case 18');
    };
    expect(await releaseHold({ ...deps, crash }, acme, plan, responsible())).toMatchObject({
      certificate: { regions: [], others: [expect.any(String)] },
    });
    expect(await open()).toEqual([]);
  });

  it('killed in the middle of a batch, and continued after a new hold was proved, leaves everything held', async () => {
    await put(100);
    await hold(deps, acme, 'case 17');
    const plan = await planRelease(deps, acme, { matter: 'case 17' });
    let removed = 0;
    const setHold: Vault['setHold'] = async (key, on) => {
      if (!on && ++removed > 10) throw new Error('killed');
      return deps.vault.setHold(key, on);
    };
    const dying = { ...deps, vault: { ...deps.vault, setHold } };
    await expect(releaseHold(dying, acme, plan, responsible())).rejects.toThrow('killed');
    // The other matter was proved before that batch.
    const second = responsible();
    const key = holdRecordKey(acme, second.request, 'hold');
    const record = { format: 'holdfast.hold/1', tenant: acme, hold: second.request, at: '2026-03-20T00:00:00Z' };
    await putSigned(
      deps,
      key,
      { ...record, from: null, reviewBy: null, hidden: false, sealed: '' },
      { ...unlocked(), hold: true },
    );
    expect(await releaseHold(deps, acme, plan, responsible())).toMatchObject({
      certificate: { others: [second.request] },
    });
    expect(await open()).toEqual([]);
  });

  it('in whose place a forged one lies says that the hold stands, instead of certifying its release', async () => {
    const id = await hold(deps, acme);
    const plan = await planRelease(deps, acme, { matter: 'case 17' });
    await deps.vault.put(holdRecordKey(acme, id, 'release'), Buffer.from('{}'), unlocked());
    await expect(releaseHold(deps, acme, plan, responsible())).rejects.toMatchObject({ code: 'object-altered' });
    expect(await standingHolds(deps, acme)).toMatchObject([{ hold: id }]);
  });

  it('is for a matter that stands', async () => {
    await expect(planRelease(deps, acme, { matter: 'case 17' })).rejects.toMatchObject({ code: 'unknown-matter' });
  });
});

describe('an erasure during a hold', () => {
  const body = (more: Partial<ErasureBody> = {}): ErasureBody => ({
    ...{ tenantId: 'acme', table: 'public.people' as TableName, key: ['id'], digests: ['a'.repeat(64)] },
    ...{ requestedBy: 'ada', reason: 'request 1', ...more },
  });
  const at = '2026-03-20T12:00:00Z';

  async function erasure(id: string, more: Partial<ErasureBody> = {}): Promise<void> {
    const header = {
      ...{ kind: 'erasure' as const, id, tenant: acme, previous: null, objects: [], from: '0/0', to: '0/0' },
      ...{ createdAt: at, fromTime: at, toTime: at },
    };
    await writeManifest(deps, manifestKey(acme, 'erasure', id), header, body(more), unlocked());
  }

  async function bodies(): Promise<ErasureBody[]> {
    const found: ErasureBody[] = [];
    for await (const key of deps.vault.keys(manifestPrefix(acme, 'erasure')))
      found.push((await readManifest(deps, key, ErasureBody, { tenant: acme, kind: 'erasure' })).body);
    return found;
  }

  it('takes effect with the last release, once, and not before', async () => {
    const [first, second] = [await hold(deps, acme, 'case 17'), await hold(deps, acme, 'case 18')];
    await erasure('0mfs8t2xk-eeeeeeee', { deferredBy: [first, second] });
    await erasure('0mfs8t2xk-ffffffff');
    expect(await release(deps, acme, 'case 17')).toMatchObject({ certificate: { erasures: [] } });
    expect(await bodies()).toHaveLength(2);
    const plan = await planRelease(deps, acme, { matter: 'case 18' });
    const by = responsible();
    const done = await releaseHold(deps, acme, plan, by);
    expect(done).toMatchObject({ certificate: { erasures: ['0mfs8t2xk-eeeeeeee'] } });
    await releaseHold(deps, acme, plan, by);
    expect((await bodies()).filter(({ replays }) => replays !== undefined)).toEqual([
      body({ replays: '0mfs8t2xk-eeeeeeee' }),
    ]);
    expect(await hold(deps, acme, 'case 19')).toBeDefined();
    expect(await release(deps, acme, 'case 19')).toMatchObject({ certificate: { erasures: [] } });
  });
});

describe('the weekly proof', () => {
  it('repairs what is not held, raises an alarm, and certifies again', async () => {
    const [key] = await put(5);
    await hold(deps, acme);
    await deps.vault.setHold(key!, false);
    deps.clock.advance(7 * DAY);
    const { tenants: proved } = await verifyHolds(deps);
    expect(proved).toMatchObject([{ tenant: acme, repaired: 1, certificates: [expect.any(String)] }]);
    expect(deps.notices.map(({ code, severity }) => [code, severity])).toEqual([['hold-broken', 'alarm']]);
    expect(await open()).toEqual([]);
    expect((await verifyHolds(deps)).tenants).toMatchObject([{ repaired: 0 }]);
  });

  it('certifies nothing while an object cannot be held', async () => {
    const [key] = await put(5);
    await hold(deps, acme);
    await deps.vault.setHold(key!, false);
    const deaf = { ...deps.vault, setHold: async () => {} };
    expect((await verifyHolds({ ...deps, vault: deaf })).tenants).toMatchObject([{ failed: 'hold-incomplete' }]);
    expect(deps.notices.at(-1)).toMatchObject({ code: 'hold-broken', severity: 'alarm' });
  });

  it('tells when the review of a hold is due', async () => {
    const reviewBy = '2026-04-01T00:00:00.000Z';
    const plan = planHold(deps, HoldInput.parse({ matter: 'case 17', reviewBy }));
    const by = responsible();
    await placeHold(deps, acme, plan, by);
    await verifyHolds(deps);
    expect(deps.notices).toEqual([]);
    deps.clock.set('2026-04-01T00:00:01Z');
    expect((await verifyHolds(deps)).tenants).toMatchObject([{ reviewDue: [by.request] }]);
    expect(deps.notices).toMatchObject([{ code: 'hold-review-due' }]);
  });

  it('holds nothing of a tenant without a hold, also where somebody asks for it by name', async () => {
    const [key] = await put(3, deps.vault, other);
    expect(await verifyTenantHolds(deps, other)).toMatchObject({ holds: [], objects: 0, certificates: [] });
    expect(await deps.vault.head(key!)).toMatchObject({ hold: false });
  });

  it('takes the tenants in as many calls as needed', async () => {
    await hold(deps, acme);
    await hold(deps, other);
    const first = await verifyHolds(deps, null, timeBudget(0));
    const second = await verifyHolds(deps, first.after, timeBudget(0));
    expect([first.done, second.done]).toEqual([false, true]);
    expect([...first.tenants, ...second.tenants].map(({ tenant }) => tenant).sort()).toEqual([acme, other].sort());
  });
});

it('the records tell a stranger neither the matter nor a person', async () => {
  const id = await hold(deps, acme, 'Smith against Jones');
  const stored = Buffer.from(await deps.vault.get(holdRecordKey(acme, id, 'hold'))).toString();
  expect(HoldRecord.parse(JSON.parse(JSON.parse(stored).document)).hold).toBe(id);
  for (const secret of ['Smith', 'lena', 'omar']) expect(stored).not.toContain(secret);
});
