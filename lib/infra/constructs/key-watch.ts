/**
 * Tells at once about every request that would make a key unusable, allowed or denied, by whomever: rules on CloudTrail's
 * events, which need a trail in the account. They cover all keys of the account, because the ids of tenants' keys are not
 * known here. The other regions forward their events to the primary, which has the topic; a standby has its own as well.
 */
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { KEY_DANGERS } from '../../domain/key-policy.ts';
import type { RunbookPage } from '../../domain/runbook.ts';
import type { Deployment } from '../deployment.ts';
import { breakGlassRoleArn, defaultBusArn, keysTableName } from '../names.ts';

const PAGE: RunbookPage = 'key-in-danger';
const TABLE_DANGERS = ['DeleteTable', 'UpdateTable', 'UpdateContinuousBackups', 'DeleteBackup', 'CreateBackup'];

interface Watched {
  readonly id: string;
  readonly what: string;
  readonly pattern: events.EventPattern;
}

function watched(deployment: Deployment): Watched[] {
  const call = (service: string, detail: object): events.EventPattern => ({
    source: [`aws.${service}`],
    detailType: ['AWS API Call via CloudTrail'],
    detail: { eventSource: [`${service}.amazonaws.com`], ...detail },
  });
  return [
    {
      ...{ id: 'key-in-danger', what: 'a KMS key or alias' },
      pattern: call('kms', { eventName: [...KEY_DANGERS] }),
    },
    {
      ...{ id: 'keys-table-in-danger', what: 'the table of tenant keys' },
      pattern: call('dynamodb', {
        eventName: TABLE_DANGERS,
        requestParameters: { tableName: events.Match.wildcard(`*${keysTableName(deployment)}`) },
      }),
    },
    {
      ...{ id: 'break-glass', what: 'the break-glass role' },
      pattern: call('sts', {
        eventName: events.Match.prefix('AssumeRole'),
        requestParameters: { roleArn: [breakGlassRoleArn(deployment)] },
      }),
    },
  ];
}

export class KeyWatch extends Construct {
  constructor(scope: Construct, id: string, deployment: Deployment, topic: ITopic) {
    super(scope, id);
    for (const { id: name, what, pattern } of watched(deployment)) {
      const field = (path: string) => events.EventField.fromPath(`$.detail.${path}`);
      const message = events.RuleTargetInput.fromText(
        `Holdfast ALARM: ${field('eventName')} on ${what} in ${field('awsRegion')} by ${field('userIdentity.arn')}, event ${field('eventID')} of CloudTrail (an errorCode there means that it was denied). What to do: ${deployment.alarms.runbook}/${PAGE}.md`,
      );
      new events.Rule(this, name, {
        ruleName: `${deployment.name}-${name}`,
        description: `Alarms on requests that endanger ${what}`,
        eventPattern: pattern,
        targets: [new targets.SnsTopic(topic, { message })],
      });
    }
  }
}

/** In a region without the topic: sends the same events to the primary's default bus. */
export class KeyWatchForwarder extends Construct {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const bus = events.EventBus.fromEventBusArn(this, 'Primary', defaultBusArn(deployment, 'primary'));
    for (const { id: name, what, pattern } of watched(deployment)) {
      new events.Rule(this, name, {
        ruleName: `${deployment.name}-${name}-forward`,
        description: `Forwards requests that endanger ${what} to the primary region`,
        eventPattern: pattern,
        targets: [new targets.EventBus(bus)],
      });
    }
  }
}
