/**
 * Removes what no live backup needs and whose lock has ended. It plans first and can be asked for the plan alone; then
 * it executes that plan and nothing else.
 *
 * Order (a crash leaves extra data, never missing data): catalog entry → manifest → objects that no kept manifest names.
 * Holds and retention are looked at again just before each delete, and the vault has the last word: what it refuses
 * stays, and is reported.
 */
import { HoldfastError } from '../domain/errors.ts';
import {
  planRetention,
  type RetainedBackup,
  type RetentionDecision,
  type RetentionPolicy,
} from '../domain/retention.ts';
import { SYSTEM, type TenantRef } from '../domain/tenant.ts';
import type { Deps } from '../ports.ts';
import { type BackupItem, backups, type RunItem, runs, tenants } from './catalog-index.ts';
import { readHeader } from './manifest-store.ts';

type ExpireDeps = Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock' | 'progress'>;

export interface ExpiryPlan {
  readonly at: string;
  readonly owners: readonly { readonly owner: TenantRef; readonly decisions: readonly RetentionDecision[] }[];
}

export interface ExpiryResult {
  readonly removedManifests: number;
  readonly removedObjects: number;
  readonly freedBytes: number;
  /** What the vault would not give up yet: key and why. */
  readonly kept: readonly { readonly key: string; readonly reason: string }[];
}

/** Decides about every backup of every tenant, and about the log that they share. `policyOf` may differ by tenant. */
export async function planExpiry(
  deps: ExpireDeps,
  policyOf: (tenant: TenantRef) => RetentionPolicy,
  isHeld: (tenant: TenantRef) => boolean,
): Promise<ExpiryPlan> {
  const now = deps.clock.now();
  const log = await runs.list(deps.catalog);
  const owners: { owner: TenantRef; decisions: RetentionDecision[] }[] = [];
  const neededRuns = new Map<string, string[]>();
  for (const tenant of await tenants.list(deps.catalog)) {
    const owner = tenant.ref as TenantRef;
    const own = (await backups.list(deps.catalog, owner)).map(ownBackup);
    const decisions = planRetention([...own, ...log.map(logBackup)], policyOf(owner), now, isHeld(owner));
    owners.push({ owner, decisions: decisions.filter(decision => decision.backup.kind !== 'log') });
    for (const { backup, keep, reasons } of decisions) {
      if (backup.kind === 'log' && keep) neededRuns.set(backup.id, [...(neededRuns.get(backup.id) ?? []), ...reasons]);
    }
  }
  const shared = log.map(run => {
    const reasons = [...new Set(neededRuns.get(run.id) ?? [])];
    const keep = reasons.length > 0 || owners.length === 0;
    return { backup: logBackup(run), keep, reasons: keep ? reasons : ["no tenant's window needs it"] };
  });
  return { at: now.toISOString(), owners: [...owners, { owner: SYSTEM, decisions: shared }] };
}

/** Executes a plan. Backups that came after it are not in it, and stay. */
export async function expireBackups(
  deps: ExpireDeps,
  plan: ExpiryPlan,
  isHeld: (tenant: TenantRef) => boolean,
): Promise<ExpiryResult> {
  const result = {
    removedManifests: 0,
    removedObjects: 0,
    freedBytes: 0,
    kept: [] as { key: string; reason: string }[],
  };
  for (const { owner, decisions } of plan.owners) {
    const doomed = new Set(decisions.flatMap(decision => (decision.keep ? [] : [decision.backup.id])));
    if (doomed.size === 0 || isHeld(owner)) continue;
    const listed = owner === SYSTEM ? await runs.list(deps.catalog) : await backups.list(deps.catalog, owner);
    // A run's packs are its own, whereas snapshots share them: a month of kept runs need not be read to drop a day.
    const sharing = owner === SYSTEM ? [] : listed.filter(item => !doomed.has(item.id));
    const needed = await objectsOf(deps, sharing);
    for (const item of listed.filter(entry => doomed.has(entry.id))) {
      await removeOne(deps, owner, item, needed, result);
    }
    deps.progress?.({
      step: 'expire.owner',
      message: `Expired ${doomed.size} backups`,
      done: doomed.size,
      unit: 'backups',
    });
  }
  return result;
}

async function removeOne(
  deps: ExpireDeps,
  owner: TenantRef,
  item: BackupItem | RunItem,
  needed: ReadonlySet<string>,
  result: {
    removedManifests: number;
    removedObjects: number;
    freedBytes: number;
    kept: { key: string; reason: string }[];
  },
): Promise<void> {
  const manifest = await deps.vault.head(item.key);
  if (manifest && (manifest.hold || manifest.retainUntil > deps.clock.now())) {
    const reason = manifest.hold ? 'legal hold' : `locked until ${manifest.retainUntil.toISOString()}`;
    result.kept.push({ key: item.key, reason });
    return;
  }
  const objects = manifest ? (await readHeader(deps, item.key, item.sha256)).header.objects : [];
  await deps.catalog.write('kind' in item ? [backups.remove(owner, item)] : [runs.remove(item)]);
  if (await removeObject(deps, item.key, result)) result.removedManifests += 1;
  for (const { key, bytes } of objects) {
    if (needed.has(key) || !(await removeObject(deps, key, result))) continue;
    result.removedObjects += 1;
    result.freedBytes += bytes;
  }
}

/** False where the vault keeps it: that is reported, and no reason to stop. */
async function removeObject(
  deps: ExpireDeps,
  key: string,
  result: { kept: { key: string; reason: string }[] },
): Promise<boolean> {
  // Several backups that go together may share an object: it goes, and counts, once.
  if (!(await deps.vault.head(key))) return false;
  try {
    await deps.vault.delete(key);
    return true;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'object-locked') throw error;
    result.kept.push({ key, reason: error.message });
    return false;
  }
}

async function objectsOf(deps: ExpireDeps, items: readonly (BackupItem | RunItem)[]): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const item of items) {
    const { header } = await readHeader(deps, item.key, item.sha256);
    for (const object of header.objects) keys.add(object.key);
  }
  return keys;
}

function ownBackup(item: BackupItem): RetainedBackup {
  return { id: item.id, kind: item.kind, fromTime: item.fromTime, toTime: item.toTime };
}

function logBackup(run: RunItem): RetainedBackup {
  return { id: run.id, kind: 'log', fromTime: run.fromTime, toTime: run.toTime };
}
