/**
 * Eight years of days with failed ones, changed policies, snapshots for reasons, legal holds and tenants that leave and return, against a model
 * that remembers every snapshot ever taken (test/support/retention-model.ts). A failure prints its seed:
 *
 *     HOLDFAST_SEED=7 HOLDFAST_HISTORIES=50 npx vitest run --project unit test/unit/operations/retention-years.property.test.ts
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keptForReason, ReasonRetention } from '../../../lib/domain/backup-reason.ts';
import { policyApprovalPrefix } from '../../../lib/domain/object-key.ts';
import type { PolicyApproval } from '../../../lib/domain/policy-change.ts';
import type { RetentionPolicy } from '../../../lib/domain/retention.ts';
import { defaultSettings } from '../../../lib/domain/settings.ts';
import { type TenantId, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { backups, runs } from '../../../lib/operations/catalog/catalog-index.ts';
import { heldRuns } from '../../../lib/operations/catalog/held-log-items.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { policyHistory } from '../../../lib/operations/retention/policy-in-force.ts';
import { simulatePolicy } from '../../../lib/operations/retention/simulate-policy.ts';
import { readHeader } from '../../../lib/operations/storage/manifest-store.ts';
import { putSigned } from '../../../lib/operations/storage/signed-document.ts';
import type { Deps, Signer } from '../../../lib/ports.ts';
import { hold, release } from '../../support/held-tenant.ts';
import { testClock } from '../../support/local-deps.ts';
import { DAY, makeDay } from '../../support/made-years.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';
import { memoryVault, openKeyring } from '../../support/memory-vault.ts';
import { TenantPromises } from '../../support/retention-model.ts';

/** Signatures do not matter here: what a forged one does is tested with a real signer. */
const signer: Signer = {
  keyId: 'k',
  sign: async () => Buffer.from('signed'),
  verify: async () => true,
  publicKey: async () => '',
};
const settings = defaultSettings();
const LOCK_MS = settings.retentionDays.snapshot * DAY;
const ROLLING_MS = 3 * DAY;

interface Tenant {
  readonly name: TenantId;
  readonly ref: TenantRef;
  readonly promises: TenantPromises;
  configured: RetentionPolicy;
  /** Approved in place of the policy in force, not used yet. */
  approvals: RetentionPolicy[];
  /** Days until which it has left the database, and until which a hold stands. */
  away: number;
  held: number;
  isHeld: boolean;
  /** All that was there when its hold began. */
  keptByHold: Set<string>;
}

class History {
  readonly clock = testClock();
  readonly deps: Deps;
  readonly tenants: readonly Tenant[];
  readonly begin: number;
  /** Those that no expiry has removed yet. */
  presentRuns: { id: string; from: number; to: number }[] = [];
  requests = 0;
  readonly #random: Iterator<number>;

  constructor(seed: number) {
    const random = fc.sample(fc.infiniteStream(fc.integer({ min: 0, max: 1_000_000 })), { seed, numRuns: 1 })[0]!;
    this.#random = random[Symbol.iterator]();
    // Across two leap years, at any time of the day.
    this.begin = Date.parse('2026-01-01T00:00:00Z') + this.upTo(700) * DAY + this.upTo(86_400) * 1000;
    this.clock.set(new Date(this.begin));
    const unused = () => Promise.reject(new Error('not used'));
    this.deps = {
      ...{ installation: 'years', vault: memoryVault(this.clock), keyring: openKeyring(), signer },
      ...{ catalog: memoryCatalog(), clock: this.clock, random: countedRandom() },
      ...{ memory: { of: part => part.make() }, notifier: { notify: unused } },
    };
    this.tenants = ['always', 'leaving', 'sparse'].map(text => ({
      ...{ name: tenantId(text), ref: tenantRef('years', tenantId(text)), promises: new TenantPromises() },
      ...{ configured: this.policy(), approvals: [], away: 0, held: 0, isHeld: false, keptByHold: new Set<string>() },
    }));
  }

