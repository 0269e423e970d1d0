/**
 * Reports: signed and made once, verified with nothing but the public key; an altered daily report counts for nothing; the
 * page escapes every text, has a table beside each chart, asks for nothing and names no tenant.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportKey } from '../../../../lib/domain/governance-key.ts';
import { GapEntry } from '../../../../lib/domain/log-manifest.ts';
import { periodsOf } from '../../../../lib/domain/policy-change.ts';
import { chartFigure } from '../../../../lib/domain/report/chart.ts';
import { unmeasuredDay } from '../../../../lib/domain/report/day-measures.ts';
import { totalsOfDays } from '../../../../lib/domain/report/day-totals.ts';
import { secondsText, shareText } from '../../../../lib/domain/report/numbers-text.ts';
import { dayOfTime, daysOf, lastPeriod, type ReportKind } from '../../../../lib/domain/report/period.ts';
import type { Report } from '../../../../lib/domain/report/report.ts';
import { reportPage } from '../../../../lib/domain/report/report-page.ts';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { SYSTEM } from '../../../../lib/domain/tenant.ts';
import { gaps } from '../../../../lib/operations/catalog/catalog-index.ts';
import { buildReport } from '../../../../lib/operations/reporting/build-report.ts';
import { buildStatusPage } from '../../../../lib/operations/reporting/build-status-page.ts';
import { measureDays } from '../../../../lib/operations/reporting/measure-days.ts';
import { readLog } from '../../../../lib/operations/reporting/measure-log.ts';
import { makeReportFiles, verifyReport } from '../../../../lib/operations/reporting/report-files.ts';
import { DAY, ReportedQuarter } from '../../../support/reported-quarter.ts';

const BEGIN = Date.parse('2026-01-01T00:00:00Z');
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
beforeEach(async () => {
  quarter = await ReportedQuarter.open(5, BEGIN);
});
afterEach(() => quarter.deps.dispose());

async function live(days: number, makesDaily = false): Promise<void> {
  const from = quarter.deps.clock.now().getTime();
  const start = Math.max(BEGIN, from - (from % DAY));
  for (let day = start; day < start + days * DAY; day += DAY) {
    await quarter.liveDay(day);
    if (makesDaily) await build('daily');
  }
}

function build(kind: ReportKind, period?: { from: string; to: string }) {
  const asked = {
    kind,
    configuration,
    recordsFailures: false,
    lockDays: 30,
    hasRegion: false,
    tierOf: () => 'standard' as const,
  };
  return buildReport(quarter.deps, { ...asked, ...(period && { period }) });
}

/** Of every day, as the catalog and the vault say now. */
async function measureDrillsOf() {
  const log = await readLog(quarter.deps);
  const days = daysOf({ from: '2026-01-01', to: dayOfTime(quarter.deps.clock.now().getTime()) });
  const measured = await measureDays(quarter.deps, { days, recordsFailures: false, log });
  return measured.map(({ drills }) => drills);
}

