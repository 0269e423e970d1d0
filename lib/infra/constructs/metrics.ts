/**
 * The metrics of alarms and dashboard: those that the functions emit (lib/runtime/function-handler.ts), and those that AWS
 * emits for our resources. Referenced by computed names, so that no stack depends on another.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE } from '../../domain/function-config.ts';
import type { MetricName } from '../../domain/function-metrics.ts';
import type { Tier } from '../../domain/objectives.ts';
import type { Workflow } from '../../domain/workflows.ts';
import type { Deployment } from '../deployment.ts';
import {
  deadLetterQueueName,
  functionName,
  type RegionName,
  topicName,
  undeliveredQueueName,
  vaultBucketName,
  workflowArn,
} from '../names.ts';
import { replicationRuleId } from './replication.ts';

const MINUTE = Duration.minutes(1);
/** How long an event stays in its alarm. */
export const HOUR = Duration.hours(1);
/** The storage classes of the primary vault's lifecycle rules; a test compares them. */
const STORAGE_CLASSES = ['StandardStorage', 'StandardIAStorage', 'GlacierInstantRetrievalStorage'] as const;

/** A metric of our functions under the installation's name, for all tenants or for those of one tier. */
export function counted(
  deployment: Deployment,
  metricName: MetricName,
  statistic: string,
  period: Duration = MINUTE,
  tier?: Tier,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: deployment.name, ...(tier && { tier }) },
    statistic,
    period,
  });
}

export function executions(
  deployment: Deployment,
  workflow: Workflow,
  metricName: string,
  region: RegionName = 'primary',
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/States',
    metricName,
    dimensionsMap: { StateMachineArn: workflowArn(deployment, workflow, region) },
    statistic: 'Sum',
    period: MINUTE,
    label: `${workflow} ${metricName}`,
  });
}

/**
 * Executions of the workflow that did not succeed, for any reason. SUM ignores missing data; with +, the result would be
 * missing if one of the metrics is.
 */
export function failedExecutions(
  deployment: Deployment,
  workflow: Workflow,
  region: RegionName = 'primary',
): cloudwatch.MathExpression {
  const each = (name: string) => executions(deployment, workflow, name, region).with({ period: HOUR });
  return new cloudwatch.MathExpression({
    expression: 'SUM([failed, timedOut, aborted])',
    usingMetrics: {
      failed: each('ExecutionsFailed'),
      timedOut: each('ExecutionsTimedOut'),
      aborted: each('ExecutionsAborted'),
    },
    period: HOUR,
    label: workflow,
  });
}

export function ofFunction(
  deployment: Deployment,
  handler: string,
  metricName: string,
  period: Duration = MINUTE,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: functionName(deployment, handler) },
    statistic: metricName === 'Duration' ? 'Maximum' : 'Sum',
    period,
  });
}

/** Starts that were given up: sent to the queue, where they stay for 14 days for people to read. */
export function notStarted(deployment: Deployment): cloudwatch.Metric {
  return sentTo(deadLetterQueueName(deployment));
}

/** Notices that never reached the webhooks: sent to a queue likewise. */
export function messagesGivenUp(deployment: Deployment): cloudwatch.Metric {
  return sentTo(undeliveredQueueName(deployment));
}

function sentTo(QueueName: string): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/SQS',
    metricName: 'NumberOfMessagesSent',
    dimensionsMap: { QueueName },
    statistic: 'Sum',
    period: HOUR,
  });
}

/** Notices that SNS could not deliver to one of their recipients. */
export function undelivered(deployment: Deployment): cloudwatch.MathExpression {
  const failed = (severity: 'alarm' | 'info') =>
    new cloudwatch.Metric({
      namespace: 'AWS/SNS',
      metricName: 'NumberOfNotificationsFailed',
      dimensionsMap: { TopicName: topicName(deployment, severity) },
      statistic: 'Sum',
      period: HOUR,
    });
  return new cloudwatch.MathExpression({
    expression: 'SUM([alarms, infos])',
    usingMetrics: { alarms: failed('alarm'), infos: failed('info') },
    period: HOUR,
    label: 'Notices not delivered',
  });
}

/**
 * Bytes in the primary vault: all storage classes, all versions, parts of unfinished uploads. S3 measures once a day and
 * reports a day later: missing data must stay missing, because a zero in its place would end the alarm.
 */
export function vaultBytes(deployment: Deployment): cloudwatch.MathExpression {
  const usingMetrics = Object.fromEntries(
    STORAGE_CLASSES.map((storageType, index) => [
      `m${index}`,
      new cloudwatch.Metric({
        namespace: 'AWS/S3',
        metricName: 'BucketSizeBytes',
        dimensionsMap: { BucketName: vaultBucketName(deployment, 'primary'), StorageType: storageType },
        statistic: 'Average',
        period: Duration.days(1),
      }),
    ]),
  );
  return new cloudwatch.MathExpression({
    // A class without objects has no data points; SUM ignores it.
    expression: `SUM([${STORAGE_CLASSES.map((_, index) => `m${index}`).join(', ')}])`,
    usingMetrics,
    period: Duration.days(1),
    label: 'Bytes in the vault',
  });
}

/** S3's metrics of one replication rule; of the primary vault by default. */
export function replication(
  deployment: Deployment,
  to: RegionName,
  metricName: 'ReplicationLatency' | 'OperationsFailedReplication' | 'BytesPendingReplication',
  from: RegionName = 'primary',
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/S3',
    metricName,
    dimensionsMap: {
      SourceBucket: vaultBucketName(deployment, from),
      DestinationBucket: vaultBucketName(deployment, to),
      RuleId: replicationRuleId(to),
    },
    statistic: metricName === 'OperationsFailedReplication' ? 'Sum' : 'Maximum',
    period: Duration.minutes(5),
  });
}
