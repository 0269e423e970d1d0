/**
 * Simulates other retention periods: the same decisions as an expiry (expire-tenant.ts, expire-log.ts), once by the policy
 * in force and once by the other one. Invariant: it changes nothing, and what it says goes is what an expiry at that moment
 * decides to remove under the new policy and not under the old one. Of a held tenant nothing goes before the release; it is
 * counted apart.
 */
import type { LeavingBackups, PolicySimulation, SimulatedTenant } from '../../domain/policy-simulation.ts';
import { type RetentionDecision, type RetentionPolicy, windowBegin } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { type ArchiveItem, archives, type BackupItem, backups, type RunItem, runs } from '../catalog/catalog-index.ts';
import { type LogNeedItem, logNeeds } from '../catalog/log-items.ts';
import { inParallel } from '../in-parallel.ts';
import { readHeader } from '../storage/manifest-store.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { planLogExpiry } from './expire-log.ts';
import { decideForTenant, neededByOthers, type TenantExpiryPlan } from './expire-tenant.ts';
import type { ExpireDeps } from './remove-backup.ts';

export type SimulationDeps = Pick<ExpireDeps, 'catalog' | 'clock' | 'vault' | 'signer'>;

export interface ChangedPolicy {
  readonly tenant: TenantRef;
  readonly before: RetentionPolicy;
  readonly after: RetentionPolicy;
}

const AT_ONCE = 8;
/** A tenant without a note keeps all log, as in an expiry. */
const WITHOUT_NOTE = 36_500;

/** Decides at the clock's now. Without `seesHidden` as if there were no hidden hold. IntegrityError `manifest-invalid`. */
export async function simulatePolicy(
  deps: SimulationDeps,
  changes: readonly ChangedPolicy[],
  seesHidden = true,
): Promise<PolicySimulation> {
  const needs = new Map((await logNeeds.list(deps.catalog)).map(need => [need.ref, need]));
  const [before, after] = [new Map(needs), new Map(needs)];
  const simulated: SimulatedTenant[] = [];
  for (const change of changes) {
    const one = await simulateTenant(deps, change, seesHidden);
    before.set(change.tenant, one.needs.before);
    after.set(change.tenant, one.needs.after);
    simulated.push(one.simulated);
  }
  const log = await simulateLog(deps, before, after);
  const bytes = simulated.reduce((sum, { goes }) => sum + goes.bytes, log.goes.bytes);
  return { at: deps.clock.now().toISOString(), tenants: simulated, log, bytes };
}

async function simulateTenant(deps: SimulationDeps, { tenant, before, after }: ChangedPolicy, seesHidden: boolean) {
  const held = await isUnderHold(deps, tenant, seesHidden);
  const now = await decideForTenant(deps, tenant, before, held);
  const then = await decideForTenant(deps, tenant, after, held);
  const listed = await backups.list(deps.catalog, tenant);
  const stored = [...listed, ...(await archives.list(deps.catalog, tenant)).map(asArchive)];
  const goesNow = goingOf(stored, allOf(now));
  const goes = onlyIn(goingOf(stored, allOf(then)), goesNow);
  // Both frees share the listing: nothing is read twice where nothing more goes.
  const bytes =
    goes.length === 0
      ? 0
      : (await freedBytes(deps, tenant, listed, [...goesNow, ...goes])) -
        (await freedBytes(deps, tenant, listed, goesNow));
  const simulated: SimulatedTenant = {
    ...{ tenant, before, after, goes: { ...(await leaving(deps, goes, seesHidden)), bytes: Math.max(0, bytes) } },
    onRelease: held ? await goesOnRelease(deps, stored, { tenant, before, after }) : 0,
    staysLonger: keptLonger(allOf(now), allOf(then)),
    window: { before: recoverableFrom(deps, listed, before), after: recoverableFrom(deps, listed, after) },
  };
  return { simulated, needs: { before: now.logNeed, after: then.logNeed } };
}

type StoredCopy = BackupItem | (ArchiveItem & { readonly kind: 'archive' });

const asArchive = (item: ArchiveItem): StoredCopy => ({ ...item, kind: 'archive' });

function allOf({ decisions, archives: kept }: TenantExpiryPlan): RetentionDecision[] {
  return [...decisions, ...kept];
}

function goingOf(listed: readonly StoredCopy[], decisions: readonly RetentionDecision[]): StoredCopy[] {
  const items = new Map(listed.map(item => [item.id, item]));
  return decisions.flatMap(({ keep, backup }) => (keep ? [] : (items.get(backup.id) ?? [])));
}

