/**
 * A quarter of an installation, made in a random order, with a model of its own that looks at every minute: outages, gaps,
 * days without snapshots, restores, accidents, tenants that come and leave, daily reports that nobody made, and an expiry
 * after 30 days. Reports are compared with the model, which shares no code with them.
 */
import type { DrilledTenant, DrillRecord, ProvedRestore } from '../../lib/domain/drill.ts';
import { formatLsn, lsn } from '../../lib/domain/lsn.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { retentionPolicyKey } from '../../lib/domain/object-key.ts';
import { dayOfTime } from '../../lib/domain/report/period.ts';
import { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { accidents } from '../../lib/operations/catalog/accident-items.ts';
import { backups, gaps, restores, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../lib/operations/context.ts';
import { recordRestore } from '../../lib/operations/restore/apply/record-restore.ts';
import { putDrillRecord } from '../../lib/operations/storage/drill-records.ts';
import { putSigned } from '../../lib/operations/storage/signed-document.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import { memoryCatalog } from './memory-catalog.ts';

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
export const KEPT_DAYS = 30;
const POLICY = { dailyDays: KEPT_DAYS, weeklyDays: 60, monthlyDays: 400, annualDays: 800, logDays: KEPT_DAYS };

interface MadeTenant {
  readonly ref: TenantRef;
  readonly name: string;
  readonly arrives: number;
  leaves: number;
}

/** What happened, for the model: times in milliseconds since 1970. */
export interface Happened {
  readonly runs: { readonly at: number; readonly changes: number; readonly bytes: number }[];
  readonly lost: { readonly from: number; readonly to: number }[];
  readonly snapshots: {
    tenant: TenantRef;
    at: number;
    ms: number;
    bytes: number;
    verified?: { at: number; ok: boolean };
  }[];
  readonly restores: {
    at: number;
    seconds: number | null;
    outcome: 'done' | 'failed';
    proved: boolean;
  }[];
  readonly drills: { at: number; restores: boolean; outcome: DrillRecord['outcome']; seconds: number }[];
  readonly accidents: number[];
  /** Days whose daily report was made the day after. */
  readonly reported: Set<string>;
}

export class ReportedQuarter {
  readonly deps: LocalDeps;
  readonly happened: Happened = {
    ...{ runs: [], lost: [], snapshots: [], restores: [], drills: [], accidents: [], reported: new Set() },
  };
  readonly tenants: MadeTenant[] = [];
  readonly begin: number;
  #seed: number;
  #position = 1n;
  #id = 0;

  private constructor(deps: LocalDeps, seed: number, begin: number) {
    this.deps = deps;
    this.#seed = seed;
    this.begin = begin;
  }

  static async open(seed: number, begin: number): Promise<ReportedQuarter> {
    const local = await localDeps({ now: new Date(begin) });
    await local.catalog.close();
    const quarter = new ReportedQuarter({ ...local, catalog: memoryCatalog() }, seed, begin);
    await quarter.deps.keyring.ensureKey(SYSTEM);
    for (const [index, name] of ['Acme', 'Bär', 'Cato'].entries()) {
      const ref = tenantRef('test-installation', tenantId(name));
      await quarter.deps.keyring.ensureKey(ref);
      // The second arrives in mid quarter, the third leaves.
      const arrives = index === 1 ? begin + 40 * DAY + 5 * 60 * MINUTE : begin;
      quarter.tenants.push({ ref, name, arrives, leaves: index === 2 ? begin + 70 * DAY + 60 * MINUTE : Infinity });
      const policy = {
        format: 'holdfast.retention-policy/1',
        tenant: ref,
        sequence: 1,
        policy: POLICY,
        because: 'first',
      };
      const at = new Date(begin).toISOString();
      const retainUntil = new Date(begin + 800 * DAY);
      await putSigned(quarter.deps, retentionPolicyKey(ref, 1), { ...policy, at }, { retainUntil });
    }
    return quarter;
  }

  /** At least 0, less than `most`. */
  below(most: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * most);
  }

  /** What happens on a day; afterwards it is midnight. */
  async liveDay(start: number): Promise<void> {
    const { catalog, clock } = this.deps;
    for (const tenant of this.tenants) {
      const firstSeen = new Date(tenant.arrives).toISOString();
      if (tenant.arrives >= start && tenant.arrives < start + DAY)
        await catalog.write([tenants.put({ ref: tenant.ref, tenantId: tenant.name, firstSeen })]);
      if (tenant.leaves >= start && tenant.leaves < start + DAY) {
        const departed = { at: new Date(tenant.leaves).toISOString(), lsn: formatLsn(lsn(this.#position)) };
        await catalog.write([tenants.put({ ref: tenant.ref, tenantId: tenant.name, firstSeen, left: true, departed })]);
      }
    }
    await this.#shipAll(start);
    for (const tenant of this.tenants)
      if (tenant.arrives < start + DAY && tenant.leaves > start) await this.#backUp(tenant, start);
    await this.#drill(start);
    await this.#accidents(start);
    clock.set(new Date(start + DAY));
    await this.#expire();
  }

  /** Every 20 to 40 minutes, with outages; some lose the slot, so that moments are lost. */
  async #shipAll(start: number): Promise<void> {
    let at = start;
    for (;;) {
      // More often at midnight: what is lost then is found the day after.
      const isOutage = this.below(at === start ? 8 : 60) === 0;
      at += (isOutage ? 60 + this.below(600) : 20 + this.below(21)) * MINUTE;
      if (at >= start + DAY) return;
      const before = this.happened.runs.at(-1)?.at ?? start;
      if (isOutage && this.below(3) === 0) {
        this.happened.lost.push({ from: before, to: at });
        const gap = { tenant: SYSTEM, id: `gap-${this.#id++}`, reason: 'slot-lost' as const };
        const [from, to] = [before, at].map(time => new Date(time).toISOString());
        const place = { from: this.#lsn(), fromTime: from!, to: this.#lsn(), toTime: to! };
        await this.deps.catalog.write([gaps.put({ ...gap, ...place })]);
      }
      const [changes, bytes] = [this.below(1000), this.below(1_000_000)];
      this.happened.runs.push({ at, changes, bytes });
      const run = {
        ...{ id: `run-${this.#id++}`, key: 'k', sha256: 's', from: this.#lsn(), to: this.#next() },
        ...{ fromTime: new Date(before).toISOString(), toTime: new Date(at).toISOString(), previous: null },
        ...{ transactions: changes, changes, storedBytes: bytes, tenants: 1, xmin: '1' },
      };
      await this.deps.catalog.write([runs.put(run)]);
    }
  }

  async #backUp(tenant: MadeTenant, start: number): Promise<void> {
    const { catalog, clock } = this.deps;
    const at = Math.max(start, tenant.arrives) + this.below(10) * MINUTE;
    clock.set(new Date(at));
    // One day in twelve nobody takes a snapshot.
    if (this.below(12) > 0) {
      const snapshot: Happened['snapshots'][number] = {
        ...{ tenant: tenant.ref, at, ms: 1 + this.below(90_000), bytes: this.below(5_000_000) },
        ...(this.below(3) === 0 && { verified: { at: at + this.below(100) * MINUTE, ok: this.below(9) > 0 } }),
      };
      this.happened.snapshots.push(snapshot);
      const time = new Date(at).toISOString();
      const { verified } = snapshot;
      const place = { from: this.#lsn(), to: this.#lsn(), fromTime: time, toTime: time, createdAt: time };
      await catalog.write([
        backups.put(tenant.ref, {
          ...{
            id: `s-${this.#id++}`,
            kind: 'snapshot',
            key: 'k',
            sha256: 's',
            ...place,
            rows: 10,
            bytes: snapshot.bytes,
          },
          ...{ storedBytes: snapshot.bytes, chunks: 1, reusedChunks: 0, durationMs: snapshot.ms, reason: 'schedule' },
          ...(verified && { verified: { at: new Date(verified.at).toISOString(), ok: verified.ok } }),
        }),
      ]);
    }
    if (this.below(6) === 0) await this.#restore(tenant, at + 30 * MINUTE);
  }

  async #restore({ ref, name }: MadeTenant, at: number): Promise<void> {
    const [seconds, left] = [1 + this.below(4000), this.below(8) === 0 ? 3 : 0];
    const tried = this.below(2) === 0;
    const id = `r-${this.#id++}`;
    const committedAt = new Date(at + seconds * 1000).toISOString();
    this.deps.clock.set(new Date(committedAt));
    const isFailed = this.below(7) === 0;
    const outcome = isFailed ? 'failed' : 'done';
    this.happened.restores.push({
      at: Date.parse(committedAt),
      seconds: isFailed ? null : seconds,
      outcome,
      proved: left === 0,
    });
    if (isFailed) {
      await this.deps.catalog.write([
        restores.put(ref, id, { id, state: 'failed', at: committedAt, place: 'in-place' }),
      ]);
      return;
    }
    const ctx = { ...this.deps, settings: defaultSettings() } as unknown as Context;
    await recordRestore(ctx, ref, {
      ...{ format: 'holdfast.restore-record/1', id, tenantId: name, place: tried ? 'side-by-side' : 'in-place' },
      ...{ request: RestoreRequest.parse({ tenant: name, target: committedAt }), requestedBy: 'anna', approvedBy: [] },
      ...{ approvedPlan: true, previewHash: 'h', target: formatLsn(lsn(0n)), targetTime: committedAt, chain: null },
      ...{ tables: [], conflicts: [], notes: [], totals: { inserted: 0, updated: 0, deleted: 0 }, sequences: [] },
      ...{ attempts: 1, transaction: null, schema: null },
      phases: {
        planMs: 1000,
        stageMs: 1000 * seconds - 4000 > 0 ? 1000 * seconds - 4000 : 0,
        diffMs: 1000,
        applyMs: 1000,
        proveMs: 1000,
      },
      ...{ startedAt: new Date(at).toISOString(), committedAt },
      proof: { left: left === 0 ? {} : { 'public.orders': left }, brokenReferences: 0, rows: { 'public.orders': 100 } },
    });
  }

  /** One day in eight; one in four of them is a game day, which restores nothing. */
  async #drill(start: number): Promise<void> {
    if (this.below(8) > 0) return;
    const [at, seconds] = [start + this.below(1400) * MINUTE, 1 + this.below(20_000)];
    const restores = this.below(4) > 0;
    const isFailed = this.below(4) === 0;
    const outcome = isFailed ? 'failed' : restores && seconds > 14_400 ? 'slow' : 'passed';
    this.happened.drills.push({ at, restores, outcome, seconds });
    const began = new Date(at - MINUTE);
    const place = { ...this.deps, settings: defaultSettings() };
    await putDrillRecord(place, {
      ...{
        format: 'holdfast.drill-record/1',
        id: newId(this.deps, began),
        kind: restores ? 'single-tenant' : 'game-day',
      },
      ...{ installation: 'test-installation', startedBy: 'anna', startedAt: began.toISOString() },
      ...{ endedAt: new Date(at).toISOString(), outcome, seed: 's', scratch: null, findings: [], phases: [] },
      tenants: restores ? [drilledTenant(this.tenants[0]!.ref, outcome, seconds)] : [],
      acceptance: [],
    });
  }

  async #accidents(start: number): Promise<void> {
    if (this.below(10) > 0) return;
    const at = start + this.below(1440) * MINUTE;
    this.happened.accidents.push(at);
    const place = { at: new Date(at).toISOString(), tenant: this.tenants[0]!.ref, table: 'public.orders' };
    await this.deps.catalog.write([accidents.put({ ...place, kind: 'delete', count: 900, transaction: null })]);
  }

  /** What ended before the kept days. */
  async #expire(): Promise<void> {
    const { catalog, clock } = this.deps;
    const since = clock.now().getTime() - KEPT_DAYS * DAY;
    for (const run of await runs.list(catalog))
      if (Date.parse(run.toTime) < since) await catalog.write([runs.remove(run)]);
    for (const { ref } of this.tenants)
      for (const item of await backups.list(catalog, ref))
        if (Date.parse(item.toTime) < since) await catalog.write([backups.remove(ref, item)]);
  }

  dayBefore(time: number): string {
    return dayOfTime(time - DAY);
  }

  #lsn() {
    return formatLsn(lsn(this.#position));
  }

  #next() {
    this.#position += 1000n;
    return this.#lsn();
  }
}

function drilledTenant(tenant: TenantRef, outcome: DrillRecord['outcome'], seconds: number): DrilledTenant {
  const phases = { planMs: 1000, stageMs: 1000 * seconds - 1000, diffMs: 0, applyMs: 0, proveMs: 0 };
  const restore: ProvedRestore = {
    ...{ moment: 'latest', target: formatLsn(lsn(0n)), phases, recoveryMs: 1000 * seconds, predictedStageMs: null },
    ...{ bytes: 10, rows: 10, tables: [], differing: outcome === 'failed' ? 1 : 0, brokenReferences: 0 },
    ...{ foreignKeys: 0, snapshot: 's', backup: null },
  };
  return { tenant, tier: 'standard', objectiveMs: 14_400_000, outcome, restore, refused: [], problem: null };
}
