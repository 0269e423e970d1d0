/** Destroying a tenant's backups: what is promised, and every way around it that somebody could try. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditDraft } from '../../../lib/domain/audit-event.ts';
import type { CrashPoint } from '../../../lib/domain/crash-point.ts';
import { nameDigest } from '../../../lib/domain/destruction.ts';
import { ConflictError, HoldfastError } from '../../../lib/domain/errors.ts';
import { destructionKey } from '../../../lib/domain/governance-key.ts';
import type { Responsible } from '../../../lib/domain/governed-action.ts';
import { newId } from '../../../lib/domain/new-id.ts';
import { manifestKey, packKey, retentionPolicyKey, snapshotPlanKey } from '../../../lib/domain/object-key.ts';
import { periodsOf } from '../../../lib/domain/policy-change.ts';
import { defaultSettings } from '../../../lib/domain/settings.ts';
import { AUDITORS, SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { cancelDestruction } from '../../../lib/operations/governance/destruction/cancel-destruction.ts';
import {
  type DestructionDeps,
  destructionDeps,
} from '../../../lib/operations/governance/destruction/destruction-deps.ts';
import { destructionStatus } from '../../../lib/operations/governance/destruction/destruction-status.ts';
import { executeDestruction } from '../../../lib/operations/governance/destruction/execute-destruction.ts';
import { finishDestruction } from '../../../lib/operations/governance/destruction/finish-destruction.ts';
import { planDestruction } from '../../../lib/operations/governance/destruction/plan-destruction.ts';
import {
  stopForHold,
  superviseDestructions,
  superviseTenant,
} from '../../../lib/operations/governance/destruction/supervise-destructions.ts';
import { verifyDestruction } from '../../../lib/operations/governance/destruction/verify-destruction.ts';
import { placeHold, planHold } from '../../../lib/operations/governance/holds/place-hold.ts';
import { rebuildCatalog } from '../../../lib/operations/rebuild/rebuild-catalog.ts';
import { writeManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { putDocument } from '../../../lib/operations/storage/sealed-document.ts';
import { putSigned } from '../../../lib/operations/storage/signed-document.ts';
import { ensureDigestKey } from '../../../lib/operations/storage/tenant-key.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const DAY_MS = 24 * 3600 * 1000;
const NAME = tenantId('Jane Doe & Sons');

class Killed extends Error {}

let local: LocalDeps;
let acme: TenantRef;
let other: TenantRef;
let held: boolean;
let sealed: Map<TenantRef, Promise<Uint8Array>>;
let events: string[];
const record = async (_: TenantRef, { action, outcome, who }: AuditDraft) =>
  events.push(`${who.name} ${action} ${outcome}`);

beforeEach(async () => {
  local = await localDeps();
  acme = tenantRef(local.installation, NAME);
  other = tenantRef(local.installation, tenantId('other'));
  held = false;
  sealed = new Map();
  events = [];
  for (const [ref, name] of [
    [acme, NAME],
    [other, 'other'],
  ] as const) {
    await backUp(ref);
    sealed.set(ref, local.keyring.seal(ref, Buffer.from('secret')));
    await sealed.get(ref);
    await local.catalog.write([tenants.put({ ref, tenantId: name, firstSeen: '2026-01-01T00:00:00.000Z' })]);
  }
});
afterEach(() => local.dispose());

const lock = () => ({ retainUntil: new Date(local.clock.now().getTime() + 30 * DAY_MS) });

/** One sealed object of each kind. */
async function backUp(ref: TenantRef): Promise<void> {
  await ensureDigestKey(local, ref);
  for (const key of [packKey(ref, 'one', 0), packKey(ref, 'one', 1), snapshotPlanKey(ref, 'two')])
    await putDocument(local, ref, key, { rows: ['secret'] }, lock());
  const header = {
    ...{ kind: 'snapshot', id: 'one', tenant: ref, createdAt: '2026-01-01T00:00:00Z', previous: null },
    ...{ from: '0/1', to: '0/2', fromTime: '2026-01-01T00:00:00Z', toTime: '2026-01-01T00:00:01Z', objects: [] },
  } as unknown as Parameters<typeof writeManifest>[2];
  await writeManifest(local, manifestKey(ref, 'snapshot', 'one'), header, { rows: ['secret'] }, lock());
}

