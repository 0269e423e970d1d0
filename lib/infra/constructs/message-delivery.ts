/**
 * The function that sends notices to webhooks: called by both topics, in no VPC. What is given up stays in a dead-letter
 * queue, which has an alarm. Invariant: it reads exactly the secrets of the deployment's webhooks, and publishes only to the
 * topic of alarms, to say that a webhook failed.
 */
import { Aws, Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionMemoryMb } from '../../domain/function-memory.ts';
import type { DeliveryConfig } from '../../domain/message-delivery.ts';
import type { Deployment } from '../deployment.ts';
import { awsRegion, topicArn, undeliveredQueueName } from '../names.ts';
import { accept } from './accepted.ts';
import { grantAlarm } from './access.ts';
import { allow, type Grantee } from './grant.ts';
import { HoldfastFunction } from './holdfast-function.ts';

export interface MessageDeliveryProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  readonly topics: readonly sns.Topic[];
}

const NAME = 'deliver-message';

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
      ...{ name: NAME, handler: NAME, description: 'Sends notices to webhooks' },
      code: lambda.Code.fromAsset(codeDirectory),
      config: configOf(deployment),
      memoryMb: functionMemoryMb(NAME),
    });
    grantSecrets(made.function, deployment);
    grantAlarm(made.function, deployment, 'primary');
    made.function.configureAsyncInvoke({ maxEventAge: Duration.hours(1), onFailure: new SqsDestination(queue) });
    accept(made, 'AwsSolutions-IAM5', 'X-Ray supports no resource-level permissions; an alias narrows the KMS key.');
    for (const topic of topics)
      topic.addSubscription(new LambdaSubscription(made.function, { deadLetterQueue: queue }));
  }
}

function configOf(deployment: Deployment): DeliveryConfig {
  const { name, installation, alarms } = deployment;
  return {
    ...{ name, installation, region: awsRegion(deployment, 'primary'), runbook: alarms.runbook },
    topics: { alarm: topicArn(deployment, 'alarm'), info: topicArn(deployment, 'info') },
    sinks: alarms.messages.map(({ name: sink, kind, sends, secretArn: secret }) => ({
      ...{ name: sink, kind, sends, secret },
    })),
  };
}

function grantSecrets(fn: Grantee, deployment: Deployment): void {
  const service = `secretsmanager.${awsRegion(deployment, 'primary')}.${Aws.URL_SUFFIX}`;
  for (const { secretArn, secretKeyArn } of deployment.alarms.messages) {
    allow(fn, ['secretsmanager:GetSecretValue'], [secretArn]);
    // Under a customer's key Secrets Manager decrypts as the caller, for this secret.
    if (secretKeyArn !== undefined)
      allow(fn, ['kms:Decrypt'], [secretKeyArn], {
        StringEquals: { 'kms:ViaService': service, 'kms:EncryptionContext:SecretARN': secretArn },
      });
  }
}
