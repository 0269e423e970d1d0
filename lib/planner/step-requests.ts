/**
 * One step of a state machine in terms of cost and load: its requests and its duration. Requests are sequential, so
 * they also take time.
 */
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';
import { timed } from './measured-calls.ts';

/** Requests of one run of a step. */
export interface Step {
  readonly name: string;
  /** Runs a month. */
  readonly runs: number;
  readonly memoryMb: number;
  readonly get: number;
  readonly put: number;
  readonly list: number;
  readonly reads: number;
  readonly readUnits: number;
  /** Catalog items written, in transactions. */
  readonly writes: number;
  readonly seconds: number;
}

export interface FleetAt {
  readonly profile: FleetProfile;
  readonly settings: FleetSettings;
  readonly given: Assumptions;
  readonly runs: MonthlyRuns;
}
export type MonthlyRuns = Readonly<
  Record<
    'ship' | 'fold' | 'full' | 'verify' | 'expire' | 'replicateKeys' | 'copyKeys' | 'verifyReplicas' | 'expireReplicas',
    number
  >
>;

/** Manifests that a step reads concurrently (operations/log/logged-runs.ts). */
export const AT_ONCE = 16;
/** A step without requests. */
export const NOTHING = { get: 0, put: 0, list: 0, reads: 0, readUnits: 0, writes: 0 };

/** Read units of a query of `items` catalog items. */
export const queryUnits = (items: number, { catalogItemBytes }: Assumptions) =>
  Math.ceil((items * catalogItemBytes) / 4096);

/** Duration of sequential requests, in seconds. */
export function waiting(
  given: Assumptions,
  step: { get: number; put: number; list: number; reads: number; writes: number },
): number {
  const requests = step.get + step.put + step.list + step.reads + Math.ceil(step.writes / 100);
  return (requests * given.requestMs) / 1000;
}

/** list-shard and summarize-shard of infra/workflows/over-fleet.ts: at most 1,000 shards per run. */
export function shardSteps(
  name: string,
  runs: number,
  chosen: number,
  profile: FleetProfile,
  given: Assumptions,
): Step[] {
  const shards = Math.min(1000, Math.ceil(chosen));
  const listed = queryUnits(profile.tenants / 1000, given);
  const base = { ...NOTHING, runs: runs * shards };
  const [list, summarize] = [`list-shard (${name})`, `summarize-shard (${name})`];
  const reads = { ...NOTHING, reads: 1, readUnits: Math.max(1, listed) };
  return [
    { ...base, ...reads, name: list, ...timed(given, list, waiting(given, reads)) },
    { ...base, name: summarize, ...timed(given, summarize, 0) },
  ];
}