function deps(more: Partial<DestructionDeps> = {}): DestructionDeps {
  return {
    ...local,
    ...{ model: { format: 'holdfast.tenant-model/1', tables: [] }, settings: defaultSettings({}) },
    ...{ slot: 'slot', publication: 'publication', region: 'eu-central-1' },
    requireNoHold: async () => {
      if (held) throw new ConflictError('destruction-running', 'A legal hold stands.', { hint: 'None.' });
    },
    ...more,
  } as DestructionDeps;
}

const killedAt = (point: CrashPoint) =>
  deps({
    crash: at => {
      if (at === point) throw new Killed(point);
    },
  });

function responsible(request = 'request-1'): Responsible {
  const people = { requestedBy: 'arn:aws:iam::1:user/ann', approvedBy: ['bob', 'cyd'], reason: 'left us' };
  return { request, ...people, ticket: 'T-1', planHash: 'a'.repeat(64), brokeGlass: false };
}

async function begun(request?: string, days = 7) {
  const plan = await planDestruction(deps(), acme, { days });
  return executeDestruction(deps(), acme, plan, responsible(request));
}

/** Whether the key can be used; `key-destroyed` if not. */
const opens = (ref: TenantRef) =>
  sealed
    .get(ref)!
    .then(message => local.keyring.open(ref, message))
    .then(
      () => true,
      error => (error as HoldfastError).code,
    );
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    error => (error instanceof HoldfastError ? error.code : error.message),
  );
const publicKey = async () => {
  const keys = join(local.dir, 'keys');
  const file = (await readdir(keys)).find(name => /[0-9a-f]{64}/.test(name))!;
  return readFile(join(keys, file), 'utf8');
};

describe('a plan', () => {
  it('lists every copy and what is out of reach, and is the same for the same copies', async () => {
    const plan = await planDestruction(deps(), acme);
    expect(plan).toEqual(await planDestruction(deps(), acme));
    expect(plan).toMatchObject({ days: 7, mode: 'file', keys: [{ id: `${acme}.key` }], log: null, live: null });
    expect(plan.copies.map(({ kind, objects }) => [kind, objects])).toEqual([
      ['checkpoints', 1],
      ['digest-key', 1],
      ['manifests/snapshot', 1],
      ['packs', 2],
    ]);
    expect(plan.outside.map(({ what }) => what).join()).toMatch(/database.*snapshots.*keys directory/);
    expect(JSON.stringify(plan)).not.toContain('Jane');
  });

  it('asks the cluster what it keeps, where somebody can', async () => {
    const clusterBackups = { list: async () => [{ what: '3 snapshots', ends: '2026-03-01' }] };
    const { outside } = await planDestruction(deps({ clusterBackups }), acme);
    expect(outside).toContainEqual({ what: '3 snapshots', ends: '2026-03-01' });
  });

  it('is refused for the keys that prove it, for a hold, and for a key that is gone', async () => {
    for (const owner of [SYSTEM, AUDITORS]) expect(await code(planDestruction(deps(), owner))).toBe('not-a-tenant');
    held = true;
    expect(await code(planDestruction(deps(), acme))).not.toBe('done');
    held = false;
    await local.keyring.destroyKey(acme);
    expect(await code(planDestruction(deps(), acme))).toBe('key-destroyed');
  });
});

