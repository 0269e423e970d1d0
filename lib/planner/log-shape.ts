/**
 * What the change log of a fleet looks like on average, and what reading a stretch of it asks for. Everything that ships,
 * folds, plans or expires is counted from these numbers, so that no two steps can disagree about the log.
 */
import { INDEX_SEGMENTS, shardBits } from '../domain/log-index.ts';
import { Settings } from '../domain/settings.ts';
import type { Assumptions } from './fleet-profile.ts';

/** What an average run of the shipper and of the fold looks like. */
export interface RunShape {
  /** Tenants with a segment in an average run, and tenants folded in an average hour. */
  readonly activePerRun: number;
  readonly foldedPerRun: number;
  readonly runsKept: number;
  readonly runsPerDay: number;
  readonly logManifestBytes: number;
  readonly logPackBytes: number;
  /** Share of the runs in which at least one tenant changed something. */
  readonly fullRuns: number;
  readonly index: IndexShape;
}

/** What an average log index looks like. */
export interface IndexShape {
  readonly perDay: number;
  readonly runs: number;
  readonly shards: number;
  readonly shardBytes: number;
}

/** operations/log/index-log.ts, domain/log-index.ts: by the hour, and more often where it would hold too much. */
export function indexShape(
  { runsPerDay, activePerRun }: Pick<RunShape, 'runsPerDay' | 'activePerRun'>,
  { segmentEntryBytes, runEntryBytes }: Assumptions,
): IndexShape {
  const { minutes, runs: most, shardSegments } = Settings.parse({}).logIndex;
  const wanted = Math.max(1440 / minutes, runsPerDay / most, (runsPerDay * activePerRun) / INDEX_SEGMENTS);
  const runs = runsPerDay / wanted;
  // One of a single run is not written.
  if (runs < 2) return { perDay: 0, runs: 0, shards: 0, shardBytes: 0 };
  const segments = runs * activePerRun;
  const shards = 2 ** shardBits(segments, shardSegments);
  return { perDay: wanted, runs, shards, shardBytes: runs * runEntryBytes + (segments / shards) * segmentEntryBytes };
}

/** Documents that tell of so many days of log: indexes, and the runs since the last one; and their bytes. */
interface LogReading {
  readonly indexes: number;
  readonly runs: number;
  readonly bytes: number;
}

/** operations/log/logged-runs.ts. `sinceIndex`: minutes since the hour was closed; half of it on average. */
export function logReading(shape: RunShape, days: number, sinceIndex?: number): LogReading {
  const { index, runsPerDay, logManifestBytes } = shape;
  if (index.perDay === 0) return { indexes: 0, runs: days * runsPerDay, bytes: days * runsPerDay * logManifestBytes };
  const indexes = days * index.perDay;
  const runs = sinceIndex === undefined ? index.runs / 2 : Math.min(index.runs, (sinceIndex * runsPerDay) / 1440);
  return { indexes, runs, bytes: indexes * index.shardBytes + runs * logManifestBytes };
}