  upTo(most: number): number {
    return Math.floor((this.#random.next().value! / 1_000_001) * (most + 1));
  }

  chance(percent: number): boolean {
    return this.upTo(999) < percent * 10;
  }

  policy(): RetentionPolicy {
    if (this.chance(30)) return { dailyDays: 30, weeklyDays: 84, monthlyDays: 365, annualDays: 2557, logDays: 30 };
    return {
      ...{ dailyDays: 1 + this.upTo(60), weeklyDays: 1 + this.upTo(150), monthlyDays: 1 + this.upTo(600) },
      ...{ annualDays: 1 + this.upTo(2600), logDays: 1 + this.upTo(45) },
    };
  }

  /** Of a snapshot that is taken now for one of the reasons. */
  reasonEnd(): string {
    const reasons = ReasonRetention.keyof().options;
    const reason = reasons[this.upTo(reasons.length - 1)]!;
    const periods = { ...settings.keep.reasons, [reason]: 1 + this.upTo(900) };
    return keptForReason(reason, this.clock.now().toISOString(), periods)!;
  }

  isHeld = (ref: TenantRef, day: number) => this.tenants.find(tenant => tenant.ref === ref)!.held > day;

  async live(day: number): Promise<void> {
    this.clock.set(new Date(this.begin + (day + 2) * DAY));
    for (const tenant of this.tenants) await this.events(tenant, day);
    const backedUp = this.tenants.filter(
      tenant => tenant.away <= day && !this.chance(tenant.name === 'sparse' ? 90 : 6) && day > 2,
    );
    const names = day === 0 ? this.tenants.map(tenant => tenant.name) : backedUp.map(tenant => tenant.name);
    const keepUntil = new Map<TenantId, string>();
    for (const name of names) if (this.chance(2)) keepUntil.set(name, this.reasonEnd());
    await makeDay(this.deps, names, { begin: this.begin, day, wrongBy: 0, settings, keepUntil });
    for (const tenant of this.tenants.filter(({ name }) => names.includes(name))) await this.note(tenant);
    const newest = this.presentRuns.at(-1)?.id;
    for (const run of await runs.tail(this.deps.catalog, each => each.id !== newest))
      this.presentRuns.push({ id: run.id, from: Date.parse(run.fromTime), to: Date.parse(run.toTime) });
  }

  async events(tenant: Tenant, day: number): Promise<void> {
    if (this.chance(0.4)) tenant.configured = this.policy();
    if (tenant.name === 'leaving' && this.chance(0.3)) tenant.away = day + this.upTo(500);
    if (this.chance(2)) await this.approve(tenant);
    if (tenant.held > 0 && tenant.held <= day && tenant.isHeld) {
      await release(this.deps, tenant.ref);
      tenant.isHeld = false;
    }
    if (this.chance(0.15) && tenant.held <= day) {
      await hold(this.deps, tenant.ref);
      tenant.isHeld = true;
      tenant.held = day + 30 + this.upTo(400);
      tenant.keptByHold = new Set((await backups.list(this.deps.catalog, tenant.ref)).map(item => item.id));
    }
  }

  /** Approves the configured policy, as an executed request does. */
  async approve(tenant: Tenant): Promise<void> {
    const last = (await policyHistory(this.deps, tenant.ref)).at(-1)?.document;
    if (last === undefined) return;
    tenant.approvals.push(tenant.configured);
    const approval: PolicyApproval = {
      ...{ format: 'holdfast.policy-approval/1', tenant: tenant.ref, replaces: last.sequence, before: last.policy },
      ...{ after: tenant.configured, at: this.clock.now().toISOString() },
      responsible: {
        ...{ request: `r${this.requests++}`, requestedBy: 'ann', approvedBy: ['bob', 'eve'], reason: 'cost' },
        ...{ planHash: 'h', brokeGlass: false },
      },
    };
    const key = `${policyApprovalPrefix(tenant.ref, last.sequence)}${approval.responsible.request}`;
    await putSigned(this.deps, key, approval, { retainUntil: this.clock.now() });
  }

  async note(tenant: Tenant): Promise<void> {
    const item = (await backups.list(this.deps.catalog, tenant.ref)).findLast(each => each.kind === 'snapshot')!;
    const { id, fromTime, toTime, keepUntil } = item;
    const taken = { id, from: Date.parse(fromTime), at: Date.parse(toTime) };
    tenant.promises.taken.push({ ...taken, ...(keepUntil && { keepUntil: Date.parse(keepUntil) }) });
  }

  async expire(day: number, where: string): Promise<void> {
    const now = this.clock.now().getTime();
    const held = (ref: TenantRef) => this.isHeld(ref, day);
    const configured = (ref: string) => this.tenants.find(tenant => tenant.ref === ref)!.configured;
    const before = new Map<Tenant, Awaited<ReturnType<typeof this.stored>>>();
    for (const tenant of this.tenants) before.set(tenant, await this.stored(tenant));
    const plan = await planExpiry(this.deps, configured);
    await expireBackups(this.deps, plan);
    for (const tenant of this.tenants) {
      const approved = tenant.approvals.some(each => isDeepStrictEqual(each, tenant.configured));
      tenant.promises.expired(now, tenant.configured, approved);
      const after = await this.stored(tenant);
      const said = plan.owners.find(({ owner }) => owner === tenant.ref)!;
      const removed = new Set(said.decisions.flatMap(({ keep, backup }) => (keep ? [] : [backup.id])));
      const context = `${where}, ${tenant.name}`;
      expect(said.inForce!.policy, context).toEqual(tenant.promises.inForce);
      this.checkTenant(tenant, { now, before: before.get(tenant)!, after, removed, held: held(tenant.ref) }, context);
      // Each approval counts once: a later shortening needs another one.
      if (said.inForce!.record) tenant.approvals = [];
    }
    await this.checkLog(now, day, where);
  }

  /** Backups in the catalog, with their locks in the vault. */
  async stored(tenant: Tenant) {
    const listed = await backups.list(this.deps.catalog, tenant.ref);
    return Promise.all(
      listed.map(async item => ({ ...item, lock: (await this.deps.vault.head(item.key))!.retainUntil.getTime() })),
    );
  }

  checkTenant(tenant: Tenant, found: Found, context: string): void {
    const { now, before, after, removed, held } = found;
    const left = new Set(after.map(item => item.id));
    const gone = before.filter(item => !left.has(item.id));
    for (const [id, why] of tenant.promises.promised()) expect(left.has(id), `${context}: ${why} ${id}`).toBe(true);
    for (const item of gone) {
      expect(removed.has(item.id), `${context}: the plan said that ${item.id} stays`).toBe(true);
      expect(item.lock, `${context}: ${item.id} was locked`).toBeLessThanOrEqual(now);
    }
    if (held) {
      expect(gone, context).toEqual([]);
      for (const id of tenant.keptByHold) expect(left.has(id), `${context}: held ${id}`).toBe(true);
      return;
    }
    const was = new Map(before.map(item => [item.id, item]));
    const among = tenant.promises.taken.filter(({ id }) => was.has(id));
    for (const snapshot of among.filter(({ id }) => left.has(id))) {
      const { lock } = was.get(snapshot.id)!;
      const reason = tenant.promises.hasReason(snapshot, among, now);
      expect(reason || lock > now, `${context}: ${snapshot.id} stays without a reason`).toBe(true);
      // A lock that outlasts the retention is its first one, or that of days as the newest.
      if (!reason && !tenant.promises.everShortened && tenant.keptByHold.size === 0) {
        expect(lock, `${context}: ${snapshot.id}`).toBeLessThanOrEqual(
          Math.max(snapshot.at + LOCK_MS + 2 * DAY, snapshot.keepUntil ?? 0, now + ROLLING_MS),
        );
      }
    }
  }

  /** Any moment of every window can be replayed, and every promised snapshot is complete. */
  async checkLog(now: number, day: number, context: string): Promise<void> {
    const listed = new Set((await runs.list(this.deps.catalog)).map(run => run.id));
    const lost = this.presentRuns.filter(({ id }) => !listed.has(id));
    this.presentRuns = this.presentRuns.filter(({ id }) => listed.has(id));
    let needed = now;
    const spans: { from: number; to: number }[] = [];
    for (const tenant of this.tenants) {
      const begin = tenant.promises.windowBegin();
      if (begin === undefined) continue;
      const there = new Set((await backups.list(this.deps.catalog, tenant.ref)).map(item => item.id));
      const base = tenant.promises.taken.findLast(({ id, at }) => there.has(id) && at <= begin);
      expect(base, `${context}, ${tenant.name}: nothing begins its window`).toBeDefined();
      needed = Math.min(needed, base!.from, now - tenant.promises.inForce!.logDays * DAY);
      const promised = tenant.promises.promised();
      for (const { id, from, at } of tenant.promises.taken) if (promised.has(id)) spans.push({ from, to: at });
    }
    for (const run of lost) {
      expect(run.to, `${context}: the log of a window is gone`).toBeLessThanOrEqual(needed);
      const used = spans.some(span => run.to > span.from && run.from < span.to);
      expect(used, `${context}: a snapshot is not complete`).toBe(false);
    }
    for (const { ref } of this.tenants.filter(tenant => tenant.held > day)) {
      const copied = new Set((await heldRuns.list(this.deps.catalog, ref)).map(run => run.id));
      for (const { id } of lost) expect(copied.has(id), `${context}: held log ${id}`).toBe(true);
    }
  }

  /** Kept means complete: every object that a listed backup needs exists. */
  async checkComplete(context: string): Promise<void> {
    for (const { ref } of this.tenants) {
      for (const item of await backups.list(this.deps.catalog, ref)) {
        const { objects } = (await readHeader(this.deps, item.key, item.sha256)).header;
        for (const { key } of objects) expect(await this.deps.vault.head(key), `${context}: ${key}`).toBeDefined();
      }
    }
  }
}

interface Found {
  readonly now: number;
  readonly before: Awaited<ReturnType<History['stored']>>;
  readonly after: Awaited<ReturnType<History['stored']>>;
  readonly removed: ReadonlySet<string>;
  readonly held: boolean;
}

/** Never the same twice: what gets an id gets its own. */
function countedRandom(): Deps['random'] {
  let made = 0;
  const next = (count: number) => createHash('sha512').update(String(++made)).digest().subarray(0, count);
  return { bytes: next };
}

const HISTORIES = Number(process.env.HOLDFAST_HISTORIES ?? 2);
const FIRST_SEED = Number(process.env.HOLDFAST_SEED ?? 1);

async function play(seed: number, days: number): Promise<void> {
  const history = new History(seed);
  for (let day = 0; day < days; day++) {
    await history.live(day);
    const where = `seed ${seed}, day ${day}`;
    if (history.chance(15)) await history.expire(day, where);
    if (day % 365 === 364) await history.checkComplete(where);
  }
}

it('keeps what each class, the window and every hold promise for eight years, and nothing without a reason', async () => {
  for (let n = 0; n < HISTORIES; n++) await play(FIRST_SEED + n, n === 0 || HISTORIES > 2 ? 8 * 365 + 2 : 300);
}, 3_600_000);

it('shows in a simulation exactly what the next expiry under the other policy decides to remove', async () => {
  const history = new History(FIRST_SEED);
  for (let day = 0; day < 400; day++) {
    await history.live(day);
    if (!history.chance(8)) continue;
    const configured = (ref: string) => history.tenants.find(tenant => tenant.ref === ref)!.configured;
    await expireBackups(history.deps, await planExpiry(history.deps, configured));
    const [tenant] = history.tenants;
    const before = (await policyHistory(history.deps, tenant!.ref)).at(-1)!.document.policy;
    const after = history.policy();
    const { tenants, log } = await simulatePolicy(history.deps, [{ tenant: tenant!.ref, before, after }]);
    const counts = async (policy: RetentionPolicy) => {
      const others = (ref: string) => (ref === tenant!.ref ? policy : history.tenants.find(each => each.ref === ref)!);
      const deps = { ...history.deps, vault: withoutHistory(history.deps) };
      const policyOf = (ref: string) => (ref === tenant!.ref ? policy : inForceOf.get(others(ref) as Tenant)!);
      const plan = await planExpiry(deps, policyOf);
      const own = plan.owners.find(({ owner }) => owner === tenant!.ref)!;
      return [own.decisions, plan.log].map(decisions => new Set(decisions.flatMap(d => (d.keep ? [] : [d.backup.id]))));
    };
    const inForceOf = new Map<Tenant, RetentionPolicy>();
    for (const each of history.tenants)
      inForceOf.set(each, (await policyHistory(history.deps, each.ref)).at(-1)!.document.policy);
    const [now, then] = [await counts(before), await counts(after)];
    expect(tenants[0]!.goes.backups).toBe([...then[0]!].filter(id => !now[0]!.has(id)).length);
    expect(log.goes.backups).toBe([...then[1]!].filter(id => !now[1]!.has(id)).length);
    const { goes } = tenants[0]!;
    expect(goes.free + goes.held + goes.locked.reduce((sum, each) => sum + each.backups, 0)).toBe(goes.backups);
  }
}, 3_600_000);

/** A vault in which no policy was ever in force: whatever is configured applies. */
function withoutHistory({ vault }: Deps): Deps['vault'] {
  return {
    ...vault,
    async *keys(prefix, after) {
      if (!prefix.endsWith('/retention/')) yield* vault.keys(prefix, after);
    },
  };
}
