/**
 * A quarter of an installation that people are shown in pictures: mostly good, with an outage, a loss of log, late snapshots,
 * a failed verification, restores, drills and days without a report. The same bytes every time.
 */
import type { FactName } from '../../lib/domain/evidence/facts.ts';
import { LsnText } from '../../lib/domain/lsn.ts';
import type { DayMeasures } from '../../lib/domain/report/day-measures.ts';
import { totalsOfDays } from '../../lib/domain/report/day-totals.ts';
import { daysOf } from '../../lib/domain/report/period.ts';
import type { Readiness, Report, StandingState } from '../../lib/domain/report/report.ts';
import { type StatusPage, statusPageOf } from '../../lib/domain/status-page/status-page.ts';
import type { StatusIncident } from '../../lib/domain/status-page/status-post.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';

const FROM = '2026-01-01';
const TO = '2026-04-01';
const MB = 1e6;
const ref = (name: string) => tenantRef('shop', tenantId(name));

/** Between 0 and 1, without a pattern that one sees. */
function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

function dayAt(day: string, index: number): DayMeasures {
  const weekend = [2, 3].includes(index % 7);
  const isOutage = index === 39;
  const isLost = index === 61;
  const downSeconds = isOutage ? 5400 : isLost ? 1260 : 0;
  const expected = 240 + Math.floor(index / 6);
  const covered = expected - (isOutage ? 37 : index % 29 === 17 ? 2 : 0);
  const changes = Math.round((weekend ? 90_000 : 410_000) * (0.8 + 0.4 * noise(index)));
  const median = Math.round(5200 + 18 * index + 900 * noise(index + 500));
  return {
    ...{ day, source: 'signed-report' },
    log: {
      ...{ measuredSeconds: 86_400, downSeconds, lostSeconds: isLost ? 1260 : 0 },
      lateSeconds: { critical: downSeconds && downSeconds + 3300, standard: downSeconds, historical: 0, archive: 0 },
      longestSilenceSeconds: isOutage ? 9000 : Math.round(70 + 60 * noise(index + 900)),
      ...{ runs: 1440, transactions: Math.round(changes / 4), changes, storedBytes: changes * 61 },
    },
    backups: {
      ...{ expected, covered, snapshots: covered, incrementals: expected * 20 },
      ...{ bytes: expected * 180 * MB, storedBytes: Math.round(expected * 1.4 * MB * (0.8 + 0.4 * noise(index + 7))) },
      durationMs: { median, p95: Math.round(median * 3.1), max: Math.round(median * 7.9) },
    },
    verifications: { succeeded: Math.round(expected / 7), failed: index === 70 ? 1 : 0 },
    restores: index % 23 === 11 ? [restoreAt(day, index)] : [],
    drills: drillsAt(day, index),
    failures: { 'backup-failed': isOutage ? 37 : 0, 'integrity-failed': index === 70 ? 1 : 0, 'restore-failed': 0 },
    accidents:
      index === 34
        ? [
            {
              ...{ at: `${day}T10:04:59Z`, tenant: ref('acme'), table: 'public.shifts', kind: 'delete', count: 18_204 },
              transaction: { xid: 884_213, lsn: LsnText.parse('4A/1F20C8E8'), time: `${day}T10:04:59Z`, count: 18_204 },
            },
          ]
        : [],
    stored: {
      logBytes: Math.round((9 + index / 40) * 1e9),
      backupBytes: Math.round((61 + index / 9) * 1e9),
      tenants: expected,
    },
  };
}

function restoreAt(day: string, index: number): NonNullable<DayMeasures['restores']>[number] {
  return {
    ...{ tenant: ref(index % 2 ? 'acme' : 'globex'), id: `r-${index}`, place: index % 2 ? 'in-place' : 'side-by-side' },
    ...{ outcome: 'done', at: `${day}T14:12:00.000Z`, seconds: 240 + 9 * index, rows: 18_204 + index, proved: true },
  };
}

function drillsAt(day: string, index: number): NonNullable<DayMeasures['drills']> {
  const of = (kind: 'single-tenant' | 'several-tenants' | 'accident' | 'region', tenants: number, seconds: number) => ({
    ...{ id: `d-${index}-${kind}`, kind, at: `${day}T06:30:00.000Z`, outcome: 'passed' as const },
    ...{ tenants, proved: tenants, seconds },
  });
  if (index % 31 === 4) return [of('single-tenant', 2, 610 + index)];
  if (index % 31 === 9) return [of('several-tenants', 8, 1480 + 4 * index)];
  if (index % 31 === 15 && index < 60) return [of('accident', 1, 420)];
  return index === 50 ? [of('region', 1, 905)] : [];
}

const DAYS = daysOf({ from: FROM, to: TO }).map(dayAt);

