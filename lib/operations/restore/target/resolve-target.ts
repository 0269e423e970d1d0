/**
 * Resolves a recovery target to a log position, or refuses it and reports what is possible. A time includes the
 * tenant's transactions in commit order up to the first that committed after it, like PostgreSQL's
 * recovery_target_time; commit times need not increase in commit order, so the first one is searched in commit order.
 */
import { isDeepStrictEqual } from 'node:util';
import { parseMessage, TAG } from '../../../codec/pgoutput.ts';
import { decodeFrames } from '../../../codec/segment.ts';
import {
  isReachable,
  locateTime,
  type Moment,
  nearestMoments,
  type RecoveryWindow,
} from '../../../domain/backup-chain.ts';
import type { CodeOf } from '../../../domain/error-catalog.ts';
import { TargetError } from '../../../domain/errors.ts';
import type { LogBody } from '../../../domain/log-manifest.ts';
import { formatLsn, type Lsn, type LsnText, lsn, maxLsn, minLsn, parseLsn } from '../../../domain/lsn.ts';
import { formatTarget, type RecoveryTarget } from '../../../domain/recovery-target.ts';
import { reshapedAfter } from '../../../domain/reshaped-tables.ts';
import { serverTimeText } from '../../../domain/server-time.ts';
import { SYSTEM, type TenantRef } from '../../../domain/tenant.ts';
import { type BackupItem, markers, type RestoreCommitItem, restoreCommits } from '../../catalog/catalog-index.ts';
import type { SegmentItem } from '../../catalog/log-items.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import { catalogDiffers } from '../../catalog/signed-items.ts';
import {
  type LoggedRun,
  type LoggedRunsDeps,
  mustFollow,
  readRuns,
  readWholeRun,
  segmentOf,
} from '../../log/logged-runs.ts';
import { readBlocks } from '../../log/read-log.ts';
import { mustBeOfOneEpoch } from './position-epoch.ts';

type ReadDeps = LoggedRunsDeps;

export interface ResolvedTarget {
  readonly lsn: Lsn;
  /**
   * The requested time; for a position, the commit time of the last transaction before it (where its run has one, else
   * the server's clock near it); for a marker or a restore, its own. ISO UTC, with microseconds.
   */
  readonly time: string;
  /** Only for `snapshot:`: this snapshot as it was taken, nothing replayed. */
  readonly snapshot?: BackupItem;
  /** The snapshot after which a time was searched in the log: to be compared with its manifest. */
  readonly start?: BackupItem | undefined;
}

/**
 * Throws TargetError `before-window`, `after-window`, `target-in-gap`, `nothing-recoverable`, `unknown-marker`,
 * `unknown-restore`, `unknown-backup`.
 */
export async function resolveTarget(
  deps: ReadDeps,
  at: RecoveryMaterial,
  target: RecoveryTarget,
): Promise<ResolvedTarget> {
  if (target.kind === 'snapshot') return wholeSnapshot(at, target.backup);
  const last = at.window.stretches.at(-1);
  if (!last) throw nothing(at);
  switch (target.kind) {
    case 'latest':
      return { lsn: last.to.lsn, time: last.to.time };
    case 'lsn': {
      mustBeOfOneEpoch(at, target);
      const found = reachable(at, target.lsn, formatTarget(target));
      return { ...found, time: (await commitTimeAt(deps, at, target.lsn)) ?? found.time };
    }
    case 'time':
      return { ...(await positionOf(deps, at, target.time)), time: target.time };
    case 'marker': {
      const marker = await markers.get(deps.catalog, at.tenant, target.name);
      if (!marker) throw await unknownMarker(deps, at.tenant);
      if (marker.unclear) throw unclear('unknown-marker', `marker ${target.name}`);
      const what = `the marker ${target.name}`;
      await mustBeLogged(deps, at, { what, at: marker.lsn, entry: marker, among: body => body.markers });
      return { ...reachable(at, parseLsn(marker.lsn), `the marker ${target.name}`), time: marker.time };
    }
    case 'before-restore': {
      const commit = await commitOfRestore(deps, at, target.restore);
      const before = lsn(parseLsn(commit.lsn) - 1n);
      return { ...reachable(at, before, `the moment before restore ${target.restore}`), time: commit.time };
    }
  }
}

function wholeSnapshot(at: RecoveryMaterial, id: string): ResolvedTarget {
  const snapshot = at.backups.find(item => item.kind === 'snapshot' && item.id === id);
  if (snapshot) return { lsn: parseLsn(snapshot.to), time: snapshot.toTime, snapshot };
  throw new TargetError('unknown-backup', `This tenant has no snapshot ${id}.`, {
    hint: 'The timeline lists its snapshots.',
    retry: 'never',
  });
}

