/**
 * The graphs of the dashboard, one row per question: how recent is the recovery point, do fleet runs succeed, what do
 * snapshots and restores cost, does the log keep up, what is stored. The standby has one row of its own.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../domain/function-metrics.ts';
import { OBJECTIVES, type Tier, tiersInUse } from '../../domain/objectives.ts';
import type { Deployment } from '../deployment.ts';
import { regionsOf, replicaRegionsOf, type WorkRegion } from '../names.ts';
import { counted, executions, notStarted, ofFunction, replication, vaultBytes } from './metrics.ts';

const HOUR = Duration.hours(1);
const DAY = Duration.days(1);

export function dashboardGraphs(deployment: Deployment, region: WorkRegion): cloudwatch.IWidget[][] {
  if (region === 'secondary') return [standbyRow(deployment)];
  return [recoveryPointRow, fleetRow, snapshotRow, restoreRow, logRow, storageRow].map(row => row(deployment));
}

function recoveryPointRow(deployment: Deployment): cloudwatch.IWidget[] {
  const tiers = tiersInUse(deployment.tiers);
  return [
    graph('Age of the newest recoverable moment (s)', [counted(deployment, 'NewestRecoverableMomentAge', 'Maximum')], {
      leftAnnotations: [objective('critical')],
    }),
    graph('The same for the worst tenant of each tier (s)', byTier(deployment, 'RecoveryPointAge'), {
      leftAnnotations: tiers.map(objective),
    }),
    graph('WAL retained by the database for the slot (bytes)', [counted(deployment, 'SlotRetainedBytes', 'Maximum')], {
      right: [counted(deployment, 'SlotRetainedPercent', 'Maximum')],
    }),
  ];
}

function fleetRow(deployment: Deployment): cloudwatch.IWidget[] {
  return [
    graph('Tenants backed up', [counted(deployment, 'TenantsDone', 'Sum', HOUR)], {
      right: [counted(deployment, 'TenantsFailed', 'Sum', HOUR)],
    }),
    graph('Time since the last backup and the last verification of the fleet (s)', [
      counted(deployment, 'SecondsSinceBackup', 'Maximum'),
      counted(deployment, 'SecondsSinceVerification', 'Maximum'),
    ]),
    graph('Age of the oldest verification in each tier (s)', byTier(deployment, 'VerificationAge', DAY)),
  ];
}

function snapshotRow(deployment: Deployment): cloudwatch.IWidget[] {
  return [
    graph('Snapshots: read and stored (bytes)', [
      counted(deployment, 'SnapshotBytes', 'Sum', HOUR),
      counted(deployment, 'SnapshotStoredBytes', 'Sum', HOUR),
    ]),
    graph('Reused chunks of snapshots (%)', [counted(deployment, 'SnapshotReusedPercent', 'Average', HOUR)]),
    graph('Longest snapshot of each tier (s)', byTier(deployment, 'SnapshotSeconds', HOUR)),
  ];
}

function restoreRow(deployment: Deployment): cloudwatch.IWidget[] {
  return [
    restorePhases(deployment),
    graph("Restores: share of the tier's recovery time objective (%)", byTier(deployment, 'RestoreTimePercent'), {
      leftAnnotations: [{ value: 100, label: 'objective', color: cloudwatch.Color.RED }],
    }),
    graph('Successful executions, and starts that were dropped', [
      ...(['back-up-fleet', 'verify-fleet', 'restore-tenant'] as const).map(workflow =>
        executions(deployment, workflow, 'ExecutionsSucceeded'),
      ),
      notStarted(deployment),
    ]),
  ];
}

function logRow(deployment: Deployment): cloudwatch.IWidget[] {
  return [
    graph('Changes shipped', [counted(deployment, 'ChangesShipped', 'Sum')], {
      right: [ofFunction(deployment, 'ship-log', 'Duration')],
    }),
    graph('Log stored (bytes)', [counted(deployment, 'LogBytesStored', 'Sum', HOUR)]),
    freed(deployment),
  ];
}

function freed(deployment: Deployment): cloudwatch.IWidget {
  const bytes = [counted(deployment, 'ExpiredBytes', 'Sum', DAY)];
  if (replicaRegionsOf(deployment).length === 0) return graph('Freed by retention (bytes)', bytes);
  return graph('Freed by retention (bytes); objects without a replica', bytes, {
    right: [
      counted(deployment, 'ObjectsWithoutReplica', 'Maximum', HOUR),
      counted(deployment, 'ReplicaExpiryAge', 'Maximum', HOUR),
    ],
  });
}

function storageRow(deployment: Deployment): cloudwatch.IWidget[] {
  const others = replicaRegionsOf(deployment);
  const lost = counted(deployment, 'KeysLost', 'Maximum', HOUR);
  const keys = [counted(deployment, 'KeysWithoutReplica', 'Maximum', HOUR), lost];
  // The metrics of S3 are in the account of the buckets.
  const measured = deployment.vault ? [] : stored(deployment);
  if (others.length === 0) return [...measured, graph('Keys lost', [lost])];
  if (deployment.vault) return [graph('Keys without a replica, or lost', keys)];
  return [
    ...measured,
    graph('Waiting for replication (bytes); keys without a replica, or lost', waiting(deployment), { right: keys }),
  ];
}

/** What S3 measures in that region, for the dashboard of the account of the vault. */
export function vaultGraphs(deployment: Deployment, region: WorkRegion): cloudwatch.IWidget[] {
  if (region === 'secondary') return [waitingBack(deployment)];
  const pending = waiting(deployment);
  return [...stored(deployment), ...(pending.length > 0 ? [graph('Waiting for replication (bytes)', pending)] : [])];
}

