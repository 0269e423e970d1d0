/**
 * Builds a report of a period from signed daily reports, the catalog and signed records, and keeps it signed in the vault.
 * Invariant: a report that was made of a complete period is not made again.
 */

import { DAY_MS } from '../../domain/daily-share.ts';
import { InputError } from '../../domain/errors.ts';
import type { EvidenceConfiguration, EvidenceFact } from '../../domain/evidence/bundle.ts';
import { FACTS } from '../../domain/evidence/facts.ts';
import { reportKey } from '../../domain/governance-key.ts';
import type { Tier } from '../../domain/objectives.ts';
import { totalsOfDays } from '../../domain/report/day-totals.ts';
import {
  dayOfTime,
  daysOf,
  lastPeriod,
  type Period,
  periodBefore,
  type ReportKind,
  startOfDay,
} from '../../domain/report/period.ts';
import type { Readiness, Report } from '../../domain/report/report.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { drillsDue } from '../drills/drills-due.ts';
import { gatherFacts } from '../governance/evidence/gather-evidence.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';
import { type FactsPlace, gatherKeptFacts } from './gather-kept-facts.ts';
import { findReport, type KeptReport, keepReport, rangeName } from './kept-reports.ts';
import { correctionsBefore, knownDays } from './known-days.ts';
import type { DayDeps } from './measure-days.ts';
import { drillsWithin, readDrills } from './measure-drills.ts';
import { measureReadiness } from './measure-readiness.ts';
import { readRestored } from './measure-restores.ts';
import { standingState } from './standing-state.ts';

const MOST_DAYS = 800;

export interface ReportAsked {
  readonly kind: ReportKind;
  /** Default: the last complete period of the kind. */
  readonly period?: Period;
  readonly tierOf: (tenant: TenantRef) => Tier;
  readonly configuration: EvidenceConfiguration;
  readonly recordsFailures: boolean;
  /** Copies in another region are configured: then a drill of the region is due too. */
  readonly hasRegion: boolean;
  /** How long the report is locked. */
  readonly lockDays: number;
}

/** InputError `bad-range`; IntegrityError `object-altered` for a kept report; what the catalog and the vault throw. */
export async function buildReport(deps: DayDeps, asked: ReportAsked): Promise<KeptReport> {
  return (await buildReportWithin(deps, asked, NO_LIMIT))!;
}

/** The same. Undefined: the budget is used up, and asking again continues. */
export async function buildReportWithin(
  deps: DayDeps,
  asked: ReportAsked,
  budget: TimeBudget,
): Promise<KeptReport | undefined> {
  const { kind, lockDays } = asked;
  const now = deps.clock.now();
  const period = asked.period ?? lastPeriod(kind, now);
  const { key, isWhole } = reportPlace(kind, period, now);
  const kept = isWhole ? await findReport(deps, key) : undefined;
  if (kept) return kept;
  const retainUntil = new Date(now.getTime() + lockDays * DAY_MS);
  const facts = hasFacts(kind) ? await factsOf(deps, asked, { period, report: key, retainUntil, budget }) : null;
  if (facts === undefined) return undefined;
  return keepReport(deps, key, await makeReport(deps, asked, period, facts), retainUntil);
}

/** Where the report is kept; a whole period that is over is at the same place for good. InputError `bad-range`. */
export function reportPlace(kind: ReportKind, period: Period, now: Date): { key: string; isWhole: boolean } {
  const days = daysOf(period);
  if (days.length === 0 || days.length > MOST_DAYS || startOfDay(period.from) > now.getTime()) throw badRange();
  const isWhole = isUsual(kind, period) && startOfDay(period.to) <= now.getTime();
  return { key: reportKey(kind, isWhole ? period.from : rangeName(period.from, period.to, now)), isWhole };
}

/** A whole day, week, month, quarter or year: what the last period of the kind is the day after it. */
function isUsual(kind: ReportKind, { from, to }: Period): boolean {
  const usual = lastPeriod(kind, new Date(startOfDay(to)));
  return usual.from === from && usual.to === to;
}

async function makeReport(
  deps: DayDeps,
  asked: ReportAsked,
  period: Period,
  facts: EvidenceFact[] | null,
): Promise<Report> {
  const { kind, recordsFailures } = asked;
  const now = deps.clock.now();
  const known = await knownDays(deps, daysOf(period), recordsFailures);
  const { days } = known;
  const before = kind === 'daily' ? null : await knownDays(deps, daysOf(periodBefore(period)), recordsFailures);
  const isLong = kind === 'quarterly' || kind === 'yearly';
  return {
    ...{ format: 'holdfast.report/1', kind, from: period.from, to: period.to, at: now.toISOString() },
    ...{ installation: deps.installation, complete: startOfDay(period.to) <= now.getTime() },
    state: await standingState(deps),
    totals: totalsOfDays(days),
    previous: before && totalsOfDays(before.days),
    days: [...days],
    corrections: kind === 'daily' ? await correctionsBefore(deps, period.from) : [...known.corrections],
    compliance: facts,
    readiness: isLong ? await readinessOf(deps, asked, period) : null,
  };
}

function hasFacts(kind: ReportKind): boolean {
  return kind === 'monthly' || kind === 'quarterly' || kind === 'yearly';
}

interface FactsAsked extends FactsPlace {
  readonly period: Period;
  readonly budget: TimeBudget;
}

/** Undefined: the budget is used up. */
async function factsOf(deps: DayDeps, { configuration }: ReportAsked, { period, budget, ...place }: FactsAsked) {
  const range = { from: new Date(startOfDay(period.from)), to: new Date(startOfDay(period.to)) };
  const look = { deps, ...range, tenants: await tenants.list(deps.catalog), only: undefined, configuration };
  if (budget !== NO_LIMIT) return gatherKeptFacts(look, place, budget);
  return [...(await gatherFacts(look, FACTS)).values()];
}

async function readinessOf(deps: DayDeps, { tierOf, hasRegion }: ReportAsked, period: Period): Promise<Readiness> {
  const span = { from: startOfDay(period.from), to: startOfDay(period.to) };
  const restored = await readRestored(deps, span);
  const records = restored.flatMap(({ restores }) => restores.flatMap(({ record }) => record ?? []));
  const today = dayOfTime(deps.clock.now().getTime());
  const months = new Set(daysOf(period).map(day => day.slice(0, 7)));
  return measureReadiness(deps, {
    ...{ tierOf, records, drills: drillsWithin(await readDrills(deps), span) },
    due: await drillsDue(deps, hasRegion),
    // The month that is not over can still have one.
    months: [...months].filter(month => month < today.slice(0, 7)),
  });
}

function badRange(): InputError {
  return new InputError('bad-range', `A report has 1 to ${MOST_DAYS} days, and begins in the past.`, {
    hint: 'Give --from before --to, as 2026-01-31.',
  });
}
