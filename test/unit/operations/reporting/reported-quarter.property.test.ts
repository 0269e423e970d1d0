/**
 * Every report of a simulated quarter says what an independent model counts minute by minute, and says of which days
 * nothing is known. A failure prints its seed:
 *
 *     HOLDFAST_SEED=7 npx vitest run --project unit test/unit/operations/reporting/reported-quarter.property.test.ts
 */

import { afterEach, expect, it } from 'vitest';
import { periodsOf } from '../../../../lib/domain/policy-change.ts';
import type { ReportKind } from '../../../../lib/domain/report/period.ts';
import { lastPeriod, startOfDay } from '../../../../lib/domain/report/period.ts';
import { Report } from '../../../../lib/domain/report/report.ts';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { buildReport } from '../../../../lib/operations/reporting/build-report.ts';
import { modelTotals } from '../../../support/quarter-model.ts';
import { DAY, ReportedQuarter } from '../../../support/reported-quarter.ts';

const SEEDS = process.env.HOLDFAST_SEED ? [Number(process.env.HOLDFAST_SEED)] : [1, 2];
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const END = Date.parse('2026-04-01T00:00:00Z');
const configuration = {
  ...{
    place: 'one-machine' as const,
    regions: [],
    keys: 'local' as const,
    retention: periodsOf(defaultSettings().keep),
  },
  ...{ approvals: {}, roles: {} },
};
let quarter: ReportedQuarter;
afterEach(() => quarter.deps.dispose());

async function build(kind: ReportKind): Promise<Report> {
  const asked = {
    kind,
    configuration,
    recordsFailures: false,
    lockDays: 2557,
    hasRegion: false,
    tierOf: () => 'standard' as const,
  };
  return (await buildReport(quarter.deps, asked)).report;
}

function compare({ from, to, totals, days }: Report): void {
  const now = quarter.deps.clock.now().getTime();
  const model = modelTotals(quarter, startOfDay(from), startOfDay(to), now);
  expect(days).toHaveLength((startOfDay(to) - startOfDay(from)) / DAY);
  expect(totals.missing).toEqual(model.missing);
  const { log } = totals;
  expect(log.measuredSeconds).toBeCloseTo(model.measuredMinutes * 60, 6);
  expect(log.lostSeconds).toBeCloseTo(model.lostMinutes * 60, 6);
  expect(log.downSeconds).toBeCloseTo(model.downMinutes * 60, 6);
  for (const tier of ['critical', 'standard', 'historical', 'archive'] as const)
    expect(log.met[tier], tier).toBeCloseTo(1 - model.lateMinutes[tier] / model.measuredMinutes, 9);
  expect(log.changes).toBe(model.changes);
  const { backups } = totals;
  expect([backups.expected, backups.covered, backups.snapshots]).toEqual([
    model.expected,
    model.covered,
    model.snapshots,
  ]);
  const medians = model.durations.sort((a, b) => a - b);
  expect(backups.medianMs).toBe(medians[Math.ceil(medians.length / 2) - 1] ?? null);
  expect(totals.verifications).toEqual(model.verifications);
  const done = model.restores.filter(({ outcome }) => outcome === 'done');
  const seconds = done.map(each => each.seconds!).sort((a, b) => a - b);
  expect(totals.restores).toEqual({
    ...{ done: done.length, failed: model.restores.length - done.length },
    medianSeconds: seconds[Math.ceil(seconds.length / 2) - 1] ?? null,
    maxSeconds: seconds.at(-1) ?? null,
    notProved: done.filter(({ proved }) => !proved).length,
  });
  const ended = (outcome: string) => model.drills.filter(drill => drill.outcome === outcome).length;
  expect(totals.drills).toEqual({ passed: ended('passed'), slow: ended('slow'), failed: ended('failed') });
  expect(totals.accidents).toBe(model.accidents);
}

/** Days whose signed report does not say that moments were lost, once for each later report that is the first to know. */
function lateNews(): string[] {
  const { lost, reported } = quarter.happened;
  const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
  const told = lost.filter(({ from, to }) => dayOf(from) !== dayOf(to - 1) && reported.has(dayOf(from)));
  const isFollowed = ({ to }: { to: number }) => [...reported].some(day => day >= dayOf(to - 1));
  return told.filter(isFollowed).map(({ from }) => dayOf(from));
}

it.each(SEEDS)(
  'says what an independent count says (seed %i)',
  async seed => {
    quarter = await ReportedQuarter.open(seed, BEGIN);
    const made: Report[] = [];
    const news: string[] = [];
    for (let day = BEGIN; day < END; day += DAY) {
      await quarter.liveDay(day);
      const now = quarter.deps.clock.now();
      // One night in eight nobody makes the report.
      if (quarter.below(8) > 0) {
        const report = await build('daily');
        quarter.happened.reported.add(report.from);
        compare(report);
        news.push(...report.corrections.map(({ day }) => day));
      }
      for (const kind of ['weekly', 'monthly'] as const) {
        if (startOfDay(lastPeriod(kind, now).to) !== now.getTime() || startOfDay(lastPeriod(kind, now).from) < BEGIN)
          continue;
        const report = await build(kind);
        compare(report);
        made.push(report);
      }
    }
    const report = await build('quarterly');
    compare(report);
    expect(made.length).toBeGreaterThan(12);
    expect(Report.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    // What happened is not what a day without anything looks like, and some days are not known.
    const { totals, readiness } = report;
    expect(totals.missing.backups).toBeGreaterThan(0);
    expect(totals.log.lostSeconds).toBeGreaterThan(0);
    expect(totals.restores.failed).toBeGreaterThan(0);
    const { drills } = quarter.happened;
    expect(readiness!.drills.done.map(({ at }) => Date.parse(at))).toEqual(drills.map(({ at }) => at));
    const proved = drills.filter(({ restores, outcome }) => restores && outcome !== 'failed');
    const months = ['2026-01', '2026-02', '2026-03'];
    const isProved = (month: string) => proved.some(({ at }) => new Date(at).toISOString().startsWith(month));
    expect(readiness!.drills.missed.map(({ month }) => month)).toEqual(months.filter(month => !isProved(month)));
    expect(readiness!.tiers[0]!.drilledSeconds).toBe(Math.max(...proved.map(({ seconds }) => seconds)));
    // Losses that were found after the report of the day: the reports of later days say so.
    expect(news).toEqual(lateNews());
    expect(news.length + report.corrections.length).toBeGreaterThan(0);
    expect(readiness!.tiers[0]).toMatchObject({ tier: 'standard', tenants: 2, longestSeconds: null, allSeconds: null });
    expect(report.compliance!.map(({ name }) => name)).toContain('backups-taken');
    // The same period again is the same report, whatever happened since.
    await quarter.liveDay(END);
    expect(await build('quarterly')).toEqual(report);
  },
  600_000,
);
