/**
 * Snapshots and verifications of days: which tenants were due, which have one, how long it took. One tenant after the other
 * is added, so that memory does not grow with the backups of a fleet: only durations of snapshots are kept. Pure.
 */
import type { DayMeasures } from '../../domain/report/day-measures.ts';
import { quantile } from '../../domain/report/day-totals.ts';
import type { TimeSpan } from '../../domain/report/time-spans.ts';
import type { BackupItem, TenantItem } from '../catalog/catalog-index.ts';

export interface BackupTally {
  readonly span: TimeSpan;
  readonly sums: Omit<NonNullable<DayMeasures['backups']>, 'durationMs'>;
  /** Of the snapshots, milliseconds. */
  readonly durations: number[];
  readonly verifications: NonNullable<DayMeasures['verifications']>;
}

export function emptyTally(span: TimeSpan): BackupTally {
  return {
    span,
    sums: { expected: 0, covered: 0, snapshots: 0, incrementals: 0, bytes: 0, storedBytes: 0 },
    durations: [],
    verifications: { succeeded: 0, failed: 0 },
  };
}

/** `backups`: all of the tenant. */
export function addTenant(
  { span, sums, durations, verifications }: BackupTally,
  item: TenantItem,
  backups: readonly BackupItem[],
): void {
  const own = backups.filter(({ toTime }) => isWithin(toTime, span));
  const snapshots = own.filter(({ kind }) => kind === 'snapshot');
  if (isExpected(item, span)) {
    sums.expected += 1;
    if (snapshots.length > 0) sums.covered += 1;
  }
  sums.snapshots += snapshots.length;
  sums.incrementals += own.length - snapshots.length;
  for (const { storedBytes } of own) sums.storedBytes += storedBytes;
  for (const { bytes, durationMs } of snapshots) {
    sums.bytes += bytes;
    // A rebuilt catalog does not know how long they took.
    if (durationMs > 0) durations.push(durationMs);
  }
  // Of each snapshot the catalog has the last one only.
  for (const { verified } of backups)
    if (verified && isWithin(verified.at, span)) verifications[verified.ok ? 'succeeded' : 'failed'] += 1;
}

export function measuredBackups({ sums, durations }: BackupTally): NonNullable<DayMeasures['backups']> {
  const sorted = durations.sort((a, b) => a - b);
  const at = (share: number) => quantile(sorted, share)!;
  return {
    ...sums,
    durationMs: sorted.length === 0 ? null : { median: at(0.5), p95: at(0.95), max: sorted.at(-1)! },
  };
}

function isWithin(time: string, { from, to }: TimeSpan): boolean {
  return Date.parse(time) >= from && Date.parse(time) < to;
}

/** It was known all day, and did not leave the database before the day ended. */
function isExpected({ tenantId, firstSeen, left, departed, destruction }: TenantItem, day: TimeSpan): boolean {
  if (tenantId === null || destruction || Date.parse(firstSeen) > day.from) return false;
  return !left || (departed !== undefined && Date.parse(departed.at) >= day.to);
}
