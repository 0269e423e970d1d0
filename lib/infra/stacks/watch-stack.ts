/**
 * A dead man's switch in the secondary region: tells people that the primary ships nothing any more, also when the primary
 * can tell nobody. It reads the replica of the catalog and writes nothing; it has its own topic and recipients, so that it
 * depends on nothing in the primary region and on no standby.
 */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { OBJECTIVES, tiersInUse } from '../../domain/objectives.ts';
import type { RunbookPage } from '../../domain/runbook.ts';
import { accept } from '../constructs/accepted.ts';
import { grantReadCatalog } from '../constructs/access.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { counted } from '../constructs/metrics.ts';
import { subscribePeople } from '../constructs/subscriptions.ts';
import type { VaultRoles } from '../constructs/vault-roles.ts';
import type { Deployment } from '../deployment.ts';
import { watchTopicName } from '../names.ts';

export interface WatchStackProps extends StackProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

const PAGE: RunbookPage = 'primary-silent';
const EVERY = Duration.minutes(5);
/** Replication of the catalog, and a run of this function. */
const ALLOWANCE = Duration.minutes(10);

export class WatchStack extends Stack {
  constructor(scope: Construct, id: string, props: WatchStackProps) {
    super(scope, id, props);
    const { deployment } = props;
    const functions = new FunctionSet(this, 'Functions', { ...props, region: 'secondary' });
    const watch = functions.make('watch-primary', {
      description: 'Measures how long the primary region has been silent',
      grants: [grantReadCatalog],
    });
    const role = new iam.Role(this, 'ScheduleRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      description: `${deployment.name}: starts the watch of the primary region`,
    });
    new scheduler.Schedule(this, 'Every', {
      scheduleName: `${deployment.name}-watch-primary`,
      description: 'Watches whether the primary region ships',
      schedule: scheduler.ScheduleExpression.rate(EVERY),
      target: new targets.LambdaInvoke(watch, { role, retryAttempts: 0 }),
    });
    accept(role, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
    const key = new kms.Key(this, 'NoticesKey', {
      description: 'Encrypts the notices of the watch in transit.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const cloudWatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
    key.grantEncryptDecrypt(cloudWatch);
    const topic = new sns.Topic(this, 'Silence', {
      topicName: watchTopicName(deployment),
      displayName: 'Holdfast ALARM',
      masterKey: key,
      enforceSSL: true,
    });
    topic.grantPublish(cloudWatch);
    subscribePeople(topic, deployment);
    this.alarm(deployment, topic);
  }

  private alarm(deployment: Deployment, topic: sns.Topic): void {
    const [strictest] = tiersInUse(deployment.tiers);
    const silent = Duration.seconds(OBJECTIVES[strictest!].recoveryPointSeconds).plus(ALLOWANCE);
    const alarm = new cloudwatch.Alarm(this, 'PrimarySilent', {
      alarmName: `${deployment.name}-primary-silent`,
      alarmDescription: `The primary region has shipped nothing for ${silent.toHumanString()}, or the watch itself does not report. What to do: ${deployment.alarms.runbook}/${PAGE}.md`,
      metric: counted(deployment, 'PrimarySilentSeconds', 'Maximum', EVERY),
      threshold: silent.toSeconds(),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      // Two: one missed run of the watch is no silence.
      evaluationPeriods: 2,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
  }
}
