/**
 * The function that sends messages: called by both topics and, for what is due later, by a schedule, in no VPC; and the table
 * of what recipients wait for. What is given up stays in a dead-letter queue, which has an alarm. Invariant: it reads exactly
 * the secrets of the deployment's recipients, writes no table but its own, and publishes only to the topic of alarms, to say
 * that a recipient could not be told.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionMemoryMb } from '../../domain/function-memory.ts';
import type { DeliveryConfig } from '../../domain/message-delivery.ts';
import type { Deployment } from '../deployment.ts';
import { awsRegion, messagesTableName, topicArn, undeliveredQueueName } from '../names.ts';
import { accept } from './accepted.ts';
import { grantAlarm } from './access.ts';
import { grantKeepMessages, grantReadMessageSecrets, grantSendMessages } from './access-messages.ts';
import { HoldfastFunction } from './holdfast-function.ts';

export interface MessageDeliveryProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  readonly topics: readonly sns.Topic[];
}

const NAME = 'deliver-message';
/** What is due waits for the next call: as long as people may be told late. */
const EVERY = Duration.minutes(5);

export class MessageDelivery extends Construct {
  constructor(scope: Construct, id: string, { deployment, codeDirectory, topics }: MessageDeliveryProps) {
    super(scope, id);
    const queue = new sqs.Queue(this, 'Undelivered', {
      queueName: undeliveredQueueName(deployment),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    accept(queue, 'AwsSolutions-SQS3', 'This queue is the dead-letter queue.');
    const made = new HoldfastFunction(this, NAME, {
      ...{ name: NAME, handler: NAME, description: 'Sends notices to their recipients' },
      code: lambda.Code.fromAsset(codeDirectory),
      config: configOf(deployment),
      memoryMb: functionMemoryMb(NAME),
    });
    this.table(deployment);
    grantKeepMessages(made.function, deployment, 'primary');
    grantReadMessageSecrets(made.function, deployment);
    grantSendMessages(made.function, deployment);
    grantAlarm(made.function, deployment, 'primary');
    made.function.configureAsyncInvoke({ maxEventAge: Duration.hours(1), onFailure: new SqsDestination(queue) });
    accept(made, 'AwsSolutions-IAM5', 'X-Ray supports no resource-level permissions; an alias narrows the KMS key.');
    for (const topic of topics)
      topic.addSubscription(new LambdaSubscription(made.function, { deadLetterQueue: queue }));
    this.schedule(deployment, made.function);
  }

  /** Losing it repeats messages and loses no backup: it is not kept, and nothing needs to restore it. */
  private table(deployment: Deployment): void {
    const table = new dynamodb.Table(this, 'Table', {
      tableName: messagesTableName(deployment),
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(table, 'AwsSolutions-DDB3', 'It holds which messages wait and were sent, for hours; nobody restores that.');
  }

  private schedule(deployment: Deployment, fn: lambda.IFunction): void {
    const role = new iam.Role(this, 'DueRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      description: `${deployment.name}: starts the function ${NAME}`,
    });
    new scheduler.Schedule(this, 'Due', {
      scheduleName: `${deployment.name}-messages`,
      description: 'Sends messages that were held back, and alarms that nobody acknowledged',
      schedule: scheduler.ScheduleExpression.rate(EVERY),
      enabled: !deployment.schedules.paused,
      target: new targets.LambdaInvoke(fn, {
        role,
        input: scheduler.ScheduleTargetInput.fromObject({ due: true }),
        // The next call sends what this one would have.
        ...{ retryAttempts: 0, maxEventAge: EVERY },
      }),
    });
    accept(role, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
  }
}

function configOf(deployment: Deployment): DeliveryConfig {
  const { name, installation, alarms } = deployment;
  return {
    ...{ name, installation, region: awsRegion(deployment, 'primary'), runbook: alarms.runbook },
    topics: { alarm: topicArn(deployment, 'alarm'), info: topicArn(deployment, 'info') },
  };
}
