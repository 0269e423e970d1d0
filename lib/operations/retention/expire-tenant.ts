/**
 * Expiry of one tenant: kept backups are locked for as long as they are kept, unneeded ones are removed, and what the
 * tenant still needs of the shared log is noted for expire-log.ts. Locks come first: a later failure leaves too much
 * locked, never too little. The policy in force is recorded before all of it, so that a shorter one is noticed later.
 * Nothing of a tenant under legal hold is removed, as the signed records in the vault say when it is executed; of the log it
 * has copies (copy-held-log.ts), so that it notes the same need as without a hold. That a tenant was destroyed or has left is
 * read from signed documents too, and again when it is executed.
 */
import { isDeepStrictEqual } from 'node:util';
import { departedLogNeed } from '../../domain/departure.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { manifestPrefix } from '../../domain/object-key.ts';
import {
  type LogNeed,
  logNeed,
  planRetention,
  type RetainedBackup,
  type RetentionDecision,
  type RetentionPolicy,
} from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { DecidedRetention } from '../../domain/tenant-policy.ts';
import { archives, type BackupItem, backups, locks, tenants } from '../catalog/catalog-index.ts';
import { type LogNeedItem, logKept, logNeeds, segments } from '../catalog/log-items.ts';
import { writeAll } from '../catalog/typed-items.ts';
import { readHeader } from '../storage/manifest-store.ts';
import { type ProvedEnd, provedEnd } from '../storage/proved-end.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { decideArchives, expireArchives } from './expire-archives.ts';
import { expireClusterReads } from './expire-cluster-reads.ts';
import { expireExports } from './expire-exports.ts';
import { removeCopies } from './held-log-copies.ts';
import { type AppliedPolicy, keepPolicy, type PolicyDeps, policyInForce } from './policy-in-force.ts';
import {
  type ExpireDeps,
  type ExpiryResult,
  emptyResult,
  lengthenLock,
  removable,
  removeBackups,
} from './remove-backup.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface TenantExpiryPlan {
  readonly owner: TenantRef;
  readonly decisions: readonly RetentionDecision[];
  /** Of its archives. */
  readonly archives: readonly RetentionDecision[];
  readonly logNeed: LogNeedItem;
  /** The policy that it applies; undefined while the tenant's own retention is not known. */
  readonly inForce?: AppliedPolicy;
  /** Why it keeps less than what a tenant that is there has. */
  readonly end: ProvedEnd;
}

/**
 * Decides for the tenant's snapshots and incrementals, by the policy in force: `configured`, or longer periods while
 * shorter ones wait for approval. Changes nothing.
 */
export async function planTenantExpiry(
  deps: PolicyDeps & Pick<ExpireDeps, 'catalog'>,
  owner: TenantRef,
  configured: DecidedRetention,
): Promise<TenantExpiryPlan> {
  const held = await isUnderHold(deps, owner);
  const inForce = configured.undecided ? undefined : await policyInForce(deps, owner, configured);
  const plan = await decideForTenant(deps, owner, inForce?.policy ?? configured, held);
  return { ...plan, ...(inForce && { inForce }) };
}

/**
 * The same by the given policy, whatever is in force: for simulations. IntegrityError `object-altered` for a document of a
 * destruction.
 */
export async function decideForTenant(
  deps: Pick<ExpireDeps, 'catalog' | 'clock' | 'vault' | 'signer'>,
  owner: TenantRef,
  policy: DecidedRetention,
  held: boolean,
): Promise<TenantExpiryPlan> {
  const now = deps.clock.now();
  const own = await backups.list(deps.catalog, owner);
  const end = await endOf(deps, owner);
  const { undecided = false } = policy;
  const note = { ref: owner, logDays: policy.logDays, at: now.toISOString() };
  const waits = undecided ? UNDECIDED : end.destruction === 'pending' ? PENDING : undefined;
  const why = waits ?? (held ? 'legal hold' : undefined);
  const ownPolicy = end.destruction === 'done' && why === undefined ? undefined : policy;
  const kept = decideArchives(await archives.list(deps.catalog, owner), ownPolicy, now, why);
  const plan = { owner, end, archives: kept };
  if (held || waits !== undefined) {
    const decisions = waits ? keepAll(own, policy, now, waits) : planRetention(own.map(retained), policy, now, held);
    return { ...plan, decisions, logNeed: { ...note, ...needOf(logNeed(own, policy, now, waits !== undefined)) } };
  }
  if (end.destruction === 'done') {
    return { ...plan, decisions: removeAll(own), logNeed: { ...note, from: null, spans: [], departed: true } };
  }
  if (end.departed) {
    const departedAt = new Date(end.departed.at);
    const decisions = planRetention(own.map(retained), policy, now, false, departedAt);
    return { ...plan, decisions, logNeed: { ...note, ...departedNeed(own, policy, now, end.departed) } };
  }
  const decisions = planRetention(own.map(retained), policy, now, false);
  return { ...plan, decisions, logNeed: { ...note, ...needOf(logNeed(own, policy, now, false)) } };
}

