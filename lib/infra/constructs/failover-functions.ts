/**
 * What a fail-over to one region needs there: the entry for people, the function that carries it out, the one that leaves the
 * region, and the state machine. In both regions, since the way back is the same the other way.
 */
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { failOverDefinition } from '../workflows/fail-over.ts';
import { accept } from './accepted.ts';
import { grantNotify, grantReachDatabase, grantStartBackups, grantUseCatalog } from './access.ts';
import { grantAppendAudit } from './access-audit.ts';
import {
  grantKeepRegions,
  grantLeaveOther,
  grantListOtherLog,
  grantMoveTraffic,
  grantPromote,
  grantSeeServing,
  grantStartFailover,
} from './access-failover.ts';
import { grantKeepRequests } from './access-governance.ts';
import { grantSign, grantUseTenantKeys } from './access-keys.ts';
import { grantReadLog, grantWriteVault } from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';
import { HoldfastWorkflow } from './workflow.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);

/** Returns the entry. */
export function failoverTo(
  scope: Construct,
  deployment: Deployment,
  functions: FunctionSet,
  recordFailure: lambda.IFunction,
): lambda.Function {
  const own = [grantUseCatalog, grantAppendAudit, grantKeepRequests, grantKeepRegions, grantListOtherLog];
  const failover = functions.make('failover', {
    description: 'Carries an approved fail-over to this region out, step by step',
    grants: [
      ...[grantReachDatabase, grantWriteVault, grantUseTenantKeys, grantSign, grantNotify, grantStartBackups],
      ...[...own, grantPromote, grantLeaveOther, grantMoveTraffic],
    ],
    timeout: LONGEST,
  });
  functions.make('leave-region', {
    description: 'Stops and allows the writes of the application, for a planned fail-over',
    grants: [grantReachDatabase],
  });
  new HoldfastWorkflow(scope, 'FailOver', {
    ...{ deployment, workflow: 'fail-over', timeout: Duration.hours(12) },
    definition: place => failOverDefinition(place, { failover, recordFailure }),
  });
  probeOther(scope, deployment, functions);
  return functions.make('request-failover', {
    description: 'Shows the regions, and keeps requests for fail-overs to this one',
    grants: [...own, grantReadLog, grantSign, grantNotify, grantSeeServing, grantStartFailover],
    timeout: Duration.minutes(5),
  });
}

const EVERY = Duration.minutes(1);

/** In no network: the database of the other region is asked by its own function there. */
function probeOther(scope: Construct, deployment: Deployment, functions: FunctionSet): void {
  const probe = functions.make('probe-region', {
    description: 'Looks at the other region, and alarms when it looks lost',
    grants: [grantUseCatalog, grantNotify, grantSign, grantKeepRegions, grantLeaveOther],
  });
  const role = new iam.Role(scope, 'ProbeRole', {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
    description: `${deployment.name}: looks at the other region`,
  });
  new scheduler.Schedule(scope, 'Probe', {
    scheduleName: `${deployment.name}-probe-region`,
    description: 'Looks at the other region',
    schedule: scheduler.ScheduleExpression.rate(EVERY),
    target: new targets.LambdaInvoke(probe, { role, retryAttempts: 0 }),
  });
  accept(role, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
}
