/**
 * Every report of a simulated quarter says what an independent model counts minute by minute, and says of which days
 * nothing is known. A failure prints its seed:
 *
 *     HOLDFAST_SEED=7 npx vitest run --project unit test/unit/operations/reporting/reported-quarter.property.test.ts
 */
import { afterEach, expect, it } from 'vitest';
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
  ...{ place: 'one-machine' as const, regions: [], keys: 'local' as const, retention: defaultSettings().keep },
  ...{ approvals: {}, roles: {} },
};
let quarter: ReportedQuarter;
afterEach(() => quarter.deps.dispose());

async function build(kind: ReportKind): Promise<Report> {
  const asked = { kind, configuration, recordsFailures: false, lockDays: 2557, tierOf: () => 'standard' as const };
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
    tried: done.filter(({ tried }) => tried).length,
    notProved: done.filter(({ proved }) => !proved).length,
  });
  expect(totals.accidents).toBe(model.accidents);
}

it.each(SEEDS)(
  'says what an independent count says (seed %i)',
  async seed => {
    quarter = await ReportedQuarter.open(seed, BEGIN);
    const made: Report[] = [];
    for (let day = BEGIN; day < END; day += DAY) {
      await quarter.liveDay(day);
      const now = quarter.deps.clock.now();
      // One night in eight nobody makes the report.
      if (quarter.below(8) > 0) {
        const report = await build('daily');
        quarter.happened.reported.add(report.from);
        compare(report);
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
    expect(readiness!.drills.done).toHaveLength(totals.restores.tried);
    expect(readiness!.tiers[0]).toMatchObject({ tier: 'standard', tenants: 2, longestSeconds: null, allSeconds: null });
    expect(report.compliance!.map(({ name }) => name)).toContain('backups-taken');
    // The same period again is the same report, whatever happened since.
    await quarter.liveDay(END);
    expect(await build('quarterly')).toEqual(report);
  },
  600_000,
);
