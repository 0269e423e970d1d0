/**
 * Measures days from the catalog and the signed records, never from logs. Reads only. Invariant: a part of a day whose
 * backups or runs may have expired, or that lies before the installation began, is null.
 */
import { DAY_MS } from '../../domain/daily-share.ts';
import { FAILURE_KINDS, type OpenFailure } from '../../domain/open-failure.ts';
import { type DayMeasures, unmeasuredDay } from '../../domain/report/day-measures.ts';
import { dayOfTime, startOfDay } from '../../domain/report/period.ts';
import type { TimeSpan } from '../../domain/report/time-spans.ts';
import type { Deps } from '../../ports.ts';
import { accidents } from '../catalog/accident-items.ts';
import { backups, runs, type TenantItem, tenants } from '../catalog/catalog-index.ts';
import { eachTenant } from '../catalog/each-tenant.ts';
import { rememberedFailures } from '../fleet/open-failures.ts';
import { policyHistory } from '../retention/policy-in-force.ts';
import { addTenant, type BackupTally, emptyTally, measuredBackups } from './measure-backups.ts';
import { measureDrills, type ReadDrills, readDrills } from './measure-drills.ts';
import { type MeasuredLog, measureLog } from './measure-log.ts';
import { measureRestores, type RestoredTenant, readRestored } from './measure-restores.ts';

export type DayDeps = Pick<
  Deps,
  'installation' | 'catalog' | 'vault' | 'keyring' | 'signer' | 'clock' | 'notifier' | 'progress'
>;

export interface DaysAsked {
  /** `2026-01-31`, in order. */
  readonly days: readonly string[];
  /** Failures are recorded: on AWS. */
  readonly recordsFailures: boolean;
  readonly log: MeasuredLog;
}

/** One for each day. Throws what the catalog and the vault throw. */
export async function measureDays(deps: DayDeps, { days, recordsFailures, log }: DaysAsked): Promise<DayMeasures[]> {
  if (days.length === 0) return [];
  const now = deps.clock.now().getTime();
  const began = await beginning(deps);
  // When nothing was ever protected, no day is known.
  const known = days.filter(day => began < spanOf(day).to && spanOf(day).from <= now);
  if (known.length === 0) return days.map(unmeasuredDay);
  const fleet = await readFleet(deps, known.map(spanOf), now);
  const restored = await readRestored(deps, { from: spanOf(known[0]!).from, to: spanOf(known.at(-1)!).to });
  const drills = await readDrills(deps);
  const failures = recordsFailures ? await rememberedFailures(deps) : undefined;
  const measured = new Map<string, DayMeasures>();
  for (const [index, day] of known.entries()) {
    const tally = fleet.tallies[index]!;
    measured.set(day, await measureDay(deps, { day, tally, now, log, fleet, restored, drills, failures }));
  }
  return days.map(day => measured.get(day) ?? unmeasuredDay(day));
}

/** Milliseconds since 1970: of the first tenant, or of the first moment of the log. */
async function beginning(deps: DayDeps): Promise<number> {
  const first = (await runs.first(deps.catalog))?.fromTime;
  const seen = (await tenants.list(deps.catalog)).map(({ firstSeen }) => firstSeen);
  return [...seen, ...(first === undefined ? [] : [first])].reduce(
    (earliest, time) => Math.min(earliest, Date.parse(time)),
    Number.POSITIVE_INFINITY,
  );
}

function spanOf(day: string): TimeSpan {
  return { from: startOfDay(day), to: startOfDay(day) + DAY_MS };
}

/** What the catalog has of all tenants, in sums. */
interface ReadFleet {
  readonly tallies: readonly BackupTally[];
  tenants: number;
  storedBytes: number;
  /** Milliseconds since 1970: since when no daily snapshot of any tenant can have expired. */
  keptSince: number;
}

async function readFleet(deps: DayDeps, spans: readonly TimeSpan[], now: number): Promise<ReadFleet> {
  const fleet: ReadFleet = {
    ...{ tallies: spans.map(emptyTally), tenants: 0, storedBytes: 0 },
    keptSince: Number.NEGATIVE_INFINITY,
  };
  // Nothing expires within a day: the status page, which is made often, lists no policies once all days before have reports.
  const isYoung = spans.every(({ from }) => from >= now - DAY_MS);
  await eachTenant(deps, 'Measuring tenants', async item => {
    const own = await backups.list(deps.catalog, item.ref);
    const keptSince = isYoung ? Number.NEGATIVE_INFINITY : await keptSinceOf(deps, item, now);
    for (const tally of fleet.tallies) addTenant(tally, item, own);
    fleet.tenants += 1;
    fleet.storedBytes += own.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
    fleet.keptSince = Math.max(fleet.keptSince, keptSince);
  });
  return fleet;
}

interface Measuring {
  readonly day: string;
  readonly tally: BackupTally;
  readonly now: number;
  readonly log: MeasuredLog;
  readonly fleet: ReadFleet;
  readonly restored: readonly RestoredTenant[];
  readonly drills: ReadDrills;
  readonly failures: Awaited<ReturnType<typeof rememberedFailures>> | undefined;
}

async function measureDay(deps: DayDeps, at: Measuring): Promise<DayMeasures> {
  const { day, tally, now, log, fleet, restored, drills, failures } = at;
  const { span } = tally;
  const isWhole = fleet.keptSince <= span.from;
  const between = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
  return {
    ...{ day, source: 'catalog', log: measureLog(log, span, now) },
    backups: isWhole ? measuredBackups(tally) : null,
    verifications: isWhole ? tally.verifications : null,
    restores: measureRestores(restored, span),
    drills: measureDrills(drills, span),
    failures: failures && failures.since <= span.from ? countFailures(failures.failures, day) : null,
    accidents: await accidents.between(deps.catalog, between.from, between.to),
    // Later, what was stored then can have expired.
    stored: now >= span.to && now < span.to + DAY_MS ? storedNow(log, fleet) : null,
  };
}

async function keptSinceOf(deps: DayDeps, { ref }: TenantItem, now: number): Promise<number> {
  const history = await policyHistory(deps, ref);
  const days = history.map(({ document: { policy } }) => Math.min(policy.dailyDays, policy.logDays));
  return days.length === 0 ? 0 : now - Math.min(...days) * DAY_MS;
}

function countFailures(failures: readonly OpenFailure[], day: string): NonNullable<DayMeasures['failures']> {
  const own = failures.filter(({ at }) => dayOfTime(Date.parse(at)) === day);
  return Object.fromEntries(
    FAILURE_KINDS.map(kind => [kind, own.filter(failure => failure.kind === kind).length]),
  ) as NonNullable<DayMeasures['failures']>;
}

function storedNow({ runs: stored }: MeasuredLog, { storedBytes, tenants }: ReadFleet): DayMeasures['stored'] {
  return { logBytes: stored.reduce((sum, run) => sum + run.storedBytes, 0), backupBytes: storedBytes, tenants };
}
