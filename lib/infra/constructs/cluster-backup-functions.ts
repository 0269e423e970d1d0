/**
 * What reads the cluster's own backup, in the primary region of a deployment with `clusterBackups`: the function that has the
 * scratch database made and deleted, the one that reads a tenant of it, their state machine, and the daily sweep.
 */
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { readClusterBackupDefinition } from '../workflows/read-cluster-backup.ts';
import { accept } from './accepted.ts';
import { grantNotify, grantReachDatabase, grantUseCatalog } from './access.ts';
import { grantLogInToScratch, grantScratchClusters } from './access-cluster-backups.ts';
import { grantSeeRegions } from './access-failover.ts';
import { grantSign, grantUseTenantKeys } from './access-keys.ts';
import { grantWriteTenant } from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';
import { HoldfastWorkflow } from './workflow.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);
/** Scratch databases expire after twelve hours. */
const TIMEOUT = Duration.hours(10);

export function clusterBackupWorkflow(
  scope: Construct,
  deployment: Deployment,
  functions: FunctionSet,
  recordFailure: lambda.IFunction,
): void {
  const scratchCluster = functions.make('scratch-cluster', {
    description: 'Has scratch databases restored and deleted',
    grants: [grantScratchClusters, grantNotify],
    timeout: Duration.minutes(5),
  });
  const readClusterBackup = functions.make('read-cluster-backup', {
    description: 'Reads one tenant of a scratch database, in bounded calls',
    grants: [grantReachDatabase, grantLogInToScratch, grantUseCatalog, grantNotify, grantSign, grantSeeRegions],
    forTenant: [grantWriteTenant, grantUseTenantKeys],
    timeout: LONGEST,
  });
  new HoldfastWorkflow(scope, 'ReadClusterBackup', {
    ...{ deployment, workflow: 'read-cluster-backup', timeout: TIMEOUT },
    definition: place => readClusterBackupDefinition(place, { scratchCluster, readClusterBackup, recordFailure }),
  });
  const role = new iam.Role(scope, 'SweepScratchRole', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
    description: `${deployment.name}: removes scratch databases that were left`,
  });
  new scheduler.Schedule(scope, 'SweepScratch', {
    scheduleName: `${deployment.name}-sweep-scratch`,
    description: 'Removes scratch databases that were left',
    schedule: scheduler.ScheduleExpression.rate(Duration.days(1)),
    target: new targets.LambdaInvoke(scratchCluster, {
      ...{ role, input: scheduler.ScheduleTargetInput.fromObject({ step: 'sweep' }) },
    }),
  });
  accept(role, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
}
