/**
 * Makes a recovery target a log position, or refuses it with what is possible. A time stands for the tenant's
 * transactions in commit order up to the first that committed after it, as PostgreSQL's recovery_target_time does;
 * commit times need not rise with commit order, so the first one is searched in commit order.
 */
import { parseMessage, TAG } from '../../codec/pgoutput.ts';
import { decodeFrames } from '../../codec/segment.ts';
import {
  isReachable,
  locateTime,
  type Moment,
  nearestMoments,
  type RecoveryWindow,
} from '../../domain/backup-chain.ts';
import { TargetError } from '../../domain/errors.ts';
import { formatLsn, type Lsn, lsn, maxLsn, minLsn, parseLsn } from '../../domain/lsn.ts';
import { formatTarget, type RecoveryTarget } from '../../domain/recovery-target.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { type BackupItem, markers, restoreCommits, type SegmentItem, segments } from '../catalog/catalog-index.ts';
import { readBlocks } from '../log/read-log.ts';
import type { RecoveryMaterial } from './recovery-material.ts';

type ReadDeps = Pick<Deps, 'vault' | 'keyring' | 'catalog'>;

export interface ResolvedTarget {
  readonly lsn: Lsn;
  /** Server clock near the position, ISO UTC; the time asked for where it was one. */
  readonly time: string;
  /** Only for `snapshot:`: this snapshot as it was taken, nothing replayed. */
  readonly snapshot?: BackupItem;
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
    case 'lsn':
      return reachable(at, target.lsn, formatTarget(target));
    case 'time':
      return { lsn: await positionOf(deps, at, target.time), time: target.time };
    case 'marker': {
      const marker = await markers.get(deps.catalog, at.tenant, target.name);
      if (!marker) throw await unknownMarker(deps, at.tenant);
      return { ...reachable(at, parseLsn(marker.lsn), `the marker ${target.name}`), time: marker.time };
    }
    case 'before-restore': {
      const commit = await commitOfRestore(deps, at, target.restore);
      return reachable(at, lsn(commit - 1n), `the moment before restore ${target.restore}`);
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
async function positionOf(deps: ReadDeps, at: RecoveryMaterial, time: string): Promise<Lsn> {
  const found = locateTime(at.window, time);
  if (!('in' in found)) throw refusal(time, at.window, found.outside, found.before, found.after);
  const { from, to } = found.in;
  const starts = at.material.snapshots.filter(item => item.toTime <= time && item.to >= from.lsn && item.to <= to.lsn);
  const start = starts.reduce((latest, item) => maxLsn(latest, item.to), from.lsn);
  const later = at.material.runs.filter(run => run.fromTime >= time && run.from >= start && run.from <= to.lsn);
  let bound = later.reduce((least, run) => minLsn(least, run.from), to.lsn);
  const pieces = await Promise.all(
    [at.tenant, SYSTEM].map(async owner => {
      const items = await segments.list(deps.catalog, owner, start);
      return items.filter(item => item.entry.maxCommitTime > time).map(item => ({ owner, item }));
    }),
  );
  const inOrder = pieces
    .flat()
    .sort((a, b) => (parseLsn(a.item.entry.firstCommit) < parseLsn(b.item.entry.firstCommit) ? -1 : 1));
  for (const { owner, item } of inOrder) {
    if (parseLsn(item.entry.firstCommit) > bound) break;
    const first = await firstCommitAfter(deps, owner, item, time, start);
    if (first !== undefined) bound = minLsn(bound, lsn(first - 1n));
  }
  return bound;
}

async function firstCommitAfter(
  deps: ReadDeps,
  owner: TenantRef,
  item: SegmentItem,
  time: string,
  start: Lsn,
): Promise<Lsn | undefined> {
  const { entry, packs } = item;
  const first = parseLsn(entry.firstCommit);
  if (entry.minCommitTime > time && first > start) return first;
  for await (const { message } of decodeFrames(readBlocks(deps, owner, packs, entry))) {
    if (message[0] !== TAG.begin) continue;
    const begin = parseMessage(message);
    if (begin.type === 'begin' && begin.commitLsn > start && serverTimeText(begin.commitTime) > time)
      return begin.commitLsn;
  }
  return undefined;
}

/** The log itself says where a restore's transaction committed. */
async function commitOfRestore(deps: ReadDeps, at: RecoveryMaterial, id: string): Promise<Lsn> {
  const seen = await restoreCommits.get(deps.catalog, at.tenant, id);
  if (seen) return parseLsn(seen.lsn);
  throw new TargetError('unknown-restore', `The change log does not hold the restore ${id} of this tenant.`, {
    hint: 'Run `holdfast ship`, then try again; the timeline lists the restores.',
    retry: 'operator',
  });
}

async function unknownMarker(deps: ReadDeps, tenant: TenantRef): Promise<TargetError> {
  const known = (await markers.list(deps.catalog, tenant)).map(marker => marker.name);
  const listed = known.length > 0 ? `Its markers: ${known.slice(-10).join(', ')}.` : 'It has no markers yet.';
  return new TargetError('unknown-marker', 'This tenant has no marker of that name.', {
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
    retry: outside === 'after' ? 'operator' : 'never',
    details,
  });
}