describe('a report', () => {
  it('is signed: with the public key alone, any change of any file is found', async () => {
    await live(5);
    const kept = await build('weekly', { from: '2026-01-01', to: '2026-01-06' });
    const files = await makeReportFiles(quarter.deps, kept);
    const pem = await quarter.deps.signer.publicKey();
    expect(verifyReport(files, pem)).toMatchObject({ ok: true, kind: 'weekly', from: '2026-01-01', problems: [] });
    for (const [name, bytes] of files) {
      const place = Math.floor(bytes.length / 2);
      const altered = Buffer.from(bytes);
      altered[place] = altered[place]! ^ 1;
      expect(verifyReport(new Map(files).set(name, altered), pem).ok, name).toBe(false);
      const without = new Map(files);
      without.delete(name);
      expect(verifyReport(without, pem).ok, name).toBe(false);
    }
    expect(verifyReport(new Map(files).set('more.txt', Buffer.from('x')), pem).ok).toBe(false);
  });

  it('counts nothing of a daily report that is altered: the day is not recorded', async () => {
    await live(12, true);
    const period = { from: '2026-01-05', to: '2026-01-12' };
    const before = (await build('weekly', period)).report;
    expect(before.days.map(({ source }) => source)).toEqual(Array(7).fill('signed-report'));
    await quarter.deps.tamper(reportKey('daily', '2026-01-07'), bytes =>
      Buffer.from(bytes.toString().replace('covered', 'cOvered')),
    );
    quarter.deps.clock.advance(DAY);
    const after = (await build('weekly', { from: '2026-01-05', to: '2026-01-13' })).report;
    expect(after.days[2]).toEqual(unmeasuredDay('2026-01-07'));
    expect(after.totals.missing.backups).toBe(1);
  });

  it('of a period that is not over, or of any other range, is kept under a name of its own', async () => {
    await live(3);
    const open = await build('weekly', { from: '2026-01-02', to: '2026-01-09' });
    expect(open.report.complete).toBe(false);
    expect(open.key).toMatch(/^governance\/reports\/system\/weekly\/2026-01-02_2026-01-09-2026-01-04T/);
    expect(open.report.days.slice(3).map(({ source }) => source)).toEqual(Array(4).fill('none'));
    await expect(build('weekly', { from: '2026-01-09', to: '2026-01-02' })).rejects.toMatchObject({
      code: 'bad-range',
    });
    await expect(build('weekly', { from: '2027-01-01', to: '2027-01-08' })).rejects.toMatchObject({
      code: 'bad-range',
    });
  });

  it('says what became known of earlier days, once, and longer reports and the status page count it', async () => {
    await live(3, true);
    const lost = { from: Date.parse('2026-01-03T23:40:00Z'), to: Date.parse('2026-01-04T00:30:00Z') };
    const times = { fromTime: new Date(lost.from).toISOString(), toTime: new Date(lost.to).toISOString() };
    const gap = { tenant: SYSTEM, id: 'late', reason: 'slot-lost' as const, from: '0/1' as const, to: '0/2' as const };
    await quarter.deps.catalog.write([gaps.put(GapEntry.parse({ ...gap, ...times }))]);
    await live(1);
    const next = (await build('daily')).report;
    expect(next.from).toBe('2026-01-04');
    const [told] = next.corrections;
    expect(next.corrections.map(({ day }) => day)).toEqual(['2026-01-03']);
    const signed = (await build('daily', { from: '2026-01-03', to: '2026-01-04' })).report.days[0]!.log!;
    expect(told!.lostSeconds).toBe(signed.lostSeconds + 1200);
    await live(1);
    expect((await build('daily')).report.corrections).toEqual([]);
    // The catalog forgets; the signed reports do not.
    await quarter.deps.catalog.write([gaps.put(GapEntry.parse({ ...gap, ...times, toTime: times.fromTime }))]);
    const longer = (await build('monthly', { from: '2026-01-01', to: '2026-01-05' })).report;
    expect(longer.corrections).toEqual([told]);
    expect(longer.days[2]!.log!.lostSeconds).toBe(told!.lostSeconds);
    expect(reportPage(longer)).toContain('Known since the daily report of the day');
    const { page } = await buildStatusPage(quarter.deps, { title: 't', recordsFailures: false });
    const shown = page.components[0]!.days.find(({ day }) => day === '2026-01-03')!;
    expect(shown.downSeconds).toBe(Math.ceil(told!.downSeconds));
  });

  it('does not know the drills of a day whose record is altered', async () => {
    await live(20, true);
    const before = (await build('monthly', { from: '2026-01-01', to: '2026-01-21' })).report;
    expect(before.days.flatMap(({ drills }) => drills ?? [])).toHaveLength(quarter.happened.drills.length);
    const keys: string[] = [];
    for await (const key of quarter.deps.vault.keys('governance/drills/')) keys.push(key);
    await quarter.deps.tamper(keys[0]!, bytes =>
      Buffer.from(bytes.toString().replace('passed', 'pAssed').replace('failed', 'passed')),
    );
    const measured = await measureDrillsOf();
    expect(measured.filter(drills => drills === null)).toHaveLength(1);
  });

  it('of an installation that never ran says that nothing is recorded, and nothing good', async () => {
    const { report } = await build('weekly');
    expect(report.totals.log.met.standard).toBeNull();
    expect(report.totals.backups.success).toBeNull();
    const page = reportPage(report);
    expect(page).not.toMatch(/class="tile good"/);
    expect(page.match(/not recorded/g)!.length).toBeGreaterThan(10);
  });
});

