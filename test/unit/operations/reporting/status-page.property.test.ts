/**
 * The status page of a simulated quarter says of every day and of the 90 days what an independent model counts minute by
 * minute, and never says "up" of a day of which anything is not known. A failure prints its seed:
 *
 *     HOLDFAST_SEED=7 npx vitest run --project unit test/unit/operations/reporting/status-page.property.test.ts
 */

import { afterEach, expect, it } from 'vitest';
import { periodsOf } from '../../../../lib/domain/policy-change.ts';
import { startOfDay } from '../../../../lib/domain/report/period.ts';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { statusHtml } from '../../../../lib/domain/status-page/status-html.ts';
import { StatusPage } from '../../../../lib/domain/status-page/status-page.ts';
import { buildReport } from '../../../../lib/operations/reporting/build-report.ts';
import { buildStatusPage } from '../../../../lib/operations/reporting/build-status-page.ts';
import { type ModelTotals, modelTotals } from '../../../support/quarter-model.ts';
import { DAY, MINUTE, ReportedQuarter } from '../../../support/reported-quarter.ts';

const SEEDS = process.env.HOLDFAST_SEED ? [Number(process.env.HOLDFAST_SEED)] : [3, 4];
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const PARTS = ['log-shipping', 'snapshots', 'verification', 'restores'] as const;
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

/** What the model knows of each part: good, of how much. */
function counted(of: ModelTotals): Record<(typeof PARTS)[number], readonly [good: number, known: number]> {
  const { measuredMinutes, downMinutes, expected, covered, verifications, restores } = of;
  const restored = restores.filter(({ outcome, proved }) => outcome === 'done' && proved).length;
  const drills = of.drills.filter(drill => drill.restores);
  const passed = drills.filter(({ outcome }) => outcome !== 'failed').length;
  return {
    'log-shipping': [measuredMinutes - downMinutes, measuredMinutes],
    snapshots: [covered, expected],
    verification: [verifications.succeeded, verifications.succeeded + verifications.failed],
    restores: [restored + passed, restores.length + drills.length],
  };
}

function modelState(part: (typeof PARTS)[number], of: ModelTotals): string {
  const [good, known] = counted(of)[part];
  const missing = { 'log-shipping': 'log', snapshots: 'backups', verification: 'verifications', restores: 'restores' }[
    part
  ] as keyof ModelTotals['missing'];
  if (of.missing[missing] > 0) return 'unknown';
  if (known === 0) return part === 'log-shipping' ? 'unknown' : 'idle';
  if (good === known) return part === 'log-shipping' && known < DAY / MINUTE ? 'unknown' : 'up';
  return good === 0 ? 'down' : 'degraded';
}

function compare(page: StatusPage, now: number): void {
  for (const { component, days, uptime } of page.components) {
    expect(days).toHaveLength(90);
    const whole = days.slice(0, -1);
    const models = whole.map(({ day }) =>
      startOfDay(day) < BEGIN ? undefined : modelTotals(quarter, startOfDay(day), startOfDay(day) + DAY, now),
    );
    const states = models.map(model => (model === undefined ? 'unknown' : modelState(component, model)));
    expect(
      whole.map(({ state }) => state),
      component,
    ).toEqual(states);
    const sums = models.flatMap(model => (model === undefined ? [] : [counted(model)[component]]));
    const good = sums.reduce((sum, each) => sum + each[0], 0);
    const known = sums.reduce((sum, each) => sum + each[1], 0);
    if (known === 0) expect(uptime).toBeNull();
    else expect(uptime, component).toBe(Math.floor((good / known) * 10_000 + 1e-9) / 10_000);
  }
}

it.each(SEEDS)(
  'says what an independent count says (seed %i)',
  async seed => {
    quarter = await ReportedQuarter.open(seed, BEGIN);
    const seen = new Set<string>();
    for (let day = BEGIN; day < BEGIN + 120 * DAY; day += DAY) {
      await quarter.liveDay(day);
      // One night in eight nobody makes the report that keeps the day; in the first half nobody does.
      if (day > BEGIN + 50 * DAY && quarter.below(8) > 0) {
        const asked = {
          configuration,
          recordsFailures: false,
          lockDays: 2557,
          hasRegion: false,
          tierOf: () => 'standard' as const,
        };
        quarter.happened.reported.add((await buildReport(quarter.deps, { kind: 'daily', ...asked })).report.from);
      }
      if (quarter.below(20) > 0 && day < BEGIN + 119 * DAY) continue;
      const now = quarter.deps.clock.now().getTime();
      const { page } = await buildStatusPage(quarter.deps, { title: 'Backup status', recordsFailures: false });
      compare(page, now);
      expect(StatusPage.parse(JSON.parse(JSON.stringify(page)))).toEqual(page);
      for (const { days } of page.components) for (const { state } of days) seen.add(state);
      // Neither the page nor its document names or refers to a tenant.
      for (const text of [statusHtml(page), JSON.stringify(page)])
        for (const { ref, name } of quarter.tenants) expect(text.includes(ref) || text.includes(name)).toBe(false);
    }
    expect([...seen].sort()).toEqual(['degraded', 'down', 'idle', 'unknown', 'up']);
  },
  600_000,
);
