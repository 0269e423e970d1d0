/** Facts about backups: taken, shipped, verified, locked, sealed. Each looks into the vault, not only into the catalog. */

import { COMMITTING_AES_256, readSealedHeader } from '../../../codec/sealed-header.ts';
import { DAY_MS } from '../../../domain/daily-share.ts';
import { OBJECTIVES } from '../../../domain/objectives.ts';
import { SYSTEM } from '../../../domain/tenant.ts';
import { type BackupItem, backups, gaps, type RunItem, runs } from '../../catalog/catalog-index.ts';
import { inParallel } from '../../in-parallel.ts';
import { policyHistory } from '../../retention/policy-in-force.ts';
import { readHeader } from '../../storage/manifest-store.ts';
import { citeManifests, countOf, type EvidenceLook, isInRange, type LookResult, presentTenants } from './look.ts';

const AT_ONCE = 8;
/** The longest time between two runs of the log that is on time. */
const LATE_MS = OBJECTIVES.standard.recoveryPointSeconds * 1000;

export async function lookForBackups(look: EvidenceLook): Promise<LookResult> {
  const present = presentTenants(look);
  const days = await inParallel(AT_ONCE, present, async ({ ref, firstSeen }) => {
    const taken = (await snapshotsOf(look, ref)).filter(item => isInRange(look, item.toTime));
    const judged = await daysKeptSince(look, ref);
    return { taken, judged, missed: missedDays(look, taken, Math.max(judged, Date.parse(firstSeen))) };
  });
  const cited = await citeManifests(
    look,
    days.flatMap(({ taken }) => taken),
  );
  const missed = days.reduce((sum, day) => sum + day.missed, 0);
  const judged = days.reduce((latest, day) => Math.max(latest, day.judged), 0);
  const without = days.filter(({ taken }) => taken.length === 0).length;
  return {
    found:
      cited.evidence.length === 0
        ? []
        : [
            `${countOf(cited.evidence.length, 'signed snapshot')} in the range.`,
            ...(judged > look.from.getTime()
              ? [`Single days were looked for since ${dayOf(judged)}: older daily snapshots have expired.`]
              : []),
          ],
    missing: [
      ...(present.length === 0 ? ['No tenant is protected.'] : []),
      ...(without > 0 ? [`${countOf(without, 'tenant')} without any snapshot in the range.`] : []),
      ...(missed > 0 ? [`${countOf(missed, 'day')} of single tenants without a snapshot.`] : []),
      ...cited.missing,
    ],
    evidence: cited.evidence,
  };
}

/**
 * Milliseconds since 1970: since then every daily snapshot that was taken is still kept, by every policy that was ever in
 * force. A day before that without a snapshot says nothing.
 */
async function daysKeptSince({ deps }: EvidenceLook, ref: EvidenceLook['tenants'][number]['ref']): Promise<number> {
  const history = await policyHistory(deps, ref);
  const days = Math.min(...history.map(({ document }) => document.policy.dailyDays));
  return history.length === 0 ? 0 : deps.clock.now().getTime() - days * DAY_MS;
}

