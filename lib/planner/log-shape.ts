/**
 * The average change log of a fleet, and the documents to read for a range of it. All steps that ship, fold, plan or
 * expire are computed from these numbers, so that they cannot disagree about the log.
 */
import { INDEX_SEGMENTS, shardBits } from '../domain/log-index.ts';
import { Settings } from '../domain/settings.ts';
import type { Assumptions } from './fleet-profile.ts';

/** An average run of the shipper and of the fold. */
export interface RunShape {
  /** Tenants with a segment in an average run, and tenants folded in an average hour. */
  readonly activePerRun: number;
  readonly foldedPerRun: number;
  readonly runsKept: number;
  readonly runsPerDay: number;
  readonly logManifestBytes: number;
  readonly logPackBytes: number;
  /** Share of runs with at least one change. */
  readonly fullRuns: number;
  readonly index: IndexShape;
}

/** An average log index. */
export interface IndexShape {
  readonly perDay: number;
  readonly runs: number;
  readonly shards: number;
  readonly shardBytes: number;
}

/** operations/log/index-log.ts, domain/log-index.ts: as often as configured, and more often if it would be too large. */
export function indexShape(
  { runsPerDay, activePerRun }: Pick<RunShape, 'runsPerDay' | 'activePerRun'>,
  { segmentEntryBytes, runEntryBytes }: Assumptions,
  minutes: number,
): IndexShape {
  const { runs: most, shardSegments } = Settings.parse({}).logIndex;
  const wanted = Math.max(1440 / minutes, runsPerDay / most, (runsPerDay * activePerRun) / INDEX_SEGMENTS);
  const runs = runsPerDay / wanted;
  // An index of a single run is not written.
  if (runs < 2) return { perDay: 0, runs: 0, shards: 0, shardBytes: 0 };
  const segments = runs * activePerRun;
  const shards = 2 ** shardBits(segments, shardSegments);
  return { perDay: wanted, runs, shards, shardBytes: runs * runEntryBytes + (segments / shards) * segmentEntryBytes };
}

/** Documents for a number of days of log: indexes, the runs since the last one, and their bytes. */
interface LogReading {
  readonly indexes: number;
  readonly runs: number;
  readonly bytes: number;
}

/** operations/log/logged-runs.ts. `sinceIndex`: minutes since the last index, were it hourly; on average half its period. */
export function logReading(shape: RunShape, days: number, sinceIndex?: number): LogReading {
  const { index, runsPerDay, logManifestBytes } = shape;
  if (index.perDay === 0) return { indexes: 0, runs: days * runsPerDay, bytes: days * runsPerDay * logManifestBytes };
  const indexes = days * index.perDay;
  const period = 1440 / index.perDay;
  // A reader of every hour: of a wider index it meets each hour alike.
  const since = (minutes: number) => minutes + Math.max(0, period - 60) / 2;
  const runs =
    sinceIndex === undefined ? index.runs / 2 : Math.min(index.runs, (since(sinceIndex) * runsPerDay) / 1440);
  return { indexes, runs, bytes: indexes * index.shardBytes + runs * logManifestBytes };
}
