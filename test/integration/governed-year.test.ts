/**
 * A year of operation of ten tenants, in a random order: what the trail, the evidence, the retention and a rebuilt catalog say at the
 * end and at three moments before is what an independent model says (test/support/year-model.ts). A failure prints its seed:
 *
 *     HOLDFAST_SEED=7 npx vitest run --project integration test/integration/governed-year.test.ts
 */
import { afterEach, expect, it } from 'vitest';
import { GovernedYear } from '../support/governed-year.ts';
import { liveDay, type Running } from '../support/year-days.ts';
import type { ModelTenant } from '../support/year-model.ts';
import { compareMoment } from '../support/year-moments.ts';
import {
  breakingGlass,
  changingPolicy,
  departing,
  destroying,
  holding,
  reaching,
  restoring,
  type Story,
} from '../support/year-stories.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? 1);
const DAYS = 365;
/** Days after which everything is compared. */
const MOMENTS = [91, 182, 273, DAYS];

const WANTED = [
  ...['restore done', 'restore cancelled', 'restore expired request-expired', 'restore denied request-refused'],
  ...['hold done', 'requestRelease requested', 'approveRelease refused', 'release done', 'release denied not-approved'],
  ...['destroy done', 'destroy cancelled', 'destroy denied request-refused', 'destroy failed countdown-running'],
  ...['changePolicy done', 'changePolicy denied request-refused', 'changePolicy denied not-permitted'],
  ...['breakGlass requested', 'reviewBrokenGlass reviewed', 'reviewBrokenGlass denied own-request', 'anchorAudit done'],
];
const ALARMED = ['approval-wanted', 'destruction-stopped', 'glass-broken', 'hold-review-due'];

let year: GovernedYear;
afterEach(() => year.dispose());

/** Every kind of story, each on a tenant that it fits, and each on a day of its own. */
function plannedStories(): Running[] {
  const { model } = year;
  const [first, second, leaving, ...others] = year.shuffled(model.tenants) as [
    ModelTenant,
    ModelTenant,
    ModelTenant,
    ...ModelTenant[],
  ];
  const planned: Running[] = [];
  const add = (story: Story, earliest: number, latest: number) =>
    planned.push({ story, due: earliest + year.below(latest - earliest) });
  // Nothing stops these two.
  add(destroying(year, first, 'supervised'), 60, 200);
  add(destroying(year, second, 'by a person'), 100, 250);
  add(departing(year, leaving), 120, 260);
  const courses = ['cancelled', 'stopped by a hold', 'refused', 'expired'] as const;
  for (const [index, course] of courses.entries()) add(destroying(year, others[index]!, course), 20, 300);
  for (let number = 0; number < 16; number++)
    add(holding(year, year.oneOf([leaving, ...others]), `matter ${number}`), 5, 330);
  for (let number = 0; number < 60; number++) add(restoring(year, year.oneOf(model.tenants)), 2, 355);
  for (let number = 0; number < 25; number++) add(reaching(year, year.oneOf(others)), 2, 355);
  for (let number = 0; number < 6; number++) add(breakingGlass(year, year.oneOf(others)), 2, 355);
  for (const tenant of model.tenants) add(changingPolicy(year, tenant), 10, 320);
  return planned;
}

it('ends with a trail, evidence, retention and a rebuilt catalog that say what happened', async () => {
  year = await GovernedYear.open(SEED, 10);
  const stories = plannedStories();
  let from = year.begin;
  while (year.day < DAYS) {
    await liveDay(year, stories, MOMENTS.includes(year.day + 1));
    year.day += 1;
    if (!MOMENTS.includes(year.day)) continue;
    await compareMoment(year, from);
    from = year.now() + 1;
  }
  // In whatever order: each of these happened.
  const told = [...year.model.chains.values()].flat().map(event => event.replace(/^[^:]+: /, ''));
  expect(WANTED.filter(what => !told.includes(what))).toEqual([]);
  expect(ALARMED.filter(code => !year.model.alarms.has(code))).toEqual([]);
  expect(year.model.tenants.filter(({ destroyed }) => destroyed)).toHaveLength(2);
}, 3_600_000);