describe('a destruction', () => {
  it('opens nothing from its order on, and after the countdown there is a certificate of it', async () => {
    const result = await begun();
    expect(result.deletionDate).toBe('2026-01-22T12:00:00.000Z');
    expect(result.tried.map(({ kind }) => kind).toSorted()).toEqual([
      'checkpoints',
      'digest-key',
      'manifests/snapshot',
      'packs',
      'packs',
    ]);
    expect(await opens(acme)).toBe('key-destroyed');
    expect(await opens(other)).toBe(true);
    expect(await code(finishDestruction(deps(), acme, 'ann'))).toBe('countdown-running');
    local.clock.advance(7 * DAY_MS);
    const { certificate, remains, appendix } = await finishDestruction(deps(), acme, 'ann');
    expect(certificate).toMatchObject({ responsible: responsible(), deletionDate: result.deletionDate });
    expect(certificate.nameDigest).toBe(nameDigest(local.installation, NAME));
    expect(certificate.proof).toHaveLength(5);
    expect(appendix).toBeUndefined();
    expect(remains).toMatchObject({ removed: 0, objects: 5 });
    expect(JSON.stringify(certificate)).not.toMatch(/Jane|secret/);
    expect(await readdir(join(local.dir, 'keys'))).not.toContain(`${acme}.key`);
    expect(await tenants.get(local.catalog, acme)).toMatchObject({ tenantId: null, destruction: 'done' });
  });

  it('has an appendix once the last lock has ended and nothing is left', async () => {
    await begun();
    local.clock.advance(31 * DAY_MS);
    const first = await finishDestruction(deps(), acme, 'ann');
    // The digest key is locked longer than any backup.
    expect(first.remains).toMatchObject({ removed: 4, objects: 1 });
    expect(first.appendix).toBeUndefined();
    local.clock.set(first.remains.lockedUntil!);
    local.clock.advance(1000);
    const second = await finishDestruction(deps(), acme, 'ann');
    expect(second.appendix).toMatchObject({ tenant: acme, regions: ['eu-central-1'] });
    expect(second.certificate).toEqual(first.certificate);
    expect((await destructionStatus(deps(), acme))?.stage).toBe('complete');
    expect(await opens(other)).toBe(true);
  });

  it('can be cancelled until its end, and everything is as before', async () => {
    await begun();
    expect((await destructionStatus(deps(), acme))?.stage).toBe('counting');
    await cancelDestruction(deps(), acme, { by: 'ann', reason: 'a mistake' });
    await cancelDestruction(deps(), acme, { by: 'bob', reason: 'again' });
    expect(await opens(acme)).toBe(true);
    expect(await tenants.get(local.catalog, acme)).toEqual({
      ...{ ref: acme, tenantId: NAME, firstSeen: '2026-01-01T00:00:00.000Z' },
    });
    expect(await destructionStatus(deps(), acme)).toMatchObject({ stage: 'cancelled' });
    local.clock.advance(30 * DAY_MS);
    expect(await code(finishDestruction(deps(), acme, 'ann'))).toBe('no-destruction');
    expect(await opens(acme)).toBe(true);
  });

  it('that was cancelled can be requested again, and its old approval counts no more', async () => {
    await begun('first');
    await cancelDestruction(deps(), acme, { by: 'ann', reason: 'wait' });
    expect(await code(begun('first'))).toBe('destruction-cancelled');
    expect(await opens(acme)).toBe(true);
    expect((await begun('second')).number).toBe(2);
    expect(await opens(acme)).toBe('key-destroyed');
  });

  it('never gives a tenant that returns under the same id a key', async () => {
    await begun();
    expect(await code(local.keyring.ensureKey(acme))).toBe('key-destroyed');
    local.clock.advance(8 * DAY_MS);
    await finishDestruction(deps(), acme, 'ann');
    expect(await code(local.keyring.ensureKey(acme))).toBe('key-destroyed');
    expect(await code(ensureDigestKey({ ...local, memory: (await localDepsOf()).memory }, acme))).toBe('key-destroyed');
  });

  it('is not undone by rebuilding the catalog, from which its name is gone', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    await finishDestruction(deps(), acme, 'ann');
    await local.catalog.write([tenants.remove(acme), tenants.remove(other)]);
    await rebuildCatalog(local);
    expect(await tenants.get(local.catalog, acme)).toMatchObject({ tenantId: null, destruction: 'done' });
  });

  it('is not undone by rebuilding the catalog after its last object is gone', async () => {
    await begun();
    local.clock.advance(9 * 366 * DAY_MS);
    expect((await finishDestruction(deps(), acme, 'ann')).appendix).toBeDefined();
    await local.catalog.write([tenants.remove(acme)]);
    await rebuildCatalog(local);
    expect(await tenants.get(local.catalog, acme)).toMatchObject({ tenantId: null, destruction: 'done' });
  });
});

