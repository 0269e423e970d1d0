/**
 * The state machines that protect a region's tenants: snapshots, incrementals and verification. In the primary region, and in
 * a secondary that can take over.
 */
import { Duration } from 'aws-cdk-lib';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { backUpFleetDefinition } from '../workflows/back-up-fleet.ts';
import { foldIncrementalsDefinition } from '../workflows/fold-incrementals.ts';
import type { OverFleetProps } from '../workflows/over-fleet.ts';
import { verifyFleetDefinition } from '../workflows/verify-fleet.ts';
import { grantIdempotency, grantKeepFailures, grantNotify } from './access.ts';
import type { FunctionSet } from './function-set.ts';
import { fleetFunctions, foldFunction, snapshotFunctions, verifyFunction } from './protection-functions.ts';
import type { ProtectingMachine } from './scheduled-runs.ts';
import { HoldfastWorkflow } from './workflow.ts';

interface ProtectionWorkflows {
  readonly machines: Readonly<Record<ProtectingMachine, IStateMachine>>;
  /** What every run over the fleet of the region has in common. */
  readonly fleet: Omit<OverFleetProps, 'workflow' | 'perTenant'>;
}

export function protectionWorkflows(
  scope: Construct,
  deployment: Deployment,
  functions: FunctionSet,
): ProtectionWorkflows {
  const recordFailure = functions.make('record-failure', {
    description: 'Counts a failure and notifies at once',
    grants: [grantNotify, grantIdempotency, grantKeepFailures],
  });
  const { concurrentTenants, concurrentParts, toleratedFailurePercentage } = deployment.fleet;
  const fleet: ProtectionWorkflows['fleet'] = {
    ...fleetFunctions(functions),
    ...{ recordFailure, concurrentTenants, toleratedFailurePercentage },
  };
  const snapshot = snapshotFunctions(functions);
  const verify = new HoldfastWorkflow(scope, 'VerifyFleet', {
    ...{ deployment, workflow: 'verify-fleet', timeout: Duration.hours(48) },
    definition: place => verifyFleetDefinition(place, { ...fleet, verifyBackup: verifyFunction(functions) }),
  });
  const backUp = new HoldfastWorkflow(scope, 'BackUpFleet', {
    ...{ deployment, workflow: 'back-up-fleet', timeout: Duration.hours(24) },
    definition: place =>
      backUpFleetDefinition(place, { ...fleet, ...snapshot, concurrentParts, afterGap: verify.stateMachine }),
  });
  const fold = new HoldfastWorkflow(scope, 'FoldIncrementals', {
    ...{ deployment, workflow: 'fold-incrementals', timeout: Duration.hours(4) },
    definition: place => foldIncrementalsDefinition(place, { ...fleet, foldTenant: foldFunction(functions) }),
  });
  return { fleet, machines: { fold: fold.stateMachine, backUp: backUp.stateMachine, verify: verify.stateMachine } };
}
