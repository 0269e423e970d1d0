/**
 * The step that makes the replicas of dedicated keys: a function in no VPC, because it alone reaches the other regions. It
 * runs on a schedule, and at once when the alias of a new key is created. The rule needs a CloudTrail trail in the
 * account; without one, a new key waits for the schedule. Nothing waits for this step.
 */
import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { TENANT_KEY_ALIAS_PREFIX } from '../../domain/key-alias.ts';
import type { Deployment } from '../deployment.ts';
import { grantUseCatalog } from './access.ts';
import { grantReplicateKeys } from './access-keys.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';

export interface KeyReplicationProps {
  readonly deployment: Deployment;
  readonly functions: FunctionSet;
  readonly schedules: Schedules;
}

export class KeyReplication extends Construct {
  constructor(scope: Construct, id: string, { deployment, functions, schedules }: KeyReplicationProps) {
    super(scope, id);
    const replicate = functions.make('replicate-keys', {
      description: "Replicates tenants' keys to the other regions",
      grants: [grantReplicateKeys, grantUseCatalog],
      timeout: Duration.minutes(15),
    });
    schedules.callFunction('replicateKeys', replicate, "Replicates tenants' keys to the other regions");
    // CloudTrail tells the account of the keys: with a vault account, a new key waits for the schedule.
    if (deployment.vault === undefined) this.atOnce(deployment, replicate, schedules);
  }

  private atOnce(deployment: Deployment, replicate: IFunction, schedules: Schedules): void {
    new events.Rule(this, 'NewKey', {
      ruleName: `${deployment.name}-new-key`,
      description: "Replicates a tenant's key as soon as it was created",
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['kms.amazonaws.com'],
          eventName: ['CreateAlias'],
          requestParameters: { aliasName: events.Match.prefix(TENANT_KEY_ALIAS_PREFIX) },
          // Keys of another installation in the account are not ours to copy.
          userIdentity: {
            sessionContext: { sessionIssuer: { userName: events.Match.prefix(`${deployment.name}-`) } },
          },
        },
      },
      targets: [
        new targets.LambdaFunction(replicate, {
          event: events.RuleTargetInput.fromObject({
            alias: events.EventField.fromPath('$.detail.requestParameters.aliasName'),
          }),
          deadLetterQueue: schedules.notStarted,
          maxEventAge: Duration.minutes(15),
        }),
      ],
    });
  }
}