function stored(deployment: Deployment): cloudwatch.IWidget[] {
  const others = replicaRegionsOf(deployment);
  const bytes = graph('Bytes in the vault', [vaultBytes(deployment)], {
    leftAnnotations: [{ value: deployment.storageBudgetGiB * 1024 ** 3, label: 'budget' }],
  });
  if (others.length === 0) return [bytes];
  return [
    bytes,
    graph(
      'Replication lag (s)',
      others.map(to => replication(deployment, to, 'ReplicationLatency')),
    ),
  ];
}

function waiting(deployment: Deployment): cloudwatch.IMetric[] {
  return replicaRegionsOf(deployment).map(to => replication(deployment, to, 'BytesPendingReplication'));
}

/** Must be zero before returning to the primary region. */
function waitingBack(deployment: Deployment): cloudwatch.IWidget {
  const others = regionsOf(deployment).filter(to => to !== 'secondary');
  return graph(
    'Waiting for replication back (bytes)',
    others.map(to => replication(deployment, to, 'BytesPendingReplication', 'secondary')),
  );
}

function graph(title: string, left: cloudwatch.IMetric[], more: Partial<cloudwatch.GraphWidgetProps> = {}) {
  return new cloudwatch.GraphWidget({ title, left, width: 8, height: 6, ...more });
}

function byTier(deployment: Deployment, name: MetricName, period?: Duration): cloudwatch.IMetric[] {
  return tiersInUse(deployment.tiers).map(tier =>
    counted(deployment, name, 'Maximum', period, tier).with({ label: tier }),
  );
}

function objective(tier: Tier): cloudwatch.HorizontalAnnotation {
  return { value: OBJECTIVES[tier].recoveryPointSeconds, label: `objective: ${tier}`, color: cloudwatch.Color.RED };
}

function restorePhases(deployment: Deployment) {
  return graph(
    'Restores: each phase (s)',
    (['Plan', 'Stage', 'Diff', 'Apply', 'Prove'] as const).map(phase =>
      counted(deployment, `Restore${phase}Seconds`, 'Maximum'),
    ),
  );
}

function standbyRow(deployment: Deployment): cloudwatch.IWidget[] {
  return [
    graph('Executions', [
      executions(deployment, 'restore-tenant', 'ExecutionsSucceeded', 'secondary'),
      executions(deployment, 'restore-tenant', 'ExecutionsFailed', 'secondary'),
    ]),
    restorePhases(deployment),
    ...(deployment.vault ? [] : [waitingBack(deployment)]),
  ];
}