describe('killed at any point', () => {
  const steps = ['destroy.after-order', 'destroy.after-catalog', 'destroy.after-schedule'] as const;
  it.each(steps)('%s, a destruction is continued by the same request', async point => {
    const plan = await planDestruction(deps(), acme);
    await expect(executeDestruction(killedAt(point), acme, plan, responsible())).rejects.toThrow(Killed);
    expect(await code(executeDestruction(deps(), acme, plan, responsible('other')))).toBe('destruction-running');
    expect(await executeDestruction(deps(), acme, plan, responsible())).toMatchObject({ number: 1 });
    expect(await opens(acme)).toBe('key-destroyed');
  });

  it.each(steps)('%s, it can be cancelled', async point => {
    const plan = await planDestruction(deps(), acme);
    await expect(executeDestruction(killedAt(point), acme, plan, responsible())).rejects.toThrow(Killed);
    await cancelDestruction(deps(), acme, { by: 'ann', reason: 'a mistake' });
    expect(await opens(acme)).toBe(true);
    expect((await tenants.get(local.catalog, acme))?.destruction).toBeUndefined();
  });

  it('while it is cancelled, the cancellation is completed by the next run', async () => {
    await begun();
    const cancelling = cancelDestruction(killedAt('destroy.after-cancel'), acme, { by: 'ann', reason: 'a mistake' });
    await expect(cancelling).rejects.toThrow(Killed);
    local.clock.advance(8 * DAY_MS);
    expect(await code(finishDestruction(deps(), acme, 'bob'))).toBe('no-destruction');
    expect(await superviseDestructions({ ...deps(), record })).toEqual([{ tenant: acme, stage: 'cancelled' }]);
    expect(await opens(acme)).toBe(true);
  });

  it.each([
    'destroy.after-outcome',
    'destroy.after-key',
    'destroy.after-certificate',
    'destroy.during-removal',
  ] as const)('%s, it is finished by the next run, with one certificate', async point => {
    await begun();
    local.clock.advance(31 * DAY_MS);
    await expect(finishDestruction(killedAt(point), acme, 'ann')).rejects.toThrow(Killed);
    expect(await code(cancelDestruction(deps(), acme, { by: 'eve', reason: 'late' }))).toBe('destruction-final');
    expect(await superviseDestructions({ ...deps(), record })).toEqual([{ tenant: acme, stage: 'certified' }]);
    const again = await finishDestruction(deps(), acme, 'bob');
    expect(again.remains.objects).toBe(1);
    await verifyDestruction(await local.vault.get(again.key), await publicKey(), local.vault);
  });
});

