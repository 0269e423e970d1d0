/**
 * Expiry of the log that all tenants share, once for all of them: a run is kept while any second of the window is in
 * it, while a tenant under legal hold has no copy of it, or while a tenant needs it to replay onto or to complete a kept snapshot. Tenants record that in notes
 * (expire-tenant.ts). Invariant, fail closed: while a tenant has no note, or one made for a shorter window than it has
 * now, or while its retention is not known, nothing is removed. An older note is safe: what a tenant needs only moves forward.
 * One that left the database needs what lies before that, and its window keeps nothing of others; one that was destroyed, as
 * a certificate proves, needs nothing. Indexes follow their runs.
 */
import { type Lsn, type LsnText, parseLsn } from '../../domain/lsn.ts';
import { COMPLETES, type RetentionDecision, windowBegin } from '../../domain/retention.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { DecidedRetention } from '../../domain/tenant-policy.ts';
import { locks, type RunItem, runs, type TenantItem, tenants } from '../catalog/catalog-index.ts';
import { type LogNeedItem, logKept, logNeeds } from '../catalog/log-items.ts';
import { inParallel } from '../in-parallel.ts';
import { provedEnd } from '../storage/proved-end.ts';
import { expireIndexes } from './expire-indexes.ts';
import { forgetSegments } from './expire-tenant.ts';
import { NOT_COPIED, withoutCopy } from './held-log-copies.ts';
import {
  type ExpireDeps,
  type ExpiryResult,
  emptyResult,
  lengthenLock,
  removable,
  removeBackups,
} from './remove-backup.ts';

/** Runs removed or locked at the same time. */
const AT_ONCE = 8;

/** Decides by the notes in the catalog, or by the given ones. */
export async function planLogExpiry(
  deps: Pick<ExpireDeps, 'catalog' | 'clock' | 'vault' | 'signer'>,
  policyOf: (tenant: TenantRef) => DecidedRetention,
  given?: readonly LogNeedItem[],
): Promise<RetentionDecision[]> {
  const log = await runs.list(deps.catalog);
  const notes = new Map((given ?? (await logNeeds.list(deps.catalog))).map(need => [need.ref, need]));
  const known = await withoutDestroyed(deps, await tenants.list(deps.catalog));
  const listed = known.map(tenant => tenant.ref);
  const silent = known.filter(({ ref, departed }) => {
    const { logDays, undecided } = policyOf(ref);
    const note = notes.get(ref);
    // It came back since.
    const isOutdated = note?.departed === true && departed === undefined;
    return undecided || isOutdated || (note?.logDays ?? 0) < logDays;
  }).length;
  const why = silent > 0 ? `${silent} tenants have not reported yet what they need` : 'no tenant is known';
  if (silent > 0 || listed.length === 0)
    return log.map(run => ({ backup: logBackup(run), keep: true, reasons: [why] }));
  return decide(
    log,
    listed.map(ref => notes.get(ref)!),
    deps.clock.now(),
  );
}

/** Whoever edits the catalog makes no tenant a destroyed one. */
async function withoutDestroyed(
  deps: Pick<ExpireDeps, 'vault' | 'signer'>,
  listed: readonly TenantItem[],
): Promise<TenantItem[]> {
  const kept = await inParallel(AT_ONCE, listed, async item => {
    const isDestroyed = item.destruction === 'done' && (await provedEnd(deps, item.ref)).destruction === 'done';
    return isDestroyed ? [] : [item];
  });
  return kept.flat();
}