function dayOf(time: number): string {
  return new Date(Math.ceil(time / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}

/** Full days (UTC) of the range without a snapshot. `since`: milliseconds since 1970. */
function missedDays({ from, to, deps }: EvidenceLook, taken: readonly BackupItem[], since: number): number {
  const begin = Math.max(from.getTime(), since);
  const end = Math.min(to.getTime(), deps.clock.now().getTime());
  const with_ = new Set(taken.map(({ toTime }) => Math.floor(Date.parse(toTime) / DAY_MS)));
  let missed = 0;
  for (let day = Math.ceil(begin / DAY_MS); (day + 1) * DAY_MS <= end; day++) if (!with_.has(day)) missed += 1;
  return missed;
}

export async function lookForLog(look: EvidenceLook): Promise<LookResult> {
  const { deps } = look;
  const shipped = (await runs.list(deps.catalog)).filter(run => isInRange(look, run.toTime));
  const cited = await citeManifests(look, shipped);
  const holes = (await gaps.list(deps.catalog, look.only ?? SYSTEM)).filter(gap => isInRange(look, gap.fromTime));
  const since = await logKeptSince(look);
  const longest = longestSilence(look, shipped, since);
  return {
    found:
      cited.evidence.length === 0
        ? []
        : [
            `${countOf(cited.evidence.length, 'signed run')} of the log.`,
            `At most ${minutes(longest)} between two of them${since > look.from.getTime() ? `, since ${new Date(since).toISOString()}: older ones have expired` : ''}.`,
          ],
    missing: [
      ...(holes.length > 0 ? [`${countOf(holes.length, 'gap')} of the log begin in the range.`] : []),
      ...(shipped.length > 0 && longest > LATE_MS
        ? [`The log did not advance for ${minutes(longest)}; the objective is ${minutes(LATE_MS)}.`]
        : []),
      ...cited.missing,
    ],
    evidence: cited.evidence,
  };
}

/** Milliseconds since 1970: since then every run is still kept, by every policy of a tenant that was ever in force. */
async function logKeptSince(look: EvidenceLook): Promise<number> {
  const histories = await inParallel(AT_ONCE, presentTenants(look), ({ ref }) => policyHistory(look.deps, ref));
  const days = histories.flat().map(({ document }) => document.policy.logDays);
  return days.length === 0 ? 0 : look.deps.clock.now().getTime() - Math.min(...days) * DAY_MS;
}

/** Milliseconds: between two runs, and from the last to the end of the range or now. `since`: milliseconds since 1970. */
function longestSilence({ from, to, deps }: EvidenceLook, shipped: readonly RunItem[], since: number): number {
  const end = Math.min(to.getTime(), deps.clock.now().getTime());
  const runsEnd = shipped.map(run => Date.parse(run.toTime)).filter(time => time >= since);
  const times = [
    ...(since > from.getTime() && since < end ? [since] : []),
    ...runsEnd.sort((a, b) => a - b),
    ...(runsEnd.length > 0 || since < end ? [end] : []),
  ];
  return times.slice(1).reduce((longest, time, index) => Math.max(longest, time - times[index]!), 0);
}

export async function lookForVerifications(look: EvidenceLook): Promise<LookResult> {
  const present = presentTenants(look);
  const each = await inParallel(AT_ONCE, present, async ({ ref }) =>
    (await snapshotsOf(look, ref)).filter(({ verified }) => verified && isInRange(look, verified.at)),
  );
  const cited = await citeManifests(look, each.flat());
  const failed = each.flat().filter(item => !item.verified!.ok).length;
  const never = each.filter(items => !items.some(item => item.verified!.ok)).length;
  const passed = cited.evidence.length - failed;
  return {
    found: passed > 0 ? [`${countOf(passed, 'backup')} last verified in the range, by restoring them.`] : [],
    missing: [
      ...(present.length === 0 ? ['No tenant is protected.'] : []),
      ...(never > 0 ? [`${countOf(never, 'tenant')} without a successful verification in the range.`] : []),
      ...(failed > 0 ? [`${countOf(failed, 'backup')} failed the last verification.`] : []),
      ...cited.missing,
    ],
    evidence: cited.evidence,
  };
}

export async function lookForLocks(look: EvidenceLook): Promise<LookResult> {
  const { deps } = look;
  const newest = await newestManifests(look);
  const now = deps.clock.now();
  const open: string[] = [];
  const evidence = new Map<string, string>();
  await inParallel(AT_ONCE, newest, async ({ key, sha256 }) => {
    const { header } = await readHeader(deps, key, sha256);
    for (const each of [key, ...header.objects.map(object => object.key)]) {
      const stored = await deps.vault.head(each);
      if (stored && (stored.hold || stored.retainUntil > now)) evidence.set(each, stored.sha256);
      else open.push(each);
    }
  });
  return {
    found: evidence.size > 0 ? [`${countOf(evidence.size, 'object')} of the newest backups are locked or held.`] : [],
    missing: [
      ...(newest.length === 0 ? ['There is no backup.'] : []),
      ...(open.length > 0
        ? [`${countOf(open.length, 'object')} of the newest backups are not locked, or are gone.`]
        : []),
    ],
    evidence: [...evidence].map(([key, sha256]) => ({ key, sha256 })),
  };
}

export async function lookForSealing(look: EvidenceLook): Promise<LookResult> {
  const { deps } = look;
  const present = presentTenants(look);
  const wrong: string[] = [];
  const evidence: { key: string; sha256: string }[] = [];
  await inParallel(AT_ONCE, present, async ({ ref }) => {
    const item = (await snapshotsOf(look, ref)).at(-1);
    const header = item && sealedHeaderOf((await readHeader(deps, item.key, item.sha256)).file.body);
    if (item && header?.owner === ref && header.algorithm === COMMITTING_AES_256) {
      evidence.push({ key: item.key, sha256: item.sha256 });
    } else wrong.push(ref);
  });
  return {
    found:
      evidence.length > 0
        ? [`${countOf(evidence.length, 'tenant')} with backups sealed by AES-256-GCM, bound to that tenant.`]
        : [],
    missing: [
      ...(present.length === 0 ? ['No tenant is protected.'] : []),
      ...(wrong.length > 0 ? [`${countOf(wrong.length, 'tenant')} without a snapshot that is sealed for it.`] : []),
    ],
    evidence,
  };
}

const sealedHeaderOf = (body: string) => readSealedHeader(Buffer.from(body, 'base64'));

async function snapshotsOf({ deps }: EvidenceLook, ref: EvidenceLook['tenants'][number]['ref']): Promise<BackupItem[]> {
  return (await backups.list(deps.catalog, ref)).filter(item => item.kind === 'snapshot');
}

/** The newest snapshot of every tenant, and the newest run of the log. */
async function newestManifests(look: EvidenceLook): Promise<{ key: string; sha256: string }[]> {
  const snapshots = await inParallel(AT_ONCE, presentTenants(look), async ({ ref }) =>
    (await snapshotsOf(look, ref)).at(-1),
  );
  return [...snapshots, await runs.latest(look.deps.catalog)].flatMap(item => (item ? [item] : []));
}

function minutes(ms: number): string {
  return countOf(Math.round(ms / 60_000), 'minute');
}