describe('a legal hold', () => {
  it('refuses the order', async () => {
    const plan = await planDestruction(deps(), acme);
    held = true;
    expect(await code(executeDestruction(deps(), acme, plan, responsible()))).not.toBe('done');
    expect(await opens(acme)).toBe(true);
  });

  it.each(['destroy.after-order', 'destroy.after-catalog', 'destroy.after-schedule'] as const)(
    'that is placed at %s keeps the key',
    async point => {
      const plan = await planDestruction(deps(), acme);
      const racing = deps({
        crash: at => {
          if (at === point) held = true;
        },
      });
      expect(await code(executeDestruction(racing, acme, plan, responsible()))).not.toBe('done');
      held = false;
      await stopForHold(deps(), acme);
      expect(await opens(acme)).toBe(true);
    },
  );

  it('stops the countdown, with an alarm', async () => {
    await begun();
    expect(await stopForHold(deps(), acme)).toBe(true);
    expect(await stopForHold(deps(), acme)).toBe(false);
    expect(await opens(acme)).toBe(true);
    expect(local.notices.map(notice => notice.code)).toContain('destruction-stopped');
  });

  it('stops it by being placed, and the key is not destroyed while it stands', async () => {
    const wired = destructionDeps(local as unknown as DestructionDeps);
    await begun();
    const input = { matter: 'Smith v. Doe', from: null, reviewBy: null, hidden: false };
    await placeHold(local, acme, planHold(local, input), responsible(newId(local)));
    expect(await opens(acme)).toBe(true);
    expect((await destructionStatus(deps(), acme))?.stage).toBe('cancelled');
    expect(await code(planDestruction({ ...deps(), requireNoHold: wired.requireNoHold }, acme))).toBe('under-hold');
  });

  it('keeps the key even if nobody stopped the countdown', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    held = true;
    expect(await code(finishDestruction(deps(), acme, 'ann'))).not.toBe('done');
    expect((await local.keyring.destructionState(acme)).keys).toHaveLength(1);
    // On one machine the key is still there: the hold gets it back.
    await stopForHold(deps(), acme);
    expect(await opens(acme)).toBe(true);
  });

  it.each(['destroy.after-order', 'destroy.after-catalog'] as const)(
    'placed at %s leaves no order behind: the tenant is backed up as before',
    async point => {
      const plan = await planDestruction(deps(), acme);
      const racing = deps({
        crash: at => {
          if (at === point) held = true;
        },
      });
      expect(await code(executeDestruction(racing, acme, plan, responsible()))).not.toBe('done');
      expect((await destructionStatus(deps(), acme))?.stage).toBe('cancelled');
      expect((await tenants.get(local.catalog, acme))?.destruction).toBeUndefined();
    },
  );

  it('on a destruction that is final brings the key back, and after its release it is finished', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    await expect(finishDestruction(killedAt('destroy.after-outcome'), acme, 'ann')).rejects.toThrow(Killed);
    const input = { matter: 'Smith v. Doe', from: null, reviewBy: null, hidden: false };
    await placeHold(local, acme, planHold(local, input), responsible(newId(local)));
    expect(await opens(acme)).toBe(true);
    held = true;
    const supervise = () => superviseDestructions({ ...deps(), record });
    expect(await supervise()).toMatchObject([{ stage: 'due', failed: expect.any(String) }]);
    expect([await opens(acme), events]).toEqual([true, []]);
    held = false;
    expect(await supervise()).toEqual([{ tenant: acme, stage: 'certified' }]);
    expect(await opens(acme)).toBe('key-destroyed');
    expect(events).toEqual(['holdfast destroy started', 'holdfast destroy done']);
  });

  it('and no key is destroyed by the daily run whose event cannot be written', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    const failing = () => Promise.reject(new ConflictError('lost-race' as never, 'No.', { hint: 'None.' }));
    expect(await superviseDestructions({ ...deps(), record: failing })).toMatchObject([{ stage: 'due' }]);
    expect((await local.keyring.destructionState(acme)).state).toBe('pending');
  });

  it('that comes when the key is gone is not certified: nothing of it can be opened', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    await finishDestruction(deps(), acme, 'ann');
    const input = { matter: 'Smith v. Doe', from: null, reviewBy: null, hidden: false };
    const placing = placeHold(local, acme, planHold(local, input), responsible(newId(local)));
    expect(await code(placing)).toBe('key-destroyed');
  });

  it('that comes between the last check and the key stops it', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    const racing = deps({
      crash: at => {
        if (at === 'destroy.after-outcome') held = true;
      },
    });
    expect(await code(finishDestruction(racing, acme, 'ann'))).not.toBe('done');
    expect((await local.keyring.destructionState(acme)).keys).toHaveLength(1);
  });

  it('whose record is written at the last moment wins: nothing of the key is removed, and the hold gets it back', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    let looks = 0;
    // The answers before were given a moment too early.
    const racing = deps({
      requireNoHold: async () => {
        looks += 1;
        if (looks === 2) throw new ConflictError('under-hold', 'A legal hold stands.', { hint: 'None.' });
      },
    });
    expect(await code(finishDestruction(racing, acme, 'ann'))).toBe('under-hold');
    expect(await local.keyring.destructionState(acme)).toMatchObject({ state: 'pending', keys: [{}] });
    await stopForHold(deps(), acme);
    expect(await opens(acme)).toBe(true);
  });

  it('about which nobody can tell stops it too', async () => {
    const silent = deps({ requireNoHold: () => Promise.reject(new Error('no answer')) });
    expect(await code(planDestruction(silent, acme))).toBe('no answer');
    await begun();
    local.clock.advance(8 * DAY_MS);
    expect(await code(finishDestruction(silent, acme, 'ann'))).toBe('no answer');
    expect((await local.keyring.destructionState(acme)).keys).toHaveLength(1);
  });
});

