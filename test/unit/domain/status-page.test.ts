/** The state of a component now is the worst of what is measured and what people say, and unknown is never up. */
import { expect, it } from 'vitest';
import { unmeasuredDay } from '../../../lib/domain/report/day-measures.ts';
import type { StandingState } from '../../../lib/domain/report/report.ts';
import { statusHtml } from '../../../lib/domain/status-page/status-html.ts';
import { type PageFacts, statusPageOf } from '../../../lib/domain/status-page/status-page.ts';
import type { StatusIncident } from '../../../lib/domain/status-page/status-post.ts';

const now = new Date('2026-01-12T00:00:00Z');
const backups = { snapshots: 0, incrementals: 0, bytes: 0, storedBytes: 0, durationMs: null };
const good = {
  ...unmeasuredDay('2026-01-10'),
  ...{ backups: { ...backups, expected: 4, covered: 4 }, verifications: { succeeded: 3, failed: 0 } },
};
const standing: StandingState = {
  ...{ tenants: { safe: 4 }, notSafe: [], notSafeTotal: 0, newestMoment: null, newestAgeSeconds: 60 },
  ...{ openFailures: [], heldTenants: 0, requestsWaiting: 0, unreviewedBreakGlass: 0 },
};
const incident: StatusIncident = {
  ...{ id: '0mk000001-aaaaaaaa', component: 'log-shipping', state: 'identified', startedAt: now.toISOString() },
  ...{ resolvedAt: null, updates: [] },
};

function states(change: Partial<PageFacts>): string[] {
  const facts = { title: 't', now, days: [good], standing, incidents: [], unverifiedPosts: 0, ...change };
  return statusPageOf(facts).components.map(({ state }) => state);
}

const failure = (kind: 'backup-failed' | 'integrity-failed' | 'restore-failed') => ({
  standing: { ...standing, openFailures: [{ kind, workflow: 'w', tenant: null, code: 'c', at: now.toISOString() }] },
});

it.each<[string, Partial<PageFacts>, string[]]>([
  ['what is fine is up, and what nobody tried is not known', {}, ['up', 'up', 'up', 'unknown']],
  [
    'nothing was ever shipped',
    { standing: { ...standing, newestAgeSeconds: null } },
    ['unknown', 'up', 'up', 'unknown'],
  ],
  ['late', { standing: { ...standing, newestAgeSeconds: 301 } }, ['degraded', 'up', 'up', 'unknown']],
  ['too late', { standing: { ...standing, newestAgeSeconds: 3601 } }, ['down', 'up', 'up', 'unknown']],
  ['tables', { standing: { ...standing, tenants: { safe: 3, partial: 1 } } }, ['degraded', 'up', 'up', 'unknown']],
  [
    'one unprotected',
    { standing: { ...standing, tenants: { safe: 3, broken: 1 } } },
    ['up', 'degraded', 'up', 'unknown'],
  ],
  ['all are', { standing: { ...standing, tenants: { unprotected: 2, departed: 1 } } }, ['up', 'down', 'up', 'unknown']],
  ['a backup failed', failure('backup-failed'), ['up', 'degraded', 'up', 'unknown']],
  ['a check failed', failure('integrity-failed'), ['up', 'up', 'degraded', 'unknown']],
  ['a restore failed', failure('restore-failed'), ['up', 'up', 'up', 'degraded']],
  ['people say so', { incidents: [incident] }, ['degraded', 'up', 'up', 'unknown']],
  [
    'people say that it is resolved, and it is not',
    {
      standing: { ...standing, newestAgeSeconds: 3601 },
      incidents: [{ ...incident, state: 'resolved', resolvedAt: now.toISOString() }],
    },
    ['down', 'up', 'up', 'unknown'],
  ],
  [
    'none of the last day',
    {
      days: [{ ...good, backups: { ...backups, expected: 4, covered: 0 }, verifications: { succeeded: 0, failed: 1 } }],
    },
    ['up', 'down', 'degraded', 'unknown'],
  ],
  [
    'a day without measures changes nothing',
    { days: [good, unmeasuredDay('2026-01-11')] },
    ['up', 'up', 'up', 'unknown'],
  ],
])('%s', (_, change, expected) => {
  expect(states(change)).toEqual(expected);
});

it('shows the components of the deployment alone, with their incidents, and how old its data are', () => {
  const about = { title: 't', now, days: [good], incidents: [incident], unverifiedPosts: 0 };
  const newestMoment = '2026-01-11T22:00:00.000Z';
  const facts: PageFacts = { ...about, standing: { ...standing, newestMoment, newestAgeSeconds: 7200 } };
  const page = statusPageOf({ ...facts, components: ['restores', 'snapshots'] });
  expect(page.components.map(({ component }) => component)).toEqual(['snapshots', 'restores']);
  expect(page).toMatchObject({ incidents: [], newestMoment });
  expect(statusHtml(page)).toContain(`from data until <time datetime="${newestMoment}">`);
  expect(statusPageOf(facts).incidents).toEqual([incident]);
  expect(statusHtml(statusPageOf({ ...facts, standing }))).toContain('from data until no moment');
});

it('needs nothing that the public site forbids: no script, no style of single elements, no request', () => {
  const html = statusHtml(
    statusPageOf({ title: 't', now, days: [good], standing, incidents: [incident], unverifiedPosts: 1 }),
  );
  expect(html).not.toMatch(/<script|\sstyle=|\son\w+=|<link|<img|<iframe|@import|\bsrc=|url\((?!#)/i);
});
