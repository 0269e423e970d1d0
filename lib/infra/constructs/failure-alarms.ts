/**
 * The alarms on failures: gauges of what is open (operations/fleet/open-failures.ts), and beside them what AWS itself counts,
 * for failures that could not be recorded.
 */

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE } from '../../domain/function-config.ts';
import type { MetricName } from '../../domain/function-metrics.ts';
import type { RunbookPage } from '../../domain/runbook.ts';
import type { Workflow } from '../../domain/workflows.ts';
import type { Deployment } from '../deployment.ts';
import { longRestoreFailures, type RegionName } from '../names.ts';
import { counted, failedExecutions, HOUR, ofFunction, replication } from './metrics.ts';

export interface AlarmSpec {
  readonly name: string;
  readonly page: RunbookPage;
  /** What is wrong, for the person on call. */
  readonly meaning: string;
  readonly metric: cloudwatch.IMetric;
  /** Threshold: fires above it. */
  readonly above: number;
  /** @default 1 */
  readonly periods?: number;
  /** Missing data breaches the alarm. @default false: data is emitted only when something happens */
  readonly silenceIsTrouble?: boolean;
  /** What the alarm reports. @default 'state' */
  readonly reports?: 'state' | 'gauge' | 'event';
}

const FIVE_MINUTES = Duration.minutes(5);
const RESTORES: readonly Workflow[] = ['restore-tenant', 'restore-tenants'];
const PROTECTING: readonly Workflow[] = ['back-up-fleet', 'fold-incrementals', 'verify-fleet'];
const BACKUPS: readonly Workflow[] = [...PROTECTING, 'expire-backups', 'rebuild-catalog', 'begin-epoch', 'preflight'];

/** A standby emits nothing until somebody restores there: missing data must not breach any of its alarms. */
export function standbyAlarms(deployment: Deployment): AlarmSpec[] {
  return recoveryFailures(deployment, 'secondary');
}

/** Beside those, where the standby can take over. */
export function takeoverAlarms(deployment: Deployment): AlarmSpec[] {
  return [
    backupsFailed(deployment),
    ...PROTECTING.map(workflow => ended(deployment, workflow, 'backup-failed', 'secondary')),
    ...failoverStopped(deployment, 'secondary'),
  ];
}

function failoverStopped(deployment: Deployment, region: RegionName): AlarmSpec[] {
  if (deployment.failover === undefined) return [];
  return [ended(deployment, 'fail-over', 'failover-failed', region), otherSuspected(deployment)];
}

/** What CloudWatch cannot see of another region: the probes of this one put it together, every minute. */
function otherSuspected(deployment: Deployment): AlarmSpec {
  return {
    name: 'region-suspected',
    page: 'region-suspected',
    meaning:
      'The other region is active, its database or its vault does not answer, and its log does not move; or nobody has looked for five minutes.',
    metric: counted(deployment, 'RegionSuspected', 'Maximum', FIVE_MINUTES),
    above: 0,
    silenceIsTrouble: true,
  };
}

function backupsFailed(deployment: Deployment): AlarmSpec {
  return {
    name: 'backup-failed',
    page: 'backup-failed',
    meaning:
      'The backup of at least one tenant failed and has not succeeded since. `holdfast failures` lists what is open.',
    ...openFailures(deployment, 'OpenBackupFailures'),
  };
}

export function failureAlarms(deployment: Deployment): AlarmSpec[] {
  return [
    backupsFailed(deployment),
    ...failoverStopped(deployment, 'primary'),
    ...recoveryFailures(deployment, 'primary'),
    ...BACKUPS.map(workflow => ended(deployment, workflow, 'backup-failed', 'primary')),
    ended(deployment, 'archive-fleet', 'archive-failed', 'primary'),
    ...clusterBackups(deployment),
    ended(deployment, 'carry-out-request', 'request-failed', 'primary'),
    ended(deployment, 'finish-destructions', 'destruction', 'primary'),
    ended(deployment, 'keep-holds', 'hold-broken', 'primary'),
    ended(deployment, 'verify-audit', 'audit-anchor-late', 'primary'),
    ended(deployment, 'build-report', 'report-late', 'primary'),
  ];
}

export function ended(deployment: Deployment, workflow: Workflow, page: RunbookPage, region: RegionName): AlarmSpec {
  return {
    name: `${workflow}-failed`,
    page,
    meaning: `An execution of ${workflow} failed, timed out or was aborted in the last hour.`,
    metric: failedExecutions(deployment, workflow, region),
    above: 0,
    reports: 'event',
  };
}

function recoveryFailures(deployment: Deployment, region: RegionName): AlarmSpec[] {
  return [
    {
      name: 'integrity-failed',
      page: 'integrity-failed',
      meaning:
        'Stored data does not match its manifest, or the rows that the database counted. `holdfast failures` lists what is open.',
      ...openFailures(deployment, 'OpenIntegrityFailures'),
    },
    {
      name: 'restore-failed',
      page: 'restore-failed',
      meaning: 'A restore failed, and neither succeeded later nor was acknowledged; live rows are unchanged.',
      ...openFailures(deployment, 'OpenRestoreFailures'),
    },
    ...RESTORES.map(workflow => ended(deployment, workflow, 'restore-failed', region)),
    ...longRestores(deployment),
  ];
}

function clusterBackups(deployment: Deployment): AlarmSpec[] {
  if (deployment.clusterBackups === undefined) return [];
  return [
    ended(deployment, 'read-cluster-backup', 'cluster-backup', 'primary'),
    {
      name: 'scratch-sweep-failing',
      page: 'cluster-backup',
      meaning: 'The function that deletes scratch databases failed at least three times in the last hour.',
      metric: ofFunction(deployment, 'scratch-cluster', 'Errors', HOUR),
      // A failed start is repeated twice.
      above: 2,
      reports: 'event',
    },
  ];
}

function longRestores(deployment: Deployment): AlarmSpec[] {
  if (deployment.longRestores === undefined) return [];
  return [
    {
      name: 'long-restore-failed',
      page: 'long-restore-failed',
      meaning: 'In the last hour, the container of a long restore did not start, was stopped, or its restore failed.',
      metric: new cloudwatch.Metric({
        ...{
          namespace: METRICS_NAMESPACE,
          metricName: longRestoreFailures(deployment),
          statistic: 'Sum',
          period: HOUR,
        },
      }),
      above: 0,
      reports: 'event',
    },
  ];
}

/** The gauge is 0 while nothing is open; the highest of five minutes bridges a late report. */
function openFailures(deployment: Deployment, metric: MetricName): Pick<AlarmSpec, 'metric' | 'above' | 'reports'> {
  return { metric: counted(deployment, metric, 'Maximum', FIVE_MINUTES), above: 0, reports: 'gauge' };
}

export function replicationFailed(deployment: Deployment, to: RegionName, from: RegionName): AlarmSpec {
  return {
    name: `replication-failed-${to}`,
    page: 'replication-behind',
    meaning: `Objects could not be replicated to the ${to} region in the last hour; S3 does not retry.`,
    metric: replication(deployment, to, 'OperationsFailedReplication', from).with({ period: HOUR }),
    above: 0,
    reports: 'event',
  };
}
