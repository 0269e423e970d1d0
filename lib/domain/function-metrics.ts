/**
 * Every metric of the functions, with its unit and dimension. The functions can emit no other name, alarms and
 * dashboard can watch no other, and the bill for metrics follows from this list.
 */
import { type TierChoice, tiersInUse } from './objectives.ts';

export type MetricUnit = 'Count' | 'Seconds' | 'Bytes' | 'Percent';

/**
 * `installation`: one metric. `tier`: one for each tier in use. `tenant`: one in total and one for each tier in use,
 * with the tenant's reference in the log: a metric per tenant would cost more than the tenant's backups.
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
  // Where a schedule makes archives.
  SecondsSinceArchive: of('installation', 'Seconds'),
  SlotRetainedBytes: of('installation', 'Bytes'),
  SlotRetainedPercent: of('installation', 'Percent'),
  ChangesShipped: of('installation', 'Count'),
  LogBytesStored: of('installation', 'Bytes'),
  KeysWithoutReplica: of('installation', 'Count'),
  KeysLost: of('installation', 'Count'),
  // The probes, in both regions of a fail-over: whether the other is active and looks lost.
  RegionSuspected: of('installation', 'Count'),
  // Failures that are neither mended nor acknowledged: every minute by the shipper, in the secondary by its watcher.
  OpenBackupFailures: of('installation', 'Count'),
  OpenIntegrityFailures: of('installation', 'Count'),
  OpenRestoreFailures: of('installation', 'Count'),
  // The watcher in the secondary region, on the replicated catalog.
  PrimarySilentSeconds: of('installation', 'Seconds'),
  ObjectsWithoutReplica: of('installation', 'Count'),
  ReplicaExpiryAge: of('installation', 'Seconds'),
  // The audit trail: what the daily anchor finds, and the weekly verification.
  AuditContradictions: of('installation', 'Count'),
  AuditProblems: of('installation', 'Count'),
  // Destructions that should have gone on: the daily run that looks after them.
  LateDestructions: of('installation', 'Count'),
  // How long its day had ended when the daily report was made.
  DailyReportAge: of('installation', 'Seconds'),
  // Posts on the public status page that do not verify, each time that it is made.
  StatusPostsAltered: of('installation', 'Count'),
  // What the weekly proof of legal holds found: objects, records and keys that were not as they must be.
  HoldProblems: of('installation', 'Count'),
  // Drills, where there are any: the daily look at what is due, and the end of each.
  LateDrills: of('installation', 'Count'),
  FailedDrills: of('installation', 'Count'),
  SlowDrills: of('installation', 'Count'),
  // The planner of fleet runs, where a query gives tiers and retention.
  TenantPolicyProblems: of('installation', 'Count'),
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
  // Failures as they happen.
  BackupFailures: of('installation', 'Count'),
  IntegrityFailures: of('installation', 'Count'),
  RestoreFailures: of('installation', 'Count'),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

/** Number of CloudWatch metrics for this choice of tiers, without those of scheduled archives, of the status page and of fail-overs. */
export function metricsCounted(choice: TierChoice): number {
  const tiers = tiersInUse(choice).length;
  const each: Readonly<Record<MetricBy, number>> = { installation: 1, tier: tiers, tenant: 1 + tiers };
  const unused = 3 * each.installation + (choice.query === undefined ? each[METRICS.TenantPolicyProblems.by] : 0);
  return Object.values(METRICS).reduce((sum, metric) => sum + each[metric.by], -unused);
}
