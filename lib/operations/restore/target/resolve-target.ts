/**
 * Resolves a recovery target to a log position, or refuses it and reports what is possible. A time includes the
 * tenant's transactions in commit order up to the first that committed after it, like PostgreSQL's
 * recovery_target_time; commit times need not increase in commit order, so the first one is searched in commit order.
 */
import { isDeepStrictEqual } from 'node:util';
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
import type { TenantRef } from '../../../domain/tenant.ts';
import { type BackupItem, markers, type RestoreCommitItem, restoreCommits } from '../../catalog/catalog-index.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import { catalogDiffers } from '../../catalog/signed-items.ts';
import { type LoggedRunsDeps, readWholeRun } from '../../log/logged-runs.ts';
import { commitTimeAt, firstCommitAfter, runsBetween, segmentsOf } from './commits-between.ts';
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
