/**
 * Evidence bundles: each fact is found by looking, so that a control turns to not met when its evidence is taken away; the
 * bundle names no tenant; it is verified in another process with nothing but its files and the public key.
 */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../../lib/codec/digest.ts';
import type { DrillRecord } from '../../../../lib/domain/drill.ts';
import { type EvidenceBundle, FRAMEWORKS, type Framework } from '../../../../lib/domain/evidence/bundle.ts';
import { evidencePage } from '../../../../lib/domain/evidence/evidence-page.ts';
import { FACTS, type FactName } from '../../../../lib/domain/evidence/facts.ts';
import { CONTROLS } from '../../../../lib/domain/evidence/frameworks.ts';
import { auditEventKey, governanceKey } from '../../../../lib/domain/governance-key.ts';
import { requestPartKey } from '../../../../lib/domain/governed-request.ts';
import { newId } from '../../../../lib/domain/new-id.ts';
import { manifestKey, retentionPolicyKey } from '../../../../lib/domain/object-key.ts';
import { periodsOf } from '../../../../lib/domain/policy-change.ts';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { AUDITORS, SYSTEM, tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { backups, erasures, restores, runs } from '../../../../lib/operations/catalog/catalog-index.ts';
import { anchorAudit } from '../../../../lib/operations/governance/anchor-audit.ts';
import { appendEvent } from '../../../../lib/operations/governance/audit-trail.ts';
import { makeBundleFiles } from '../../../../lib/operations/governance/evidence/evidence-bundle.ts';
import { gatherEvidence } from '../../../../lib/operations/governance/evidence/gather-evidence.ts';
import { verifyEvidence } from '../../../../lib/operations/governance/evidence/verify-evidence.ts';
import { expireBackups, planExpiry } from '../../../../lib/operations/retention/expire-backups.ts';
import { putDrillRecord } from '../../../../lib/operations/storage/drill-records.ts';
import { writeManifest } from '../../../../lib/operations/storage/manifest-store.ts';
import { putSigned } from '../../../../lib/operations/storage/signed-document.ts';
import { anna, acme as governedAcme, governedWorld, olga } from '../../../support/governed.ts';
import { type LocalDeps, localDeps } from '../../../support/local-deps.ts';
import { DAY, makeDay } from '../../../support/made-years.ts';

const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const DAYS = 4;
const settings = defaultSettings();
const NAME = 'Acme <& Söhne> GmbH';
const script = join(import.meta.dirname, '../../../../examples/verify-evidence/verify-evidence.mjs');
const run = promisify(execFile);

let deps: LocalDeps;
const acme = tenantRef('test-installation', tenantId(NAME));
const range = { from: new Date(BEGIN + DAY), to: new Date(BEGIN + (DAYS + 1) * DAY) };
const configuration = {
  ...{ place: 'aws' as const, regions: ['eu-central-1', 'eu-west-1'], keys: 'dedicated' as const },
  ...{ retention: periodsOf(settings.keep), approvals: { restore: 1, release: 2, destroy: 2, 'change-policy': 1 } },
  roles: { approver: 2 },
};

beforeEach(async () => {
  deps = await localDeps({ now: new Date(BEGIN) });
  for (const owner of [acme, SYSTEM, AUDITORS]) await deps.keyring.ensureKey(owner);
  for (let day = 0; day < DAYS; day++) {
    deps.clock.set(new Date(BEGIN + (day + 2) * DAY));
    await makeDay(deps, [tenantId(NAME)], { begin: BEGIN, day, wrongBy: 0, settings });
  }
  deps.clock.set(range.to);
  await expireBackups(deps, await planExpiry(deps, () => settings.keep));
  for (const item of await backups.list(deps.catalog, acme)) {
    await deps.catalog.write([backups.put(acme, { ...item, verified: { at: iso(-1), ok: true } })]);
  }
  deps.clock.set(iso(-2));
  await recordRestore();
  deps.clock.set(range.to);
  const who = { name: 'ann', proof: 'operating-system' as const, roles: [], tenants: [] };
  await appendEvent({ ...deps, settings }, acme, { who, action: 'restore', outcome: 'done' });
  await anchorAudit({ ...deps, settings }, who);
});
afterEach(() => deps.dispose());

/** Hours from the end of the range. */
const iso = (hours: number) => new Date(range.to.getTime() + hours * 3600_000).toISOString();

/** A restore beside the live rows, and an erasure: signed records with bodies that no look opens. */
async function recordRestore() {
  const at = iso(-2);
  for (const kind of ['restore-record', 'erasure'] as const) {
    const id = newId(deps, deps.clock.now());
    const header = {
      ...{ kind, id, tenant: acme, previous: null, objects: [], from: '0/0' as const, to: '0/0' as const },
      ...{ createdAt: at, fromTime: at, toTime: at },
    };
    const retainUntil = new Date(range.to.getTime() + 30 * DAY);
    const { key, sha256 } = await writeManifest(deps, manifestKey(acme, kind, id), header, {}, { retainUntil });
    const record = { id, key, sha256, at };
    await deps.catalog.write([
      kind === 'erasure'
        ? erasures.put(acme, { ...record, table: 'public.people', count: 2 })
        : restores.put(acme, id, { ...record, state: 'done', place: 'side-by-side' }),
    ]);
  }
  const retainUntil = new Date(range.to.getTime() + DAY);
  for (const kind of ['holds', 'destructions'] as const)
    await putSigned(deps, governanceKey(kind, acme, 'one'), { kind }, { retainUntil });
}

const gather = (framework: Framework = 'soc2') => gatherEvidence(deps, { framework, ...range, configuration });

/** Over all frameworks: whether the fact is shown. */
async function shownFacts(): Promise<Map<FactName, boolean>> {
  const shown = new Map<FactName, boolean>();
  for (const framework of FRAMEWORKS) {
    for (const { name, shown: is } of (await gather(framework)).facts) shown.set(name, is);
  }
  return shown;
}

/** What takes the evidence of each fact away. The others are tested below. */
const TAKEN: Partial<Record<FactName, () => Promise<unknown>>> = {
  'backups-taken': async () => {
    const item = (await backups.list(deps.catalog, acme)).find(each => each.kind === 'snapshot')!;
    await deps.tamper(item.key, () => undefined);
  },
  'backups-verified': async () => {
    for (const item of await backups.list(deps.catalog, acme)) {
      const { verified: _, ...rest } = item;
      await deps.catalog.write([backups.put(acme, rest)]);
    }
  },
  'objects-locked': async () => deps.clock.set(new Date(range.to.getTime() + 4000 * DAY)),
  'sealed-per-tenant': async () => {
    const item = (await backups.list(deps.catalog, acme)).findLast(each => each.kind === 'snapshot')!;
    await deps.tamper(item.key, () => undefined);
  },
  'restores-recorded': async () => {
    const [item] = (await restores.list(deps.catalog, acme)) as { id: string; key: string }[];
    await deps.tamper(item!.key, () => undefined);
  },
  'restore-drills': async () => {
    const [item] = (await restores.list(deps.catalog, acme)) as { id: string }[];
    await deps.catalog.write([restores.put(acme, item!.id, { ...item, place: 'in-place' })]);
  },
  'erasures-recorded': async () => {
    const [item] = await erasures.list(deps.catalog, acme);
    await deps.tamper(item!.key, () => undefined);
  },
  'retention-in-force': () => deps.tamper(retentionPolicyKey(acme, 1), () => undefined),
  'retention-applied': async () => deps.clock.set(new Date(range.to.getTime() + 4000 * DAY)),
  'audit-trail': () => deps.tamper(auditEventKey(acme, 1), () => undefined),
  'legal-holds': () => deps.tamper(governanceKey('holds', acme, 'one'), () => undefined),
  destructions: () => deps.tamper(governanceKey('destructions', acme, 'one'), () => undefined),
};

describe('a fact', () => {
  it('is shown where its evidence is stored', async () => {
    const shown = await shownFacts();
    expect([...shown.keys()].sort()).toEqual([...FACTS].sort());
    const missing = [...shown].filter(([, is]) => !is).map(([name]) => name);
    // No request was executed, and the log of the fixture comes twice a day.
    expect(missing.sort()).toEqual(['approvals', 'log-shipped']);
  });

  it.each(Object.keys(TAKEN) as FactName[])('%s is not shown once its evidence is gone', async name => {
    await TAKEN[name]!();
    expect((await shownFacts()).get(name)).toBe(false);
  });

  it('log-shipped is shown while the log advances in time, and not once a run is altered', async () => {
    const run = (await runs.latest(deps.catalog))!;
    const around = (minutes: number) => new Date(Date.parse(run.toTime) + minutes * 60_000);
    const look = async (minutes: number) => {
      const asked = { framework: 'dora' as const, from: around(-minutes), to: around(minutes), configuration };
      return (await gatherEvidence(deps, asked)).facts.find(({ name }) => name === 'log-shipped')!.shown;
    };
    deps.clock.set(around(100));
    expect([await look(30), await look(90)]).toEqual([true, false]);
    await deps.tamper(run.key, bytes => bytes.fill(0, 10, 20));
    expect(await look(30)).toBe(false);
  });

  it('restore-drills are shown by signed records of drills, and not while the last one failed or one was altered', async () => {
    await TAKEN['restore-drills']!();
    const look = async () => (await gather('dora')).facts.find(({ name }) => name === 'restore-drills')!;
    const drill = (hours: number, outcome: 'passed' | 'failed', kind: DrillRecord['kind'] = 'single-tenant') =>
      putDrillRecord(
        { ...deps, settings },
        {
          ...{ format: 'holdfast.drill-record/1', id: newId(deps, new Date(iso(hours))), kind, outcome, seed: 's' },
          ...{ installation: 'test-installation', startedBy: 'ann', startedAt: iso(hours), endedAt: iso(hours) },
          scratch: { place: 'outside', server: 'scratch:5432', database: 'd' },
          ...{ findings: [], phases: [], tenants: [], acceptance: [] },
        },
      );
    expect((await look()).shown).toBe(false);
    // A game day restores nothing, and this one is after the range.
    await drill(-5, 'passed', 'game-day');
    await drill(5, 'passed');
    expect((await look()).shown).toBe(false);
    await drill(-4, 'failed');
    expect(await look()).toMatchObject({
      shown: false,
      missing: expect.arrayContaining([expect.stringContaining('single-tenant')]),
    });
    const { key } = await drill(-3, 'passed');
    expect(await look()).toMatchObject({
      ...{ shown: true, missing: [] },
      found: ['1 drill proved; 2 of all drills ran outside the source system.'],
    });
    await deps.tamper(key, bytes => bytes.fill(0, 10, 20));
    expect((await look()).shown).toBe(false);
  });

  it('approvals are shown by signed decisions on executed requests, and not once a result is gone', async () => {
    const world = await governedWorld();
    world.rule = { approvals: 1, from: ['approver'] };
    const id = await world.ask();
    await world.decide(anna, id);
    await world.execute(olga, id);
    const now = world.deps.clock.now().getTime();
    const asked = { framework: 'sox' as const, from: new Date(now - DAY), to: new Date(now + DAY), configuration };
    const look = async () => (await gatherEvidence(world.deps, asked)).facts.find(({ name }) => name === 'approvals')!;
    expect(await look()).toMatchObject({
      shown: true,
      found: ['1 request executed, 1 of them approved by other people.'],
    });
    const unapproved = { ...asked, configuration: { ...configuration, approvals: {} } };
    const { facts } = await gatherEvidence(world.deps, unapproved);
    expect(facts.find(({ name }) => name === 'approvals')!.shown).toBe(false);
    await world.deps.tamper(requestPartKey(governedAcme, id, 'result'), () => undefined);
    expect((await look()).shown).toBe(false);
    await world.deps.dispose();
  });

  it('is not shown without a second region, and without roles', async () => {
    const alone = { ...configuration, regions: ['eu-central-1'], roles: {} };
    const { facts, controls } = await gatherEvidence(deps, { framework: 'soc2', ...range, configuration: alone });
    const shown = new Map(facts.map(fact => [fact.name, fact.shown]));
    expect([shown.get('other-regions'), shown.get('roles')]).toEqual([false, false]);
    expect(controls.find(({ id }) => id === 'A1.2')!.missing).toContain('The vault has no copy in another region.');
  });

  it('cites every object by the digest of its stored bytes', async () => {
    for (const fact of (await gather('gdpr')).facts) {
      for (const { key, sha256 } of fact.evidence.listed)
        expect(sha256Hex(await deps.vault.get(key)), `${fact.name} ${key}`).toBe(sha256);
    }
  });
});

describe('a control', () => {
  it.each(FRAMEWORKS)('of %s is met exactly if all of its facts are shown', async framework => {
    const { controls, facts } = await gather(framework);
    const shown = new Map(facts.map(fact => [fact.name, fact.shown]));
    expect(controls.map(({ id }) => id)).toEqual(CONTROLS[framework].controls.map(({ id }) => id));
    for (const control of controls) {
      const count = control.facts.filter(name => shown.get(name)).length;
      const state = count === control.facts.length ? 'met' : count > 0 ? 'partly-met' : 'not-met';
      expect(control.state, control.id).toBe(state);
      expect(control.missing.length > 0, control.id).toBe(state !== 'met');
      expect(control.questions.length, control.id).toBeGreaterThan(0);
    }
  });

  it('is not met by an installation without any backup', async () => {
    const empty = await localDeps();
    for (const framework of FRAMEWORKS) {
      const bare = { ...configuration, regions: [], roles: {}, approvals: {} };
      const { controls } = await gatherEvidence(empty, { framework, ...range, configuration: bare });
      expect(
        controls.every(({ state }) => state === 'not-met'),
        framework,
      ).toBe(true);
    }
    await empty.dispose();
  });
});

describe('a bundle', () => {
  const filesOf = async (bundle: EvidenceBundle) => makeBundleFiles(deps, bundle, 30);

  it('is the same for the same vault, range and clock, its signature included', async () => {
    const [one, two] = [await filesOf(await gather()), await filesOf(await gather())];
    for (const [name, bytes] of one) expect(two.get(name)!.equals(bytes), name).toBe(true);
  });

  it('names no tenant, no row and no key', async () => {
    for (const bytes of (await filesOf(await gather('gdpr'))).values()) {
      const text = bytes.toString('utf8');
      for (const secret of [NAME, 'Acme', 'Söhne', 'PRIVATE KEY']) expect(text).not.toContain(secret);
    }
  });

  it('escapes everything on its page, which runs no script and loads nothing', async () => {
    const bundle = await gather('dora');
    const page = evidencePage({ ...bundle, installation: '<script>alert(1)</script>', title: '"x" & <y>' });
    expect(page).not.toMatch(/<script|src=|href="(?!#)|url\(|@import/i);
    expect(page).toContain('&lt;script&gt;');
  });

  it('is verified in another process with its files and the public key alone, until a byte is changed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-evidence-'));
    const key = join(dir, 'key.pem');
    const folder = join(dir, 'bundle');
    const pem = await deps.signer.publicKey();
    await writeFile(key, pem);
    const files = await filesOf(await gather());
    await mkdir(folder);
    for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
    expect((await run(process.execPath, [script, folder, key])).stdout).toContain('verified');
    expect(verifyEvidence(files, pem)).toMatchObject({ ok: true, problems: [] });
    for (const name of files.keys()) {
      const changed = Buffer.from(files.get(name)!);
      const at = changed.indexOf('2026');
      changed[at < 0 ? changed.indexOf('manifest"') + 14 : at]! ^= 1;
      await writeFile(join(folder, name), changed);
      await expect(run(process.execPath, [script, folder, key]), name).rejects.toMatchObject({ code: 1 });
      expect(verifyEvidence(new Map([...files, [name, changed]]), pem).ok, name).toBe(false);
      await writeFile(join(folder, name), files.get(name)!);
    }
    const other = await localDeps();
    expect(verifyEvidence(files, await other.signer.publicKey()).ok).toBe(false);
    expect(verifyEvidence(new Map([...files, ['extra.txt', Buffer.from('x')]]), pem).ok).toBe(false);
    await other.dispose();
    await rm(dir, { recursive: true });
  });

  it('leaves room for the sign-off of a reviewer, which does not break the signature', async () => {
    const files = new Map(await filesOf(await gather()));
    const signOff = JSON.parse(files.get('sign-off.json')!.toString('utf8'));
    signOff.reviewer = 'Ann';
    signOff.controls[0].conclusion = 'deficient';
    signOff.controls[0].correctiveAction = {
      action: 'Drill every quarter.',
      owner: 'Bob',
      due: '2026-03-01',
      done: null,
    };
    files.set('sign-off.json', Buffer.from(JSON.stringify(signOff)));
    expect(verifyEvidence(files, await deps.signer.publicKey())).toMatchObject({ ok: true });
  });

  it('is refused for a range that ends before it begins, and for an unknown tenant', async () => {
    const asked = { framework: 'sox' as const, from: range.to, to: range.from, configuration };
    await expect(gatherEvidence(deps, asked)).rejects.toMatchObject({ code: 'bad-range' });
    const tenant = tenantRef('test-installation', tenantId('nobody'));
    await expect(gatherEvidence(deps, { ...asked, ...range, tenant })).rejects.toMatchObject({
      code: 'unknown-tenant',
    });
  });
});