function reachable(at: RecoveryMaterial, position: Lsn, what: string): ResolvedTarget {
  if (isReachable(at.window, position)) {
    const run = at.runs.find(item => parseLsn(item.to) >= position);
    return { lsn: position, time: run?.toTime ?? at.window.stretches.at(-1)!.to.time };
  }
  const { before, after } = nearestMoments(at.window, position);
  throw refusal(what, at.window, !before ? 'before' : !after ? 'after' : 'gap', before, after);
}

/** The position of a time: just before the first transaction (own or unrouted) that committed after it. */
async function positionOf(
  deps: ReadDeps,
  at: RecoveryMaterial,
  time: string,
): Promise<Pick<ResolvedTarget, 'lsn' | 'start'>> {
  const found = locateTime(at.window, time);
  if (!('in' in found)) throw refusal(time, at.window, found.outside, found.before, found.after);
  const { from, to } = found.in;
  const starts = at.material.snapshots.filter(item => item.toTime <= time && item.to >= from.lsn && item.to <= to.lsn);
  const start = starts.reduce((latest, item) => maxLsn(latest, item.to), from.lsn);
  const later = at.material.runs.filter(run => run.fromTime > time && run.from >= start && run.from <= to.lsn);
  // DDL changes no row that would give its position: what it changed does not belong to the time before it.
  const ddl = at.gaps.filter(gap => gap.tables && gap.fromTime >= time).map(gap => parseLsn(gap.from));
  const earliest = (places: readonly Lsn[], least: Lsn) => places.filter(place => place >= start).reduce(minLsn, least);
  const limit = earliest([...later.map(run => run.from), ...ddl], to.lsn);
  const logged = await runsBetween(deps, at, start, limit);
  let bound = earliest(reshapedAfter(logged, time), limit);
  for (const { owner, item } of segmentsOf(logged, at.tenant, start)) {
    if (item.entry.maxCommitTime <= time) continue;
    if (parseLsn(item.entry.firstCommit) > bound) break;
    const first = await firstCommitAfter(deps, owner, item, time, start);
    if (first !== undefined) bound = minLsn(bound, lsn(first - 1n));
  }
  const id = starts.find(item => item.to === start)?.id;
  return { lsn: bound, start: at.backups.find(item => item.id === id) };
}

/** From signed documents. */
async function runsBetween(deps: ReadDeps, at: RecoveryMaterial, from: Lsn, to: Lsn): Promise<readonly LoggedRun[]> {
  const wanted = at.runs.filter(run => parseLsn(run.to) >= from && parseLsn(run.from) <= to);
  const { runs } = await readRuns(deps, at.tenant, wanted);
  mustFollow(runs);
  return runs;
}

/** The tenant's and the unrouted segments from a position on, in log order. */
function segmentsOf(
  runs: readonly LoggedRun[],
  tenant: TenantRef,
  from: Lsn,
): { owner: TenantRef; item: SegmentItem }[] {
  const found = runs.flatMap(run =>
    [tenant, SYSTEM].flatMap(owner => {
      const item = segmentOf(owner, run);
      return item && parseLsn(item.entry.lastCommit) >= from ? [{ owner, item }] : [];
    }),
  );
  return found.sort((a, b) => (parseLsn(a.item.entry.firstCommit) < parseLsn(b.item.entry.firstCommit) ? -1 : 1));
}

/**
 * The commit time of the last transaction (own or unrouted) of the position's run that is not after it; undefined:
 * there is none.
 */
async function commitTimeAt(deps: ReadDeps, at: RecoveryMaterial, position: Lsn): Promise<string | undefined> {
  const run = at.runs.findLast(({ from, to }) => parseLsn(from) <= position && position <= parseLsn(to));
  if (!run) return undefined;
  let last: { lsn: Lsn; time: string } | undefined;
  const { runs } = await readRuns(deps, at.tenant, [run]);
  for (const { owner, item } of segmentsOf(runs, at.tenant, parseLsn(run.from))) {
    for await (const commit of commitsOf(deps, owner, item)) {
      if (commit.lsn > position) break;
      if (last === undefined || commit.lsn > last.lsn) last = commit;
    }
  }
  return last?.time;
}

/** In commit order. A segment of one transaction is not read. */
async function* commitsOf(
  deps: ReadDeps,
  owner: TenantRef,
  { entry, packs }: SegmentItem,
): AsyncGenerator<{ lsn: Lsn; time: string }> {
  if (entry.transactions === 1) {
    yield { lsn: parseLsn(entry.firstCommit), time: entry.minCommitTime };
    return;
  }
  for await (const { message } of decodeFrames(readBlocks(deps, owner, packs, entry))) {
    if (message[0] !== TAG.begin) continue;
    const begin = parseMessage(message);
    if (begin.type === 'begin') yield { lsn: begin.commitLsn, time: serverTimeText(begin.commitTime) };
  }
}