function decide(log: readonly RunItem[], needs: readonly LogNeedItem[], now: Date): RetentionDecision[] {
  const present = needs.filter(need => !need.departed);
  const windows = present.length > 0 ? present : needs;
  const begin = windowBegin({ logDays: Math.max(...windows.map(need => need.logDays)) }, now);
  const replayFrom = needs.reduce<Lsn | undefined>((least, { from }) => {
    const position = from === null ? undefined : parseLsn(from);
    return position !== undefined && (least === undefined || position < least) ? position : least;
  }, undefined);
  const completes = completing(log, needs);
  return log.map((run, index) => {
    const until = completes.get(index);
    const reasons = [
      ...(new Date(run.toTime) >= begin ? ['inside the window of recovery to any second'] : []),
      ...(replayFrom !== undefined && parseLsn(run.to) >= replayFrom ? ['a tenant replays it onto its snapshot'] : []),
      ...(until === undefined ? [] : [COMPLETES]),
    ];
    if (reasons.length === 0) return { backup: logBackup(run), keep: false, reasons: ["no tenant's window needs it"] };
    return {
      backup: logBackup(run),
      keep: true,
      reasons,
      ...(until && until > now.toISOString() && { keepUntil: until }),
    };
  });
}

/**
 * Index of each run that completes a kept snapshot → until when the longest kept of them is kept ('' where unknown).
 */
function completing(log: readonly RunItem[], needs: readonly LogNeedItem[]): Map<number, string> {
  const ends = log.map(run => parseLsn(run.to));
  const starts = log.map(run => parseLsn(run.from));
  const found = new Map<number, string>();
  for (const { spans } of needs) {
    for (const span of spans) {
      const [from, to] = [parseLsn(span.from), parseLsn(span.to)];
      for (let index = firstAtLeast(ends, from); index < log.length && starts[index]! <= to; index++) {
        const known = found.get(index) ?? '';
        found.set(index, span.until && span.until > known ? span.until : known);
      }
    }
  }
  return found;
}

function firstAtLeast(sorted: readonly Lsn[], least: Lsn): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Executes the decisions: locks first, then removals; last it records which stretches are left. */
export async function expireLog(
  deps: ExpireDeps,
  decisions: readonly RetentionDecision[],
  result: ExpiryResult = emptyResult(),
): Promise<ExpiryResult> {
  const listed = await runs.list(deps.catalog);
  const items = new Map(listed.map(run => [run.id, run]));
  const noted = new Map((await locks.list(deps.catalog, SYSTEM)).map(lock => [lock.id, lock.until]));
  const lasting = decisions.flatMap(({ backup, keepUntil }) => {
    const run = items.get(backup.id);
    return run && keepUntil && (noted.get(run.id) ?? '') < keepUntil ? [{ run, keepUntil }] : [];
  });
  await someAtOnce(lasting, async ({ run, keepUntil }) => {
    if (await lengthenLock(deps, run, new Date(keepUntil))) result.lengthened += 1;
    await deps.catalog.write([locks.put(SYSTEM, { id: run.id, until: keepUntil })]);
  });
  const planned = decisions.flatMap(({ backup, keep }) => (keep ? [] : (items.get(backup.id) ?? [])));
  const lacking = await withoutCopy(deps, planned);
  for (const run of planned) if (lacking.has(run.id)) result.kept.push({ key: run.key, reason: NOT_COPIED });
  const doomed = planned.filter(run => !lacking.has(run.id));
  const free = await inParallel(AT_ONCE, doomed, run => removable(deps, [run], result));
  const forget = (run: RunItem) => [runs.remove(run), locks.remove(SYSTEM, run.id)];
  // A run's packs are its own: a month of kept runs need not be read to remove a day.
  const needed = new Set<string>();
  await removeBackups(deps, { owner: SYSTEM, items: free.flat(), forget, needed, atOnce: AT_ONCE }, result);
  const left = await runs.list(deps.catalog);
  await expireIndexes(deps, left, result);
  await deps.catalog.write([logKept.put({ stretches: stretchesOf(left) })]);
  await forgetSegments(deps, SYSTEM);
  return result;
}

async function someAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    await Promise.all(items.slice(start, start + AT_ONCE).map(work));
  }
}

function stretchesOf(log: readonly RunItem[]): { from: LsnText; to: LsnText }[] {
  const stretches: { from: LsnText; to: LsnText }[] = [];
  for (const { from, to } of log) {
    const last = stretches.at(-1);
    if (last && parseLsn(last.to) >= parseLsn(from)) last.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

function logBackup({ id, fromTime, toTime }: RunItem): RetentionDecision['backup'] {
  return { id, kind: 'log', fromTime, toTime };
}