describe('on a key service that deletes on a day of its own', () => {
  /** Still lists the key. */
  const slow = () => ({
    ...deps(),
    keyring: {
      ...local.keyring,
      destructionState: async (ref: TenantRef) => ({
        ...(await local.keyring.destructionState(ref)),
        keys: [{ id: 'k' }],
      }),
    },
    record,
  });

  it('there is no certificate while the key is still there, and nobody is alarmed until it is late', async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    const waits = { tenant: acme, stage: 'due', failed: 'key-remains' };
    expect(await superviseDestructions(slow())).toEqual([waits]);
    local.clock.advance(4 * DAY_MS);
    expect(await superviseDestructions(slow())).toEqual([{ ...waits, late: true }]);
    expect(await superviseDestructions({ ...deps(), record })).toEqual([{ tenant: acme, stage: 'certified' }]);
  });

  it('an order that never reached the key service is late after three days', async () => {
    const plan = await planDestruction(deps(), acme);
    await code(executeDestruction(killedAt('destroy.after-order'), acme, plan, responsible()));
    const supervise = () => superviseDestructions({ ...deps(), record });
    expect(await supervise()).toEqual([{ tenant: acme, stage: 'interrupted' }]);
    local.clock.advance(4 * DAY_MS);
    expect(await supervise()).toEqual([{ tenant: acme, stage: 'interrupted', late: true }]);
  });

  it('one function destroys keys and removes nothing, and another removes and destroys no key', async () => {
    await begun();
    local.clock.advance(40 * DAY_MS);
    const remains = await superviseTenant({ ...deps(), record }, acme, 'remains');
    expect([remains.stage, (await local.keyring.destructionState(acme)).state]).toEqual(['due', 'pending']);
    expect((await superviseTenant({ ...deps(), record }, acme, 'keys')).stage).toBe('certified');
    const before = (await planned(acme)).length;
    expect(before).toBeGreaterThan(1);
    await superviseTenant({ ...deps(), record }, acme, 'remains');
    expect((await planned(acme)).length).toBeLessThan(before);
  });

  async function planned(ref: TenantRef): Promise<string[]> {
    const found: string[] = [];
    for await (const key of local.vault.keys(`tenants/${ref}/`)) found.push(key);
    return found;
  }
});

it('documents of one destruction that were altered stop no other', async () => {
  await begun();
  local.clock.advance(8 * DAY_MS);
  for (const ref of [acme.replace(/^./, 'a'), acme.replace(/^../, 'zz')] as TenantRef[])
    await local.vault.put(destructionKey(ref, 1, 'order'), Buffer.from('{}'), lock());
  const done = await superviseDestructions({ ...deps(), record });
  expect(done.find(({ tenant }) => tenant === acme)).toEqual({ tenant: acme, stage: 'certified' });
  expect(done.filter(({ failed }) => failed === 'object-altered')).toHaveLength(2);
});

