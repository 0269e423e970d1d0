/**
 * Protection in the secondary region, where a fail-over makes it the active one: the shipper, snapshots, incrementals and
 * verification, on their schedules. Invariant: until the region is active they find that out and do nothing; what expires
 * backups is not here.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FunctionSet } from '../constructs/function-set.ts';
import { shipperFunction } from '../constructs/protection-functions.ts';
import { protectionWorkflows } from '../constructs/protection-workflows.ts';
import { scheduleProtection } from '../constructs/scheduled-runs.ts';
import { Schedules } from '../constructs/schedules.ts';
import type { Deployment } from '../deployment.ts';

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
    const { machines } = protectionWorkflows(this, deployment, functions);
    scheduleProtection(deployment, { functions, schedules, machines });
  }
}
