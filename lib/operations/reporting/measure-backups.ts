/** Snapshots and verifications of a day: which tenants were due, which have one, how long it took. Pure. */
import type { DayMeasures } from '../../domain/report/day-measures.ts';
import { quantile } from '../../domain/report/day-totals.ts';
import type { TimeSpan } from '../../domain/report/time-spans.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import type { TenantCatalog } from './measure-days.ts';

const isWithin = (time: string, { from, to }: TimeSpan) => Date.parse(time) >= from && Date.parse(time) < to;

export function measureBackups(tenants: readonly TenantCatalog[], day: TimeSpan): NonNullable<DayMeasures['backups']> {
  const isOf = (item: BackupItem) => isWithin(item.toTime, day);
  const expected = tenants.filter(tenant => isExpected(tenant, day));
  const isCovered = (tenant: TenantCatalog) => tenant.backups.some(item => item.kind === 'snapshot' && isOf(item));
  const own = tenants.flatMap(tenant => tenant.backups).filter(isOf);
  const snapshots = own.filter(item => item.kind === 'snapshot');
  const sum = (items: readonly BackupItem[], value: (item: BackupItem) => number) =>
    items.reduce((total, item) => total + value(item), 0);
  // A rebuilt catalog does not know how long they took.
  const durations = snapshots.map(item => item.durationMs).filter(ms => ms > 0);
  return {
    expected: expected.length,
    covered: expected.filter(isCovered).length,
    snapshots: snapshots.length,
    incrementals: own.length - snapshots.length,
    bytes: sum(snapshots, item => item.bytes),
    storedBytes: sum(own, item => item.storedBytes),
    durationMs:
      durations.length === 0
        ? null
        : { median: quantile(durations, 0.5)!, p95: quantile(durations, 0.95)!, max: Math.max(...durations) },
  };
}

/** It was known all day, and did not leave the database before the day ended. */
function isExpected({ item }: TenantCatalog, day: TimeSpan): boolean {
  const { tenantId, firstSeen, left, departed, destruction } = item;
  if (tenantId === null || destruction || Date.parse(firstSeen) > day.from) return false;
  return !left || (departed !== undefined && Date.parse(departed.at) >= day.to);
}

/** Of each snapshot the catalog has the last one only. */
export function measureVerifications(
  tenants: readonly TenantCatalog[],
  day: TimeSpan,
): NonNullable<DayMeasures['verifications']> {
  const outcomes = tenants
    .flatMap(tenant => tenant.backups)
    .flatMap(({ verified }) => (verified && isWithin(verified.at, day) ? [verified.ok] : []));
  const succeeded = outcomes.filter(ok => ok).length;
  return { succeeded, failed: outcomes.length - succeeded };
}
