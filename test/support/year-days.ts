/**
 * The days of a year as the schedules run them: backups and log, expiry, the supervision of destructions, the weekly proof of holds,
 * the audit anchor. After each, what is stored is compared with what the model says must be stored.
 */
import { expect } from 'vitest';
import type { RetentionPolicy } from '../../lib/domain/retention.ts';
import { type TenantId, type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { anchorAudit } from '../../lib/operations/governance/anchor-audit.ts';
import { superviseDestructions } from '../../lib/operations/governance/destruction/supervise-destructions.ts';
import { verifyHolds } from '../../lib/operations/governance/holds/keep-holds.ts';
import { expireBackups, planExpiry } from '../../lib/operations/retention/expire-backups.ts';
import type { StoredObject } from '../../lib/ports.ts';
import { type GovernedYear, PEOPLE } from './governed-year.ts';
import { makeDay } from './made-years.ts';
import { DAY_MS } from './retention-model.ts';
import type { ModelTenant } from './year-model.ts';
import { destroyed, type Story } from './year-stories.ts';

/** A story and the day of its next step. */
export interface Running {
  readonly story: Story;
  due: number;
}

const FAILS_PERCENT = 4;

/** One day, at its end: people act after the backups, and the schedules run after them. */
export async function liveDay(year: GovernedYear, stories: Running[], mustExpire: boolean): Promise<void> {
  const { day, deps, begin } = year;
  deps.clock.set(new Date(begin + (day + 2) * DAY_MS));
  await backUp(year);
  for (const running of year.shuffled(stories.filter(({ due }) => due <= day))) {
    const step = await running.story.next();
    running.due = step.done ? Number.POSITIVE_INFINITY : day + Math.max(1, step.value);
  }
  await supervise(year);
  if (day % 7 === 6) await proveHolds(year);
  if (mustExpire || day % 7 === 2 || year.chance(5)) await expire(year);
  await anchorAudit({ ...deps, settings: year.settings }, PEOPLE.clock);
  year.note({ ref: 'system' }, PEOPLE.clock, 'anchorAudit done');
}

async function backUp(year: GovernedYear): Promise<void> {
  const { day, deps, begin, settings, model } = year;
  const works = model.tenants.filter(each => model.isBackedUp(each) && (day === 0 || !year.chance(FAILS_PERCENT)));
  const names: TenantId[] = works.map(({ name }) => tenantId(name));
  await makeDay(deps, names, { begin, day, wrongBy: 0, settings });
  for (const tenant of works) {
    const listed = await backups.list(deps.catalog, tenant.ref as TenantRef);
    const snapshot = listed.findLast(({ kind }) => kind === 'snapshot')!;
    const incremental = listed.findLast(({ kind }) => kind === 'incremental')!;
    const at = Date.parse(snapshot.toTime);
    tenant.promises.taken.push({ id: snapshot.id, from: Date.parse(snapshot.fromTime), at });
    tenant.incrementals.push({ id: incremental.id, at: Date.parse(incremental.toTime) });
    tenant.backedUp.add(Math.floor(at / DAY_MS));
    if (day === 0) tenant.firstSeen = year.now();
  }
}

async function supervise(year: GovernedYear): Promise<void> {
  const due = year.model.tenants.filter(({ countdown }) => countdown && countdown.until <= year.now());
  const gone = year.model.tenants.filter(each => each.destroyed || due.includes(each));
  const before = new Map<ModelTenant, StoredObject[]>();
  for (const tenant of gone) before.set(tenant, await storedOf(year, tenant));
  const supervised = await superviseDestructions(year.destruction());
  expect(supervised.filter(({ failed }) => failed)).toEqual([]);
  for (const tenant of due) {
    destroyed(year, tenant);
    for (const outcome of ['started', 'done'])
      year.model.event(tenant.ref, year.now(), 'holdfast', `destroy ${outcome}`);
  }
  const certified = supervised.filter(({ stage }) => stage === 'certified').map(({ tenant }) => tenant);
  expect(certified.sort()).toEqual(gone.map(({ ref }) => ref).sort());
  for (const tenant of gone) {
    const left = (await storedOf(year, tenant)).map(({ key }) => key);
    const locked = before.get(tenant)!.filter(({ retainUntil }) => retainUntil.getTime() > year.now());
    expect(left, `day ${year.day}: what is left of ${tenant.name}`).toEqual(locked.map(({ key }) => key));
  }
}

async function storedOf({ deps }: GovernedYear, { ref }: ModelTenant): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const stored of deps.vault.list(`tenants/${ref}/`)) found.push(stored);
  return found;
}

async function proveHolds(year: GovernedYear): Promise<void> {
  const { tenants } = await verifyHolds(year.deps);
  const held = year.model.tenants.filter(year.model.isHeld);
  expect(tenants.map(({ tenant }) => tenant)).toEqual(held.map(({ ref }) => ref).sort());
  for (const proved of tenants) {
    const model = held.find(({ ref }) => ref === proved.tenant)!;
    const standing = model.holds.filter(each => each.standing);
    const due = standing.filter(({ reviewBy }) => reviewBy !== undefined && reviewBy <= year.now());
    expect([...proved.holds].sort(), `day ${year.day}`).toEqual(standing.map(({ id }) => id).sort());
    expect([...proved.reviewDue].sort()).toEqual(due.map(({ id }) => id).sort());
    expect(proved).toMatchObject({ repaired: 0, unsigned: [] });
    expect(proved.failed).toBeUndefined();
    for (const hold of standing) hold.documents += 1;
    if (due.length > 0) year.model.alarm('hold-review-due');
  }
}

/** What an expiry removes is exactly what has no reason to stay, no hold and no lock. */
async function expire(year: GovernedYear): Promise<void> {
  const { deps, model } = year;
  const before = new Map<ModelTenant, Listed[]>();
  for (const tenant of model.tenants) before.set(tenant, await listedOf(year, tenant));
  const configured = (ref: string) => model.tenants.find(each => each.ref === ref)!.configured as RetentionPolicy;
  await expireBackups(deps, await planExpiry(deps, configured));
  for (const tenant of model.tenants) {
    model.expires(tenant, year.now());
    const gone = new Set(
      before
        .get(tenant)!
        .filter(each => goes(year, tenant, each))
        .map(({ id }) => id),
    );
    model.forget(tenant, gone);
    const left = (await listedOf(year, tenant)).map(({ id }) => id);
    const must = before.get(tenant)!.filter(({ id }) => !gone.has(id));
    expect(left, `day ${year.day}: backups of ${tenant.name}`).toEqual(must.map(({ id }) => id));
  }
}

interface Listed {
  readonly id: string;
  readonly kind: 'snapshot' | 'incremental';
  readonly toTime: string;
  /** Milliseconds since 1970; 0: its manifest is gone. */
  readonly lock: number;
}

async function listedOf({ deps }: GovernedYear, { ref }: ModelTenant): Promise<Listed[]> {
  const listed = await backups.list(deps.catalog, ref as TenantRef);
  return Promise.all(
    listed.map(async ({ id, kind, toTime, key }) => {
      const lock = (await deps.vault.head(key))?.retainUntil.getTime() ?? 0;
      return { id, kind, toTime, lock };
    }),
  );
}

function goes(year: GovernedYear, tenant: ModelTenant, { id, kind, toTime, lock }: Listed): boolean {
  if (lock > year.now()) return false;
  if (kind === 'snapshot') return !year.model.keepsSnapshot(tenant, id, year.now());
  return !year.model.keepsIncremental(tenant, Date.parse(toTime), year.now());
}
