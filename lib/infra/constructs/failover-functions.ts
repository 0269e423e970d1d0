/**
 * What a fail-over to one region needs there: the entry for people, the function that carries it out, the one that leaves the
 * region, and the state machine. In both regions, since the way back is the same the other way.
 */
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { failOverDefinition } from '../workflows/fail-over.ts';
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
  return functions.make('request-failover', {
    description: 'Shows the regions, and keeps requests for fail-overs to this one',
    grants: [...own, grantReadLog, grantSign, grantNotify, grantSeeServing, grantStartFailover],
    timeout: Duration.minutes(5),
  });
}
