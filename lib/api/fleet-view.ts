/**
 * The fleet for many readers at once: the log's runs are read every few seconds, and the totals of all tenants are counted in
 * the background, so that a page of a hundred thousand tenants costs what one of a hundred does. Invariant: totals carry the
 * moment that they are of.
 */

import type { RunItem, TenantItem } from '../operations/catalog/catalog-index.ts';
import {
  FINE_STATES,
  LOG_LATE_MS,
  stateOf,
  TENANT_STATES,
  type TenantState,
} from '../operations/catalog/tenant-state.ts';
import { fleetStatus, statusOfTenant, type TenantStatus } from '../operations/catalog/timeline.ts';
import type { Deps } from '../ports.ts';
import type { ApiDeps } from './api-deps.ts';
import { fleetLog } from './fleet-log.ts';
import { type Searched, type TenantSearch, tenantSearch } from './tenant-search.ts';

export type JudgedStatus = TenantStatus & { readonly state: TenantState };

export interface FleetTotals {
  /** When they were counted. */
  readonly at: string;
  readonly totals: Readonly<Record<TenantState, number>>;
  readonly storedBytes: number;
  /** Those that are not fine, the worst first; at most `MOST_PROBLEMS`. */
  readonly problems: readonly JudgedStatus[];
}

export interface FleetView {
  /** The state of each, in the given order. */
  judge(items: readonly TenantItem[]): Promise<JudgedStatus[]>;
  /** Undefined until they were counted for the first time. */
  totals(): Promise<FleetTotals | undefined>;
  /** Age of the newest moment of the log in milliseconds; null: nothing was shipped. */
  log(): Promise<{ readonly newest: string | null; readonly ageMs: number | null; readonly isLate: boolean }>;
  /** Resolves once the totals are of now. */
  counted(): Promise<FleetTotals>;
  /** `labels`: names by id, as they are whenever the texts are read. */
  search(asked: Searched, labels: ApiDeps['labels']): ReturnType<TenantSearch>;
}

export const MOST_PROBLEMS = 500;

type ViewDeps = Pick<Deps, 'catalog' | 'clock' | 'installation'>;

interface Counting {
  /** Totals are counted again once they are older, in milliseconds; what is searched is read again. */
  readonly keptMs: number;
  /** For a server that only works while it answers: how long a reader waits for totals, in milliseconds. 0: not at all. */
  readonly waitMs: number;
  /** How long the runs of the log are kept, in milliseconds; then new ones are read. */
  readonly logKeptMs: number;
  /**
   * Counting may take one part in so many of the time: a large fleet is counted less often, at most as many times. Only where
   * the process is never stopped meanwhile. @default - after keptMs, whatever it takes
   */
  readonly share?: number;
}

const ON_ONE_MACHINE: Counting = { keptMs: 60_000, waitMs: 0, logKeptMs: 5000, share: 10 };

export function fleetView(deps: ViewDeps, counting = ON_ONE_MACHINE): FleetView {
  let find: TenantSearch | undefined;
  const now = () => deps.clock.now().getTime();
  const log = fleetLog(deps, now, counting.logKeptMs);

  async function logState() {
    const last = (await log()).runs.at(-1);
    const ageMs = last ? Math.max(0, now() - Date.parse(last.toTime)) : null;
    return { newest: last?.toTime ?? null, ageMs, isLate: ageMs === null || ageMs > LOG_LATE_MS };
  }

  return {
    ...countedTotals(async () => count(deps, (await log()).runs), now, counting),
    log: logState,
    async judge(items) {
      const { runs, ranges } = await log();
      const { ageMs } = await logState();
      const found = await Promise.all(items.map(item => statusOfTenant(deps, item, runs, ranges)));
      return found.map(each => ({ ...each, state: stateOf(each, ageMs) }));
    },
    search(asked, labels) {
      find ??= tenantSearch(deps, labels, counting.keptMs);
      return find(asked);
    },
  };
}

async function count(deps: ViewDeps, log: readonly RunItem[]): Promise<FleetTotals> {
  const at = deps.clock.now().toISOString();
  const { tenants, storedBytes, log: shipped } = await fleetStatus(deps, log);
  const judged = tenants.map(each => ({ ...each, state: stateOf(each, shipped.newestAgeMs) }));
  const totals = Object.fromEntries(TENANT_STATES.map(state => [state, 0])) as Record<TenantState, number>;
  for (const { state } of judged) totals[state]++;
  const problems = judged
    .filter(({ state }) => !FINE_STATES.has(state))
    .sort((a, b) => TENANT_STATES.indexOf(a.state) - TENANT_STATES.indexOf(b.state))
    .slice(0, MOST_PROBLEMS);
  return { at, totals, storedBytes, problems };
}

/** One counts at a time. */
function countedTotals(
  count: () => Promise<FleetTotals>,
  now: () => number,
  { keptMs, waitMs, share = 1 }: Counting,
): Pick<FleetView, 'totals' | 'counted'> {
  let known: FleetTotals | undefined;
  let tookMs = 0;
  let counting: Promise<FleetTotals> | undefined;

  async function once(): Promise<FleetTotals> {
    const began = now();
    try {
      known = await count();
      tookMs = now() - began;
      return known;
    } finally {
      counting = undefined;
    }
  }

  function countAgain(): Promise<FleetTotals> {
    counting ??= once();
    return counting;
  }

  return {
    async totals() {
      const goodForMs = Math.min(Math.max(keptMs, share * tookMs), share * keptMs);
      const isOld = known === undefined || now() - Date.parse(known.at) > goodForMs;
      // No reader fails with it: the next one counts again.
      const ended = isOld ? countAgain().then(noMore, noMore) : undefined;
      if (ended && waitMs > 0) await Promise.race([ended, later(waitMs)]);
      return known;
    },
    counted: countAgain,
  };
}

function noMore(): void {}

/** Keeps no process alive. */
function later(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}