async function firstCommitAfter(
  deps: ReadDeps,
  owner: TenantRef,
  item: SegmentItem,
  time: string,
  start: Lsn,
): Promise<Lsn | undefined> {
  const { entry } = item;
  const first = parseLsn(entry.firstCommit);
  if (entry.minCommitTime > time && first > start) return first;
  for await (const commit of commitsOf(deps, owner, item)) {
    if (commit.lsn > start && commit.time > time) return commit.lsn;
  }
  return undefined;
}

/** The position at which a restore's transaction committed, from the log itself. */
async function commitOfRestore(deps: ReadDeps, at: RecoveryMaterial, id: string): Promise<RestoreCommitItem> {
  const seen = await restoreCommits.get(deps.catalog, at.tenant, id);
  if (seen?.unclear) throw unclear('unknown-restore', `restore ${id}`);
  if (seen) {
    const what = `the restore ${id}`;
    await mustBeLogged(deps, at, { what, at: seen.lsn, entry: seen, among: body => body.restores });
    return seen;
  }
  throw new TargetError('unknown-restore', `The change log does not hold the restore ${id} of this tenant.`, {
    hint: 'Run `holdfast ship`, then try again; the timeline lists the restores.',
    retry: 'operator',
  });
}

function unclear(code: CodeOf<'target'>, what: string): TargetError {
  return new TargetError(
    code,
    `The change log has the ${what} at several positions: which one is meant is not known.`,
    {
      hint: 'Choose a time or a position. A marker that was set twice causes this, or a message that something else wrote.',
      retry: 'never',
    },
  );
}

interface Listed {
  readonly what: string;
  /** Its position. */
  readonly at: LsnText;
  /** As in the catalog. */
  readonly entry: object;
  readonly among: (body: LogBody) => readonly object[];
}

/** The catalog's entry must be in the signed run of that position. Outside the window it is refused without a look. */
async function mustBeLogged(deps: ReadDeps, at: RecoveryMaterial, listed: Listed): Promise<void> {
  const position = parseLsn(listed.at);
  if (!isReachable(at.window, position)) return;
  const around = at.runs.filter(run => parseLsn(run.from) <= position && position <= parseLsn(run.to));
  for (const run of around) {
    const found = listed.among(await readWholeRun(deps, run));
    if (found.some(entry => isDeepStrictEqual(entry, listed.entry))) return;
  }
  throw catalogDiffers(around[0]?.key ?? '(no log manifest)', listed.what);
}

async function unknownMarker(deps: ReadDeps, tenant: TenantRef): Promise<TargetError> {
  const known = (await markers.list(deps.catalog, tenant)).map(marker => marker.name);
  const listed = known.length > 0 ? `Its markers: ${known.slice(-10).join(', ')}.` : 'It has no markers yet.';
  return new TargetError('unknown-marker', 'This tenant has no marker with that name.', {
    hint: `${listed} A target may also be a time, "2 hours ago", an LSN, before:RESTORE or latest.`,
    details: { markers: known },
  });
}

function nothing(at: RecoveryMaterial): TargetError {
  const snapshot = at.backups.some(item => item.kind === 'snapshot');
  return new TargetError('nothing-recoverable', 'No moment of this tenant can be recovered yet.', {
    hint: snapshot
      ? 'Its snapshot needs the change log up to its end: run `holdfast ship`.'
      : 'Take a snapshot with `holdfast snapshot`, then run `holdfast ship`.',
  });
}

const CODES = { before: 'before-window', after: 'after-window', gap: 'target-in-gap' } as const;

function refusal(
  what: string,
  window: RecoveryWindow,
  outside: keyof typeof CODES,
  before?: Moment,
  after?: Moment,
): TargetError {
  const say = (moment: Moment) => `${moment.time} (${formatLsn(moment.lsn)})`;
  const details = {
    before: before && { lsn: formatLsn(before.lsn), time: before.time },
    after: after && { lsn: formatLsn(after.lsn), time: after.time },
  };
  const gap = window.gaps.find(candidate => before && candidate.from.lsn === before.lsn);
  const messages = {
    before: `${what} lies before the recovery window.`,
    after: `${what} lies after the newest recoverable moment.`,
    gap: `${what} lies in a gap of the change log (${gap?.reason ?? 'log-missing'}).`,
  };
  const hints = {
    before: `The earliest moment is ${after ? say(after) : 'unknown'}.`,
    after:
      gap && gap.to === null
        ? `The log is broken there (${gap.reason}): take a snapshot and ship. The newest moment is ${say(before!)}.`
        : `Run \`holdfast ship\` to move it forward. The newest moment is ${before ? say(before) : 'unknown'}.`,
    gap: `The nearest moments are ${before ? say(before) : 'none'} and ${after ? say(after) : 'none'}.`,
  };
  return new TargetError(CODES[outside], messages[outside], {
    hint: hints[outside],
    details,
  });
}