describe('two people', () => {
  it('who order at once: one does, and the other is told', async () => {
    const plan = await planDestruction(deps(), acme);
    const results = await Promise.all(
      ['one', 'two', 'three'].map(request => code(executeDestruction(deps(), acme, plan, responsible(request)))),
    );
    expect(results.filter(result => result === 'done')).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set(['done', 'destruction-running']));
  });

  it('of whom one finishes and the other cancels: exactly one of both happens', async () => {
    for (let round = 0; round < 8; round++) {
      await begun(`round-${round}`);
      local.clock.advance(8 * DAY_MS);
      const [finished, cancelled] = await Promise.all([
        code(finishDestruction(deps(), acme, 'ann')),
        code(cancelDestruction(deps(), acme, { by: 'bob', reason: 'a mistake' })),
      ]);
      expect([finished, cancelled].filter(result => result === 'done')).toHaveLength(1);
      expect(await opens(acme)).toBe(cancelled === 'done' ? true : 'key-destroyed');
      if (finished === 'done') return;
    }
  });
});

describe('the proof', () => {
  it('fails for an object that another key opens', async () => {
    await putDocument(local, other, packKey(acme, 'zzz', 0), { rows: ['secret'] }, lock());
    expect(await code(begun())).toBe('still-opens');
    local.clock.advance(8 * DAY_MS);
    expect(await code(finishDestruction(deps(), acme, 'ann'))).toBe('still-opens');
    expect(local.notices.map(notice => notice.code)).toContain('destruction-unproved');
    expect((await destructionStatus(deps(), acme))?.stage).toBe('due');
  });

  it('fails for an object that is not sealed at all', async () => {
    await local.vault.put(packKey(acme, 'zzz', 0), Buffer.from('rows in the clear'), lock());
    expect(await code(begun())).toBe('still-opens');
  });

  it('fails for a keyring that still opens', async () => {
    const keyring = { ...local.keyring, open: async () => Buffer.from('rows') };
    const plan = await planDestruction(deps(), acme);
    expect(await code(executeDestruction(deps({ keyring }), acme, plan, responsible()))).toBe('still-opens');
  });

  it('is made of a tenant whose retention is on record, as after every expiry', async () => {
    const policy = periodsOf(defaultSettings({}).keep);
    const history = {
      format: 'holdfast.retention-policy/1',
      tenant: acme,
      sequence: 1,
      at: '2026-01-01T00:00:00.000Z',
    };
    await putSigned(local, retentionPolicyKey(acme, 1), { ...history, policy, because: 'first' }, lock());
    const plan = await planDestruction(deps(), acme);
    expect(plan.stays).toMatchObject({ retention: 1 });
    expect(plan.copies.map(({ kind }) => kind)).not.toContain('retention');
    expect((await begun()).tried).toHaveLength(5);
    local.clock.advance(8 * DAY_MS);
    await finishDestruction(deps(), acme, 'ann');
  });

  it('fails for anything else among the documents of its retention', async () => {
    await putSigned(local, retentionPolicyKey(acme, 1), { rows: ['secret'] }, lock());
    expect(await code(begun())).toBe('still-opens');
  });

  it('covers every region', async () => {
    const away = await localDeps();
    await away.vault.put(packKey(acme, 'one', 0), Buffer.from('rows in the clear'), lock());
    const otherPlaces = [{ region: 'eu-west-1', vault: away.vault }];
    const plan = await planDestruction(deps({ otherPlaces }), acme);
    expect(new Set(plan.copies.map(({ region }) => region))).toEqual(new Set(['eu-central-1', 'eu-west-1']));
    expect(await code(executeDestruction(deps({ otherPlaces }), acme, plan, responsible()))).toBe('still-opens');
    await away.dispose();
  });

  it('does not depend on the catalog', async () => {
    await local.catalog.write([tenants.remove(acme)]);
    expect((await begun()).tried).toHaveLength(5);
  });

  it('notices a key that was deleted directly, and certifies it only after an order', async () => {
    expect(await code(finishDestruction(deps(), acme, 'ann'))).toBe('no-destruction');
    await begun();
    await local.keyring.destroyKey(acme);
    expect(await code(cancelDestruction(deps(), acme, { by: 'ann', reason: 'x' }))).toBe('destruction-final');
    expect((await finishDestruction(deps(), acme, 'ann')).certificate.proof).toHaveLength(5);
  });

  it('is refused for other keys than the plan has', async () => {
    const plan = await planDestruction(deps(), acme);
    const changed = { ...plan, keys: [{ id: 'another' }] };
    expect(await code(executeDestruction(deps(), acme, changed, responsible()))).toBe('keys-changed');
    expect(await opens(acme)).toBe(true);
  });
});

