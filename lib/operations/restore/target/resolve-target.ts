/**
 * Resolves a recovery target to a log position, or refuses it and reports what is possible. A time includes the
 * tenant's transactions in commit order up to the first that committed after it, like PostgreSQL's
 * recovery_target_time; commit times need not increase in commit order, so the first one is searched in commit order.
 */
import { isDeepStrictEqual } from 'node:util';
import { isReachable, locateTime, nearestMoments } from '../../../domain/backup-chain.ts';
import type { CodeOf } from '../../../domain/error-catalog.ts';
import { InputError, TargetError } from '../../../domain/errors.ts';
import type { LogBody } from '../../../domain/log-manifest.ts';
import { type Lsn, type LsnText, lsn, maxLsn, minLsn, parseLsn } from '../../../domain/lsn.ts';
import { formatTarget, type RecoveryTarget } from '../../../domain/recovery-target.ts';
import { reshapedAfter } from '../../../domain/reshaped-tables.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { isoMicroseconds } from '../../../domain/wall-time.ts';
import type { Deps } from '../../../ports.ts';
import {
  type BackupItem,
  markers,
  type RestoreCommitItem,
  restoreCommits,
  restores,
} from '../../catalog/catalog-index.ts';
import type { ClusterReadItem } from '../../catalog/cluster-reads.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import { catalogDiffers } from '../../catalog/signed-items.ts';
import { type LoggedRunsDeps, readWholeRun } from '../../log/logged-runs.ts';
import { commitTimeAt, firstCommitAfter, runsBetween, segmentsOf } from './commits-between.ts';
import { findTransaction } from './find-transaction.ts';
import { mustBeOfOneEpoch } from './position-epoch.ts';
import { nothingRecoverable, targetRefusal } from './target-refusal.ts';

type ReadDeps = LoggedRunsDeps & Pick<Deps, 'clock'>;

export interface ResolvedTarget {
  readonly lsn: Lsn;
  /**
   * The requested time; for a position, the commit time of the last transaction before it (where its run has one, else
   * the server's clock near it); for a transaction, a marker or a restore, its own. ISO UTC, with microseconds.
   */
  readonly time: string;
  /** Only for `snapshot:` and `cluster-read:`: this one as it was read, nothing replayed. */
  readonly snapshot?: BackupItem | ClusterReadItem;
  /** The snapshot after which a time was searched in the log: to be compared with its manifest. */
  readonly start?: BackupItem | undefined;
}

/**
 * Throws InputError `bad-target`; TargetError `before-window`, `after-window`, `target-in-gap`, `nothing-recoverable`, `unknown-marker`,
 * `unknown-restore`, `unknown-backup`, `unknown-transaction`, `transaction-unclear`, `position-unclear`.
 */
export async function resolveTarget(
  deps: ReadDeps,
  at: RecoveryMaterial,
  target: RecoveryTarget,
): Promise<ResolvedTarget> {
  if (target.kind === 'snapshot') return wholeSnapshot(at, target.backup);
  if (target.kind === 'cluster-read') throw outsideLog();
  const last = at.window.stretches.at(-1);
  if (!last) throw nothingRecoverable(at);
  switch (target.kind) {
    case 'latest':
      return { lsn: last.to.lsn, time: last.to.time };
    case 'lsn':
    case 'after-lsn':
    case 'before-lsn': {
      mustBeOfOneEpoch(at, target);
      const position = target.kind === 'before-lsn' ? before(target.lsn) : target.lsn;
      const found = reachable(at, position, formatTarget(target));
      return { ...found, time: (await commitTimeAt(deps, at, position)) ?? found.time };
    }
    case 'before-transaction':
    case 'after-transaction': {
      const commit = await findTransaction(deps, at, target.xid);
      const position = target.kind === 'before-transaction' ? before(commit.lsn) : commit.lsn;
      return { ...reachable(at, position, formatTarget(target)), time: commit.time };
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
      return {
        ...reachable(at, before(parseLsn(commit.lsn)), `the moment before restore ${target.restore}`),
        time: commit.time,
      };
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

/** A plan of one takes it as it was read, and resolves nothing. */
function outsideLog(): InputError {
  return new InputError('bad-target', 'What was read of a copy has no position in the change log.', {
    hint: 'It can be restored, compared and exported. Here, write a time, a transaction or a position.',
  });
}

function reachable(at: RecoveryMaterial, position: Lsn, what: string): ResolvedTarget {
  if (isReachable(at.window, position)) {
    const run = at.runs.find(item => parseLsn(item.to) >= position);
    return { lsn: position, time: run?.toTime ?? at.window.stretches.at(-1)!.to.time };
  }
  const near = nearestMoments(at.window, position);
  const outside = !near.before ? 'before' : !near.after ? 'after' : 'gap';
  throw targetRefusal(what, at.window, { outside, ...near });
}

/** The state just before what committed at the position. */
function before(position: Lsn): Lsn {
  return lsn(position - 1n);
}

/** The position of a time: just before the first transaction (own or unrouted) that committed after it. */
async function positionOf(
  deps: ReadDeps,
  at: RecoveryMaterial,
  time: string,
): Promise<Pick<ResolvedTarget, 'lsn' | 'start'>> {
  const found = locateTime(at.window, time);
  if (!('in' in found)) {
    const isFuture = time > isoMicroseconds(BigInt(deps.clock.now().getTime()) * 1000n);
    throw targetRefusal(time, at.window, { ...found, isFuture });
  }
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
  const isKnown = (await restores.get(deps.catalog, at.tenant, id)) !== undefined;
  throw new TargetError('unknown-restore', `The change log does not hold the restore ${id} of this tenant.`, {
    hint: isKnown
      ? 'Run `holdfast ship`, then try again.'
      : 'Check the id: `holdfast restores` lists them. For a transaction or a position write before:XID or before:LSN.',
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
    hint: `${listed} A target may also be a time, "2 hours ago", before:XID, an LSN, before:RESTORE or latest.`,
    details: { markers: known },
  });
}