function onlyIn(then: readonly StoredCopy[], now: readonly StoredCopy[]): StoredCopy[] {
  const already = new Set(now.map(item => item.id));
  return then.filter(item => !already.has(item.id));
}

async function goesOnRelease(
  deps: SimulationDeps,
  listed: readonly StoredCopy[],
  { tenant, before, after }: ChangedPolicy,
): Promise<number> {
  const [now, then] = [
    await decideForTenant(deps, tenant, before, false),
    await decideForTenant(deps, tenant, after, false),
  ];
  return onlyIn(goingOf(listed, allOf(then)), goingOf(listed, allOf(now))).length;
}

async function simulateLog(
  deps: SimulationDeps,
  before: ReadonlyMap<string, LogNeedItem>,
  after: ReadonlyMap<string, LogNeedItem>,
): Promise<PolicySimulation['log']> {
  const items = new Map((await runs.list(deps.catalog)).map(run => [run.id, run]));
  const decide = (needs: ReadonlyMap<string, LogNeedItem>) =>
    planLogExpiry(deps, tenant => onlyLog(needs.get(tenant)?.logDays ?? WITHOUT_NOTE), [...needs.values()]);
  const [now, then] = [await decide(before), await decide(after)];
  const kept = new Set(now.flatMap(({ keep, backup }) => (keep ? [backup.id] : [])));
  const goes = then.flatMap(({ keep, backup }) => (!keep && kept.has(backup.id) ? [items.get(backup.id)!] : []));
  const bytes = goes.reduce((sum, run) => sum + run.storedBytes, 0);
  return { goes: { ...(await leaving(deps, goes)), bytes }, staysLonger: keptLonger(now, then) };
}

/** The log's expiry reads nothing else of a policy. */
function onlyLog(logDays: number): RetentionPolicy {
  return { dailyDays: 1, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays };
}

async function leaving(
  deps: SimulationDeps,
  items: readonly (StoredCopy | RunItem)[],
  held = true,
): Promise<Omit<LeavingBackups, 'bytes'>> {
  const stored = await inParallel(AT_ONCE, items, item => deps.vault.head(item.key));
  const now = deps.clock.now();
  const found = { free: 0, held: 0 };
  const days = new Map<string, number>();
  for (const object of stored) {
    if (object?.hold && held) found.held += 1;
    else if (object && object.retainUntil > now) {
      const day = object.retainUntil.toISOString().slice(0, 10);
      days.set(day, (days.get(day) ?? 0) + 1);
    } else found.free += 1;
  }
  const times = items.map(item => item.toTime).sort();
  return {
    ...{ backups: items.length, oldest: times[0] ?? null, newest: times.at(-1) ?? null, ...found },
    locked: [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([until, count]) => ({ until, backups: count })),
  };
}

/** Bytes of the objects that these backups need and no remaining one. Snapshots share objects; the others do not. */
async function freedBytes(
  deps: SimulationDeps,
  tenant: TenantRef,
  listed: readonly BackupItem[],
  going: readonly StoredCopy[],
): Promise<number> {
  const own = going.filter(item => item.kind !== 'snapshot').reduce((sum, item) => sum + item.storedBytes, 0);
  const snapshots = going.filter((item): item is BackupItem => item.kind === 'snapshot');
  if (snapshots.length === 0) return own;
  const needed = await neededByOthers(deps, tenant, listed, snapshots);
  const objects = new Map<string, number>();
  await inParallel(AT_ONCE, snapshots, async item => {
    for (const { key, bytes } of (await readHeader(deps, item.key, item.sha256)).header.objects) {
      if (!needed.has(key)) objects.set(key, bytes);
    }
  });
  return [...objects.values()].reduce((sum, bytes) => sum + bytes, own);
}

function keptLonger(now: readonly RetentionDecision[], then: readonly RetentionDecision[]): number {
  const before = new Map(now.map(decision => [decision.backup.id, decision]));
  return then.filter(({ backup, keep, keepUntil = '' }) => {
    const earlier = before.get(backup.id)!;
    return keep && (!earlier.keep || keepUntil > (earlier.keepUntil ?? '')) && (!earlier.keep || keepUntil !== '');
  }).length;
}

/** Start of the window, or the first snapshot that is younger. */
function recoverableFrom(
  { clock }: Pick<ExpireDeps, 'clock'>,
  listed: readonly BackupItem[],
  policy: RetentionPolicy,
): string | null {
  const begin = windowBegin(policy, clock.now()).toISOString();
  const first = listed
    .filter(item => item.kind === 'snapshot')
    .map(item => item.toTime)
    .sort()[0];
  if (first === undefined) return null;
  return first > begin ? first : begin;
}