describe('a certificate', () => {
  let file: string;
  let dir: string;
  beforeEach(async () => {
    await begun();
    local.clock.advance(8 * DAY_MS);
    const { key } = await finishDestruction(deps(), acme, 'ann');
    dir = await mkdtemp(join(tmpdir(), 'holdfast-certificate-'));
    file = Buffer.from(await local.vault.get(key)).toString('utf8');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const verified = async (text: string) => verifyDestruction(Buffer.from(text), await publicKey(), local.vault);

  it('is verified with itself, the public key and the vault alone', async () => {
    expect((await verified(file)).objects).toEqual({ same: 5, removed: 0 });
    local.clock.advance(31 * DAY_MS);
    await finishDestruction(deps(), acme, 'ann');
    expect((await verified(file)).objects).toEqual({ same: 1, removed: 4 });
  });

  it('is refused if it was altered, is of another tenant, or was signed by somebody else', async () => {
    const signed = JSON.parse(file) as { document: string; signature: { value: string } };
    const altered = { ...signed, document: signed.document.replace('left us', 'never was') };
    const foreign = { ...signed, document: signed.document.replaceAll(acme, other) };
    for (const forged of [altered, foreign])
      expect(await code(verified(JSON.stringify(forged)))).toBe('certificate-invalid');
    const elsewhere = await localDeps();
    const theirs = Buffer.from(await elsewhere.signer.sign(Buffer.from(signed.document))).toString('base64');
    const resigned = { ...signed, signature: { ...signed.signature, value: theirs } };
    expect(await code(verified(JSON.stringify(resigned)))).toBe('certificate-invalid');
    await elsewhere.dispose();
    expect(await code(verified(''))).toBe('certificate-invalid');
  });

  it('is refused if the vault contradicts it', async () => {
    const signed = JSON.parse(file) as object;
    expect(await code(verified(JSON.stringify({ ...signed, more: 1 })))).toBe('certificate-invalid');
    await local.tamper(destructionKey(acme, 1, 'order'), bytes => Buffer.concat([bytes, Buffer.from(' ')]));
    expect(await code(verified(file))).toBe('certificate-invalid');
  });

  it('is verified by a program that has nothing of Holdfast', async () => {
    const [path, pem, script] = [join(dir, 'certificate.json'), join(dir, 'key.pem'), join(dir, 'verify.mjs')];
    await writeFile(path, file);
    await writeFile(pem, await publicKey());
    const example = join(import.meta.dirname, '../../../examples/verify-destruction.mjs');
    await writeFile(script, await readFile(example));
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [script, path, pem], { cwd: dir });
    expect(stdout).toContain('is valid');
    expect(stdout).toContain(acme);
    await writeFile(path, file.replace('left us', 'left it'));
    await expect(run(process.execPath, [script, path, pem], { cwd: dir })).rejects.toMatchObject({ code: 1 });
  });

  it('cannot be replaced by another process, nor read if somebody altered it', async () => {
    const key = destructionKey(acme, 1, 'certificate');
    expect(await code(local.vault.put(key, Buffer.from('x'), lock()))).toBe('object-exists');
    await local.tamper(key, bytes => Buffer.from(bytes.toString().replace('left us', 'left it')));
    expect(await code(finishDestruction(deps(), acme, 'ann'))).toBe('object-altered');
  });
});

async function localDepsOf() {
  return { memory: (await import('../../../lib/local/process-memory.ts')).processMemory() };
}
