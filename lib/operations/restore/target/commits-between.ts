/** Commits of a stretch of the log, the tenant's and the unrouted ones, from signed documents only. */
import { parseMessage, TAG } from '../../../codec/pgoutput.ts';
import { decodeFrames } from '../../../codec/segment.ts';
import { type Lsn, parseLsn } from '../../../domain/lsn.ts';
import { serverTimeText } from '../../../domain/server-time.ts';
import { SYSTEM, type TenantRef } from '../../../domain/tenant.ts';
import type { SegmentItem } from '../../catalog/log-items.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import { type LoggedRun, type LoggedRunsDeps, mustFollow, readRuns, segmentOf } from '../../log/logged-runs.ts';
import { readPayload } from '../../log/payload-reader.ts';

/** From signed documents. */
export async function runsBetween(
  deps: LoggedRunsDeps,
  at: RecoveryMaterial,
  from: Lsn,
  to: Lsn,
): Promise<readonly LoggedRun[]> {
  const wanted = at.runs.filter(run => parseLsn(run.to) >= from && parseLsn(run.from) <= to);
  const { runs } = await readRuns(deps, at.tenant, wanted);
  mustFollow(runs);
  return runs;
}

/** The tenant's and the unrouted segments from a position on, in log order. */
export function segmentsOf(
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
export async function commitTimeAt(
  deps: LoggedRunsDeps,
  at: RecoveryMaterial,
  position: Lsn,
): Promise<string | undefined> {
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
  deps: LoggedRunsDeps,
  owner: TenantRef,
  item: SegmentItem,
): AsyncGenerator<{ lsn: Lsn; time: string }> {
  const { entry } = item;
  if (entry.transactions === 1) {
    yield { lsn: parseLsn(entry.firstCommit), time: entry.minCommitTime };
    return;
  }
  for await (const { message } of decodeFrames(readPayload(deps, owner, item))) {
    if (message[0] !== TAG.begin) continue;
    const begin = parseMessage(message);
    if (begin.type === 'begin') yield { lsn: begin.commitLsn, time: serverTimeText(begin.commitTime) };
  }
}

export async function firstCommitAfter(
  deps: LoggedRunsDeps,
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
