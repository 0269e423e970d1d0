/**
 * The preflight: its function with the rights of the shipper, because these are what it examines; its state machine; and the
 * rule that starts it when a deployment of the stack is complete. The stack does not wait for it: a finding is for people,
 * and must not roll back the deployment that mends it.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { preflightDefinition } from '../workflows/preflight.ts';
import { grantNotify, grantReachDatabase, grantUseCatalog } from './access.ts';
import { grantSign, grantUseTenantKeys } from './access-keys.ts';
import { grantWriteVault } from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';
import { HoldfastWorkflow } from './workflow.ts';

export interface PreflightRunProps {
  readonly deployment: Deployment;
  readonly functions: FunctionSet;
  readonly schedules: Schedules;
  readonly recordFailure: IFunction;
}

export class PreflightRun extends Construct {
  constructor(scope: Construct, id: string, { deployment, functions, schedules, recordFailure }: PreflightRunProps) {
    super(scope, id);
    const preflight = functions.make('preflight', {
      description: 'Examines the installation before its schedules run',
      grants: [grantReachDatabase, grantWriteVault, grantUseTenantKeys, grantSign, grantUseCatalog, grantNotify],
      timeout: Duration.minutes(5),
    });
    const { concurrentTenants, concurrentParts } = deployment.fleet;
    const { stateMachine } = new HoldfastWorkflow(this, 'Workflow', {
      ...{ deployment, workflow: 'preflight', timeout: Duration.minutes(30) },
      definition: place =>
        preflightDefinition(place, { preflight, recordFailure, concurrency: concurrentTenants * concurrentParts }),
    });
    new events.Rule(this, 'Deployed', {
      ruleName: `${deployment.name}-deployed`,
      description: 'Examines the installation when a deployment is complete',
      eventPattern: {
        source: ['aws.cloudformation'],
        detailType: ['CloudFormation Stack Status Change'],
        detail: {
          'stack-id': [Stack.of(this).stackId],
          'status-details': { status: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'] },
        },
      },
      targets: [
        new targets.SfnStateMachine(stateMachine, {
          input: events.RuleTargetInput.fromObject({}),
          deadLetterQueue: schedules.notStarted,
          maxEventAge: Duration.minutes(15),
        }),
      ],
    });
  }
}
