/**
 * What a page that is made every few minutes reads: once every day before has its report, no tenant's policies, for each of
 * which S3 would be asked.
 */
import { afterEach, expect, it } from 'vitest';
import { defaultSettings } from '../../../../lib/domain/settings.ts';
import { buildReport } from '../../../../lib/operations/reporting/build-report.ts';
import { buildStatusPage } from '../../../../lib/operations/reporting/build-status-page.ts';
import { DAY, ReportedQuarter } from '../../../support/reported-quarter.ts';

const BEGIN = Date.parse('2026-01-01T00:00:00Z');
let quarter: ReportedQuarter;
afterEach(() => quarter.deps.dispose());

it('reads no tenant’s policies while every day but today has a report', async () => {
  quarter = await ReportedQuarter.open(3, BEGIN);
  const asked = {
    ...{ recordsFailures: false, lockDays: 2557, hasRegion: false, tierOf: () => 'standard' as const },
    configuration: {
      ...{ place: 'one-machine' as const, regions: [], keys: 'local' as const, retention: defaultSettings().keep },
      ...{ approvals: {}, roles: {} },
    },
  };
  const listed: string[] = [];
  const { vault } = quarter.deps;
  const watched = {
    ...vault,
    list: (prefix: string, after?: string) => {
      listed.push(prefix);
      return vault.list(prefix, after);
    },
  };
  const policiesRead = async () => {
    listed.length = 0;
    await buildStatusPage({ ...quarter.deps, vault: watched }, { title: 't', recordsFailures: false });
    return listed.filter(prefix => prefix.includes('/retention/')).length;
  };
  for (let day = BEGIN; day < BEGIN + 5 * DAY; day += DAY) {
    await quarter.liveDay(day);
    await buildReport(quarter.deps, { kind: 'daily', ...asked });
  }
  expect(await policiesRead()).toBe(0);
  // Of days without a report it must know whether their backups can have expired.
  for (const day of [5, 6]) await quarter.liveDay(BEGIN + day * DAY);
  expect(await policiesRead()).toBeGreaterThan(0);
});
