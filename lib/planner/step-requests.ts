/**
 * One step of a state machine as cost and load see it: its requests and how long it works. Requests follow each other, so
 * that they also cost time.
 */
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';

/** Of one step, each time it runs. */
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
export type MonthlyRuns = Readonly<Record<'ship' | 'fold' | 'full' | 'verify' | 'expire', number>>;

/** Memory of the functions as the stacks make them (infra/stacks/protection-stack.ts). */
export const LARGE_MB = 1769;
export const SMALL_MB = 512;
export const PLAN_MB = 1024;
/** Manifests that a step reads at a time (operations/log/logged-runs.ts). */
export const AT_ONCE = 16;
/** Requests of a step that makes none. */
export const NOTHING = { get: 0, put: 0, list: 0, reads: 0, readUnits: 0, writes: 0 };

/** Read units of so many catalog items read in one query. */
export const queryUnits = (items: number, { catalogItemBytes }: Assumptions) =>
  Math.ceil((items * catalogItemBytes) / 4096);

/** Requests that follow each other, as seconds. */
export function waiting(
  given: Assumptions,
  step: { get: number; put: number; list: number; reads: number; writes: number },
): number {
  const requests = step.get + step.put + step.list + step.reads + Math.ceil(step.writes / 100);
  return (requests * given.requestMs) / 1000;
}

/** list-shard and summarize-shard of infra/workflows/over-fleet.ts: at most 1,000 shards a run. */
export function shardSteps(
  name: string,
  runs: number,
  chosen: number,
  profile: FleetProfile,
  given: Assumptions,
): Step[] {
  const shards = Math.min(1000, Math.ceil(chosen));
  const listed = queryUnits(profile.tenants / 1000, given);
  const base = { ...NOTHING, runs: runs * shards, memoryMb: SMALL_MB, seconds: given.smallCallSeconds };
  return [
    { ...base, name: `list-shard (${name})`, reads: 1, readUnits: Math.max(1, listed) },
    { ...base, name: `summarize-shard (${name})` },
  ];
}