describe('the page', () => {
  const withTexts = (report: Report): Report => {
    const place = { at: '2026-01-02T00:00:00Z', tenant: quarter.tenants[0]!.ref, kind: 'delete' as const, count: 2 };
    const days = report.days.map(day => ({ ...day, accidents: [{ ...place, table: 'a."<b>&', transaction: null }] }));
    return { ...report, days, installation: `<script>"'` };
  };

  it('escapes every text, has no script and asks for nothing', async () => {
    await live(4);
    const page = reportPage(withTexts((await build('monthly', { from: '2026-01-01', to: '2026-01-05' })).report));
    expect(page).not.toMatch(/<script|src=|https?:|@import|url\((?!#)/);
    expect(page).toContain('&lt;script&gt;&quot;&#39;');
    expect(page).toContain('a.&quot;&lt;b&gt;&amp;');
    for (const { name } of quarter.tenants) expect(page).not.toContain(name);
  });

  it('has a title, a description and a table for every chart', async () => {
    await live(4);
    const page = reportPage((await build('weekly', { from: '2026-01-01', to: '2026-01-05' })).report);
    const charts = [...page.matchAll(/<svg [^>]*aria-labelledby="(\S+) (\S+)">/g)];
    expect(charts.length).toBeGreaterThanOrEqual(6);
    for (const [, title, description] of charts) {
      expect(page).toContain(`<title id="${title}">`);
      expect(page).toContain(`<desc id="${description}">`);
    }
    expect(page.match(/<\/figure>\n<details><summary>Table: /g)).toHaveLength(charts.length);
    const opened = page.match(/<(section|figure|table|details|svg|ul|dl)\b/g)!.length;
    expect(page.match(/<\/(section|figure|table|details|svg|ul|dl)>/g)).toHaveLength(opened);
  });

  it('draws what is not known as a gap, and never as zero', () => {
    const chart = {
      ...{ id: 'c', title: 't', description: 'd', kind: 'line' as const, labels: ['1', '2', '3', '4'] },
      ...{ series: [{ name: 's', values: [1, null, 3, 4] }], text: String },
    };
    const drawn = chartFigure(chart);
    expect(drawn.match(/fill="url\(#c-gap\)"/g)).toHaveLength(1);
    expect(drawn.match(/<polyline/g)).toHaveLength(1);
    expect(drawn.match(/<circle/g)).toHaveLength(1);
    expect(drawn).toContain('<li class="gap">not recorded</li>');
  });
});

describe('periods and numbers', () => {
  it('are whole days, weeks, months, quarters and years, each the day after it ended', () => {
    const at = (text: string) => new Date(`${text}T00:00:00Z`);
    expect(lastPeriod('daily', at('2026-03-01'))).toEqual({ from: '2026-02-28', to: '2026-03-01' });
    expect(lastPeriod('weekly', at('2026-03-01'))).toEqual({ from: '2026-02-16', to: '2026-02-23' });
    expect(lastPeriod('monthly', at('2026-03-31'))).toEqual({ from: '2026-02-01', to: '2026-03-01' });
    expect(lastPeriod('quarterly', at('2026-02-14'))).toEqual({ from: '2025-10-01', to: '2026-01-01' });
    expect(lastPeriod('yearly', at('2026-02-14'))).toEqual({ from: '2025-01-01', to: '2026-01-01' });
    for (const kind of ['daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const) {
      const { from, to } = lastPeriod(kind, at('2028-05-17'));
      expect(lastPeriod(kind, at(to))).toEqual({ from, to });
      expect(daysOf({ from, to })[0]).toBe(from);
    }
  });

  it('of days that are not known have no share and no median', () => {
    const totals = totalsOfDays([unmeasuredDay('2026-01-01'), unmeasuredDay('2026-01-02')]);
    expect(totals.missing).toEqual({
      ...{ log: 2, backups: 2, verifications: 2, restores: 2, drills: 2, accidents: 2, stored: 2 },
    });
    expect([totals.log.availability, totals.backups.success, totals.backups.medianMs, totals.stored]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('are written so that only all is 100 %, and in two units at most', () => {
    expect([0.99999, 1, 0, null].map(shareText)).toEqual(['99.99 %', '100 %', '0 %', 'not recorded']);
    expect([0, 3.14, 59.6, 3600, 90_061, null].map(secondsText)).toEqual([
      ...['0 s', '3.1 s', '1 min', '1 h', '1 d 1 h', 'not recorded'],
    ]);
  });
});