async function endOf(deps: Pick<ExpireDeps, 'catalog' | 'vault' | 'signer'>, owner: TenantRef): Promise<ProvedEnd> {
  return provedEnd(deps, owner, (await tenants.get(deps.catalog, owner))?.departed);
}

/** Whether the tenant is there again, or a destruction was ordered, since the plan was made. */
async function isOutdated(deps: ExpireDeps, { owner, end }: TenantExpiryPlan): Promise<boolean> {
  return !isDeepStrictEqual(await endOf(deps, owner), end);
}

function needOf({ from, completed }: LogNeed<BackupItem>): Pick<LogNeedItem, 'from' | 'spans'> {
  return { from: from?.from ?? null, spans: completed.map(spanOf) };
}

function spanOf({ snapshot, keepUntil }: LogNeed<BackupItem>['completed'][number]): LogNeedItem['spans'][number] {
  return { from: snapshot.from, to: snapshot.to, ...(keepUntil && { until: keepUntil }) };
}

/** Up to where the database had no row of it any more, and no further. */
function departedNeed(
  own: readonly BackupItem[],
  policy: RetentionPolicy,
  now: Date,
  { at, lsn }: NonNullable<ProvedEnd['departed']>,
): Pick<LogNeedItem, 'from' | 'spans' | 'departed'> {
  const { from, completed } = departedLogNeed(own, policy, now, new Date(at));
  const until = new Date(Date.parse(at) + policy.logDays * DAY_MS).toISOString();
  const last = from ? [{ from: from.from, to: lsn, until }] : [];
  return { from: null, spans: [...completed.map(spanOf), ...last], departed: true };
}

function removeAll(own: readonly BackupItem[]): RetentionDecision[] {
  return own.map(item => ({ backup: retained(item), keep: false, reasons: ["the tenant's key was destroyed"] }));
}

const UNDECIDED = 'its own retention is not known yet';
const PENDING = 'its destruction can still be cancelled';

/** Locks follow the policy; nothing is removed. */
function keepAll(own: readonly BackupItem[], policy: RetentionPolicy, now: Date, why: string): RetentionDecision[] {
  return planRetention(own.map(retained), policy, now, true).map(decision => ({ ...decision, reasons: [why] }));
}

/**
 * Executes a plan of one tenant. Backups made after the plan are not in it, and stay. Of a tenant that was destroyed or left
 * for the plan and no more, or the other way round, nothing is removed; the next expiry decides.
 */
export async function expireTenant(
  deps: ExpireDeps,
  plan: TenantExpiryPlan,
  result: ExpiryResult = emptyResult(),
): Promise<ExpiryResult> {
  const { owner, decisions, inForce } = plan;
  if (inForce) await keepPolicy(deps, owner, inForce);
  const outdated = await isOutdated(deps, plan);
  const stays = outdated || (await isUnderHold(deps, owner));
  const listed = await backups.list(deps.catalog, owner);
  result.lengthened += await lockKept(deps, plan, listed);
  const doomed = new Set(decisions.flatMap(decision => (decision.keep || stays ? [] : [decision.backup.id])));
  if (doomed.size > 0) await removeDoomed(deps, owner, listed, doomed, result);
  if (!stays) await removeCopies(deps, owner, result);
  if (!stays) await expireEnded(deps, plan, result);
  await forgetSegments(deps, owner);
  if (!outdated) await deps.catalog.write([logNeeds.put(plan.logNeed)]);
  return result;
}

