/**
 * Every number that the functions count, once: its unit, and what it is told by. The functions can count no other name,
 * alarms and dashboard can watch no other, and the bill for metrics is the length of this list.
 */
import { type TierChoice, tiersInUse } from './objectives.ts';

export type MeasureUnit = 'Count' | 'Seconds' | 'Bytes' | 'Percent';

/**
 * `installation`: one metric. `tier`: one for each tier in use. `tenant`: one in all and one for each tier in use, and
 * the tenant's reference beside it in the log: a metric a tenant would cost more than the tenant's backups.
 */
export type MeasuredBy = 'installation' | 'tier' | 'tenant';

interface Measure {
  readonly unit: MeasureUnit;
  readonly by: MeasuredBy;
}

const of = <B extends MeasuredBy>(by: B, unit: MeasureUnit) => ({ unit, by }) as const;

export const MEASURES = {
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
} as const satisfies Readonly<Record<string, Measure>>;

export type MeasureName = keyof typeof MEASURES;

/** How many CloudWatch metrics they are for this choice of tiers. */
export function metricsCounted(choice: TierChoice): number {
  const tiers = tiersInUse(choice).length;
  const each: Readonly<Record<MeasuredBy, number>> = { installation: 1, tier: tiers, tenant: 1 + tiers };
  return Object.values(MEASURES).reduce((sum, measure) => sum + each[measure.by], 0);
}
