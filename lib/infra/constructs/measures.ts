/**
 * The numbers that alarms and dashboard are made of, by name: what the functions count (lib/runtime/function-handler),
 * and what AWS measures of our resources. By computed names, so that no stack needs another.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE } from '../../domain/function-config.ts';
import type { Deployment } from '../deployment.ts';
import {
  deadLetterQueueName,
  functionName,
  type RegionRole,
  vaultBucketName,
  type Workflow,
  workflowArn,
} from '../names.ts';
import { replicationRuleId } from './replication.ts';

const MINUTE = Duration.minutes(1);
const STORAGE_CLASSES = ['StandardStorage', 'StandardIAStorage', 'GlacierInstantRetrievalStorage'] as const;

/** Counted by our functions under the installation's name. */
export function counted(
  deployment: Deployment,
  metricName: string,
  statistic: string,
  period: Duration = MINUTE,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service: deployment.name },
    statistic,
    period,
  });
}

export function executions(
  deployment: Deployment,
  workflow: Workflow,
  metricName: string,
  role: RegionRole = 'primary',
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/States',
    metricName,
    dimensionsMap: { StateMachineArn: workflowArn(deployment, workflow, role) },
    statistic: 'Sum',
    period: MINUTE,
    label: `${workflow} ${metricName}`,
  });
}

/** Executions of the workflow that did not end well, however they ended. */
export function failedExecutions(
  deployment: Deployment,
  workflow: Workflow,
  role: RegionRole = 'primary',
): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({
    expression: 'failed + timedOut + aborted',
    usingMetrics: {
      failed: executions(deployment, workflow, 'ExecutionsFailed', role),
      timedOut: executions(deployment, workflow, 'ExecutionsTimedOut', role),
      aborted: executions(deployment, workflow, 'ExecutionsAborted', role),
    },
    period: MINUTE,
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

export function notStarted(deployment: Deployment): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensionsMap: { QueueName: deadLetterQueueName(deployment) },
    statistic: 'Maximum',
    period: MINUTE,
  });
}

/** Bytes in the primary vault, all storage classes; S3 measures once a day. */
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
    // A class without objects has no data points.
    expression: STORAGE_CLASSES.map((_, index) => `FILL(m${index}, 0)`).join(' + '),
    usingMetrics,
    period: Duration.days(1),
    label: 'Bytes in the vault',
  });
}

/** S3's measures of one replication rule, of the primary vault where no other is named. */
export function replication(
  deployment: Deployment,
  to: RegionRole,
  metricName: 'ReplicationLatency' | 'OperationsFailedReplication' | 'BytesPendingReplication',
  from: RegionRole = 'primary',
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