/** While it is not known what the tenant keeps, or a destruction can be cancelled, its archives stay. */
async function expireEnded(
  deps: ExpireDeps,
  { owner, end, inForce }: TenantExpiryPlan,
  result: ExpiryResult,
): Promise<void> {
  if (end.destruction === 'pending') return;
  await expireClusterReads(deps, owner, end.destruction === 'done', result);
  await expireExports(deps, owner, result);
  if (end.destruction === 'done') await expireArchives(deps, owner, undefined, result);
  else if (inForce) await expireArchives(deps, owner, inForce.policy, result);
}

async function removeDoomed(
  deps: ExpireDeps,
  owner: TenantRef,
  listed: readonly BackupItem[],
  doomed: ReadonlySet<string>,
  result: ExpiryResult,
): Promise<void> {
  const going = await removable(
    deps,
    listed.filter(item => doomed.has(item.id)),
    result,
  );
  // Only snapshots share objects.
  const shares = going.some(item => item.kind === 'snapshot');
  const needed = shares ? await neededByOthers(deps, owner, listed, going) : new Set<string>();
  const forget = (item: BackupItem) => [backups.remove(owner, item), locks.remove(owner, item.id)];
  await removeBackups(deps, { owner, items: going, forget, needed, atOnce: 1 }, result);
  deps.progress?.({
    step: 'expire.owner',
    message: `Expired ${going.length} backups`,
    done: going.length,
    unit: 'backups',
  });
}

/**
 * Objects of all snapshots in the vault except those being removed: one that is still locked, or that the catalog does
 * not list, must stay complete like a kept one.
 */
export async function neededByOthers(
  deps: Pick<ExpireDeps, 'vault' | 'signer'>,
  owner: TenantRef,
  listed: readonly BackupItem[],
  going: readonly BackupItem[],
): Promise<Set<string>> {
  const goes = new Set(going.map(item => item.key));
  const digests = new Map(listed.map(item => [item.key, item.sha256]));
  const needed = new Set<string>();
  for await (const key of deps.vault.keys(manifestPrefix(owner, 'snapshot'))) {
    if (goes.has(key)) continue;
    for (const object of (await readHeader(deps, key, digests.get(key))).header.objects) needed.add(object.key);
  }
  return needed;
}

/** Kept means locked. Extended locks are noted, so that they are not checked again every day. */
async function lockKept(deps: ExpireDeps, plan: TenantExpiryPlan, listed: readonly BackupItem[]): Promise<number> {
  const noted = new Map((await locks.list(deps.catalog, plan.owner)).map(lock => [lock.id, lock.until]));
  const items = new Map(listed.map(item => [item.id, item]));
  let lengthened = 0;
  for (const { backup, keepUntil } of plan.decisions) {
    const item = items.get(backup.id);
    if (item === undefined || keepUntil === undefined || (noted.get(item.id) ?? '') >= keepUntil) continue;
    if (await lengthenLock(deps, item, new Date(keepUntil))) lengthened += 1;
    await deps.catalog.write([locks.put(plan.owner, { id: item.id, until: keepUntil })]);
  }
  return lengthened;
}

/** Removes the owner's segment items of removed runs: every segment of the remaining runs must be found. */
export async function forgetSegments(deps: Pick<ExpireDeps, 'catalog'>, owner: TenantRef): Promise<number> {
  const stretches = (await logKept.get(deps.catalog))?.stretches.map(({ from, to }) => [parseLsn(from), parseLsn(to)]);
  const last = stretches?.at(-1);
  if (!stretches || !last) return 0;
  // Within the last stretch, which is most of the month, nothing was removed: it is not read.
  const old = await segments.list(deps.catalog, owner, undefined, last[0]);
  const gone = old.filter(({ run }) => {
    const [from, to] = [parseLsn(run.from), parseLsn(run.to)];
    return to <= last[0]! && !stretches.some(stretch => from < stretch[1]! && to > stretch[0]!);
  });
  await writeAll(
    deps.catalog,
    gone.map(item => segments.remove(owner, item)),
  );
  return gone.length;
}

function retained({ id, kind, fromTime, toTime, reason, keepUntil }: BackupItem): RetainedBackup {
  return { id, kind, fromTime, toTime, reason, keepUntil };
}
