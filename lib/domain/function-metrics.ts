/**
 * Every number that the functions count, once: its unit, and what it is told by. The functions can count no other name,
 * alarms and dashboard can watch no other, and the bill for metrics is the length of this list.
 */
import { type TierChoice, tiersInUse } from './objectives.ts';

export type MetricUnit = 'Count' | 'Seconds' | 'Bytes' | 'Percent';

/**
 * `installation`: one metric. `tier`: one for each tier in use. `tenant`: one in all and one for each tier in use, and
 * the tenant's reference beside it in the log: a metric a tenant would cost more than the tenant's backups.
 */
export type MetricBy = 'installation' | 'tier' | 'tenant';

interface Metric {
  readonly unit: MetricUnit;
  readonly by: MetricBy;
}

const of = <B extends MetricBy>(by: B, unit: MetricUnit) => ({ unit, by }) as const;

export const METRICS = {
  // The shipper, every minute.
  NewestRecoverableMomentAge: of('installation', 'Seconds'),
  RecoveryPointAge: of('tier', 'Seconds'),
  SecondsSinceBackup: of('installation', 'Seconds'),
  SecondsSinceVerification: of('installation', 'Seconds'),
  SlotRetainedBytes: of('installation', 'Bytes'),
  SlotRetainedPercent: of('installation', 'Percent'),
  ChangesShipped: of('installation', 'Count'),
  LogBytesStored: of('installation', 'Bytes'),
  // Fleet runs.
  TenantsDone: of('installation', 'Count'),
  TenantsFailed: of('installation', 'Count'),
  FleetRunSeconds: of('installation', 'Seconds'),
  IncrementalsWritten: of('installation', 'Count'),
  SnapshotSeconds: of('tenant', 'Seconds'),
  SnapshotBytes: of('tenant', 'Bytes'),
  SnapshotStoredBytes: of('tenant', 'Bytes'),
  SnapshotReusedPercent: of('tenant', 'Percent'),
  VerificationSeconds: of('tenant', 'Seconds'),
  VerificationAge: of('tenant', 'Seconds'),
  ExpiredBytes: of('installation', 'Bytes'),
  // Restores, phase by phase.
  RestorePlanSeconds: of('tenant', 'Seconds'),
  RestoreStageSeconds: of('tenant', 'Seconds'),
  RestoreDiffSeconds: of('tenant', 'Seconds'),
  RestoreApplySeconds: of('tenant', 'Seconds'),
  RestoreProveSeconds: of('tenant', 'Seconds'),
  RestoreTimePercent: of('tenant', 'Percent'),
  RestoresDone: of('installation', 'Count'),
  // Failures, each behind an alarm.
  BackupFailures: of('installation', 'Count'),
  IntegrityFailures: of('installation', 'Count'),
  RestoreFailures: of('installation', 'Count'),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** How many CloudWatch metrics they are for this choice of tiers. */
export function metricsCounted(choice: TierChoice): number {
  const tiers = tiersInUse(choice).length;
  const each: Readonly<Record<MetricBy, number>> = { installation: 1, tier: tiers, tenant: 1 + tiers };
  return Object.values(METRICS).reduce((sum, metric) => sum + each[metric.by], 0);
}