const STANDING: StandingState = {
  ...{ tenants: { safe: 252, late: 0, partial: 1, unprotected: 0, broken: 0, departed: 4 } },
  ...{ notSafe: [{ tenant: ref('initech'), state: 'partial' }], notSafeTotal: 1 },
  ...{ newestMoment: '2026-04-01T03:59:20.000Z', newestAgeSeconds: 48, openFailures: [] },
  ...{ heldTenants: 2, requestsWaiting: 1, unreviewedBreakGlass: 0 },
};

const READINESS: Readiness = {
  tiers: [
    {
      ...{ tier: 'critical', tenants: 12, rows: 9_100_000, bytes: 8.2e9, objectiveSeconds: 3600, longestSeconds: 1310 },
      ...{ allSeconds: 7400, withoutSnapshot: 0, measuredTenants: 12, drilledSeconds: 905 },
    },
    {
      ...{ tier: 'standard', tenants: 241, rows: 61_000_000, bytes: 44e9, objectiveSeconds: 14_400 },
      ...{ longestSeconds: 5220, allSeconds: 61_000, withoutSnapshot: 0, measuredTenants: 238, drilledSeconds: 1764 },
    },
  ],
  allSeconds: 68_400,
  basis: { stagings: 2410, restores: 4, drilled: 31 },
  drills: {
    done: DAYS.flatMap(({ drills }) => drills ?? []),
    missed: [{ month: '2026-03', tier: 'critical' }],
    due: [{ kind: 'accident', last: '2026-02-16T06:30:00.000Z', due: '2026-03-19T06:30:00.000Z', state: 'late' }],
    wholeSystemSeconds: 9300,
  },
};

export function picturedReport(): Report {
  const fact = (name: FactName, looked: string, found: string[], missing: string[] = []) => ({
    ...{ name, looked, shown: missing.length === 0, found, missing },
    evidence: { total: 90, listed: [], digest: '0'.repeat(64) },
  });
  // Two nights nobody made the report, and what it would have kept has expired.
  const days = DAYS.map((day, index) => (index === 20 || index === 21 ? { ...day, backups: null, stored: null } : day));
  return {
    ...{ format: 'holdfast.report/1', kind: 'quarterly', from: FROM, to: TO, at: '2026-04-01T04:00:08.000Z' },
    ...{ installation: 'shop', complete: true, state: STANDING, totals: totalsOfDays(days) },
    previous: totalsOfDays(DAYS.slice(20).map(day => ({ ...day, accidents: [], restores: [] }))),
    days,
    corrections: [{ day: days[61]!.day, lostSeconds: 1260, downSeconds: 1260 }],
    compliance: [
      fact('backups-taken', 'Signed manifests of snapshots in the range.', ['22,914 signed manifests of 253 tenants.']),
      fact('restore-drills', 'Signed records of drills.', [
        '9 drills proved; 9 of all drills ran outside the source system.',
      ]),
      fact(
        'retention-applied',
        'What is past its retention and its lock.',
        [],
        ['2 backups are past their retention and their lock, and still there.'],
      ),
    ],
    readiness: READINESS,
  };
}

const INCIDENTS: StatusIncident[] = [
  {
    ...{ id: '0mk2f8c01-4k2j9x1q', component: 'verification', state: 'monitoring' },
    ...{ startedAt: '2026-04-01T08:05:00.000Z', resolvedAt: null },
    updates: [
      {
        state: 'monitoring',
        at: '2026-04-01T09:40:00.000Z',
        text: 'Verifications run again. We watch the next round.',
      },
      {
        ...{ state: 'investigating', at: '2026-04-01T08:05:00.000Z' },
        text: 'Verifications are slower than usual. Backups and restores are not affected.',
      },
    ],
  },
  {
    ...{ id: '0mj4xq2aa-9x1q4k2j', component: 'snapshots', state: 'resolved' },
    ...{ startedAt: '2026-02-09T05:10:00.000Z', resolvedAt: '2026-02-09T11:45:00.000Z' },
    updates: [
      { state: 'resolved', at: '2026-02-09T11:45:00.000Z', text: 'All snapshots of the night are taken.' },
      {
        state: 'identified',
        at: '2026-02-09T05:40:00.000Z',
        text: 'The database was being maintained; snapshots are late.',
      },
    ],
  },
];

export function picturedStatus(): StatusPage {
  const now = new Date('2026-04-01T10:00:00Z');
  const today = { ...dayAt('2026-04-01', 90), stored: null };
  const log = { ...today.log!, measuredSeconds: 36_000 };
  return statusPageOf({
    ...{ title: 'Shop backups', now, days: [...DAYS.slice(1), { ...today, log }] },
    ...{ standing: { ...STANDING, tenants: { safe: 253 } }, incidents: INCIDENTS, unverifiedPosts: 0 },
  });
}
