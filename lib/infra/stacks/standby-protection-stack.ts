/**
 * Protection in the secondary region, where a fail-over makes it the active one: the shipper, snapshots, incrementals and
 * verification, on their schedules. Invariant: until the region is active they find that out and do nothing; what expires
 * backups is not here.
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantIdempotency, grantKeepFailures, grantNotify } from '../constructs/access.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import {
  fleetFunctions,
  foldFunction,
  shipperFunction,
  snapshotFunctions,
  verifyFunction,
} from '../constructs/protection-functions.ts';
import { scheduleProtection } from '../constructs/scheduled-runs.ts';
import { Schedules } from '../constructs/schedules.ts';
import { HoldfastWorkflow } from '../constructs/workflow.ts';
import type { Deployment } from '../deployment.ts';
import { backUpFleetDefinition } from '../workflows/back-up-fleet.ts';
import { foldIncrementalsDefinition } from '../workflows/fold-incrementals.ts';
import type { OverFleetProps } from '../workflows/over-fleet.ts';
import { verifyFleetDefinition } from '../workflows/verify-fleet.ts';

export interface StandbyProtectionStackProps extends StackProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
}

export class StandbyProtectionStack extends Stack {
  constructor(scope: Construct, id: string, props: StandbyProtectionStackProps) {
    super(scope, id, props);
    const { deployment } = props;
    const functions = new FunctionSet(this, 'Functions', { ...props, region: 'secondary' });
    const schedules = new Schedules(this, 'Schedules', deployment);
    schedules.callFunction('ship', shipperFunction(functions, schedules), 'Ships the change log');
    scheduleProtection(deployment, { functions, schedules, machines: this.machines(deployment, functions) });
  }

  private machines(deployment: Deployment, functions: FunctionSet) {
    const recordFailure = functions.make('record-failure', {
      description: 'Counts a failure and notifies at once',
      grants: [grantNotify, grantIdempotency, grantKeepFailures],
    });
    const { concurrentTenants, concurrentParts, toleratedFailurePercentage } = deployment.fleet;
    const fleet: Omit<OverFleetProps, 'workflow' | 'perTenant'> = {
      ...fleetFunctions(functions),
      ...{ recordFailure, concurrentTenants, toleratedFailurePercentage },
    };
    const snapshot = snapshotFunctions(functions);
    const verify = new HoldfastWorkflow(this, 'VerifyFleet', {
      ...{ deployment, workflow: 'verify-fleet', timeout: Duration.hours(48) },
      definition: place => verifyFleetDefinition(place, { ...fleet, verifyBackup: verifyFunction(functions) }),
    });
    const backUp = new HoldfastWorkflow(this, 'BackUpFleet', {
      ...{ deployment, workflow: 'back-up-fleet', timeout: Duration.hours(24) },
      definition: place =>
        backUpFleetDefinition(place, { ...fleet, ...snapshot, concurrentParts, afterGap: verify.stateMachine }),
    });
    const fold = new HoldfastWorkflow(this, 'FoldIncrementals', {
      ...{ deployment, workflow: 'fold-incrementals', timeout: Duration.hours(4) },
      definition: place => foldIncrementalsDefinition(place, { ...fleet, foldTenant: foldFunction(functions) }),
    });
    return { fold: fold.stateMachine, backUp: backUp.stateMachine, verify: verify.stateMachine };
  }
}
