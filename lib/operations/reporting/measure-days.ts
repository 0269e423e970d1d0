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
import { type BackupItem, backups, runs, type TenantItem } from '../catalog/catalog-index.ts';
import { eachTenant } from '../catalog/each-tenant.ts';
import { rememberedFailures } from '../fleet/open-failures.ts';
import { policyHistory } from '../retention/policy-in-force.ts';
import { measureBackups, measureVerifications } from './measure-backups.ts';
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

/** What a tenant's catalog has. */
export interface TenantCatalog {
  readonly item: TenantItem;
  readonly backups: readonly BackupItem[];
  /** Since when no daily snapshot can have expired, milliseconds since 1970. */
  readonly keptSince: number;
}

/** One for each day. Throws what the catalog and the vault throw. */
export async function measureDays(deps: DayDeps, { days, recordsFailures, log }: DaysAsked): Promise<DayMeasures[]> {
  if (days.length === 0) return [];
  const now = deps.clock.now().getTime();
  const tenants = await eachTenant(deps, 'Measuring tenants', item => readTenant(deps, item, now));
  const began = await beginning(deps, tenants);
  const restored = await readRestored(deps, { from: startOfDay(days[0]!), to: startOfDay(days.at(-1)!) + DAY_MS });
  const drills = await readDrills(deps);
  const failures = recordsFailures ? await rememberedFailures(deps) : undefined;
  const measured: DayMeasures[] = [];
  for (const day of days) {
    const span = { from: startOfDay(day), to: startOfDay(day) + DAY_MS };
    const isKnown = began !== undefined && began < span.to && span.from <= now;
    if (!isKnown) measured.push(unmeasuredDay(day));
    else measured.push(await measureDay(deps, { day, span, now, log, tenants, restored, drills, failures }));
  }
  return measured;
}

interface Measuring {
  readonly day: string;
  readonly span: TimeSpan;
  readonly now: number;
  readonly log: MeasuredLog;
  readonly tenants: readonly TenantCatalog[];
  readonly restored: readonly RestoredTenant[];
  readonly drills: ReadDrills;
  readonly failures: Awaited<ReturnType<typeof rememberedFailures>> | undefined;
}

async function measureDay(deps: DayDeps, at: Measuring): Promise<DayMeasures> {
  const { day, span, now, log, tenants, restored, drills, failures } = at;
  const isWhole = tenants.every(({ keptSince }) => keptSince <= span.from);
  const between = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
  return {
    ...{ day, source: 'catalog', log: measureLog(log, span, now) },
    backups: isWhole ? measureBackups(tenants, span) : null,
    verifications: isWhole ? measureVerifications(tenants, span) : null,
    restores: measureRestores(restored, span),
    drills: measureDrills(drills, span),
    failures: failures && failures.since <= span.from ? countFailures(failures.failures, day) : null,
    accidents: await accidents.between(deps.catalog, between.from, between.to),
    // Later, what was stored then can have expired.
    stored: now >= span.to && now < span.to + DAY_MS ? storedNow(log, tenants) : null,
  };
}

async function readTenant(deps: DayDeps, item: TenantItem, now: number): Promise<TenantCatalog> {
  const own = await backups.list(deps.catalog, item.ref);
  const history = await policyHistory(deps, item.ref);
  const days = history.map(({ document }) => Math.min(document.policy.dailyDays, document.policy.logDays));
  return { item, backups: own, keptSince: days.length === 0 ? 0 : now - Math.min(...days) * DAY_MS };
}

/** When the first tenant was seen, or the log began; undefined: nothing was ever protected. */
async function beginning(deps: DayDeps, tenants: readonly TenantCatalog[]): Promise<number | undefined> {
  const first = (await runs.first(deps.catalog))?.fromTime;
  const times = [...tenants.map(({ item }) => item.firstSeen), ...(first === undefined ? [] : [first])];
  return times.length === 0 ? undefined : Math.min(...times.map(time => Date.parse(time)));
}

function countFailures(failures: readonly OpenFailure[], day: string): NonNullable<DayMeasures['failures']> {
  const own = failures.filter(({ at }) => dayOfTime(Date.parse(at)) === day);
  return Object.fromEntries(
    FAILURE_KINDS.map(kind => [kind, own.filter(failure => failure.kind === kind).length]),
  ) as NonNullable<DayMeasures['failures']>;
}

function storedNow({ runs: stored }: MeasuredLog, tenants: readonly TenantCatalog[]): DayMeasures['stored'] {
  const bytes = tenants.flatMap(tenant => tenant.backups).reduce((sum, item) => sum + item.storedBytes, 0);
  return {
    logBytes: stored.reduce((sum, run) => sum + run.storedBytes, 0),
    backupBytes: bytes,
    tenants: tenants.length,
  };
}
