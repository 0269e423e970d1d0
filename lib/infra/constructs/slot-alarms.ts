/**
 * Alarms on the WAL that the database retains for the slot: of the limit that the server has, and of the disk, whose size
 * only RDS knows. The alarm reads that in CloudWatch, where no function in the database's network could ask for it.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Deployment } from '../deployment.ts';
import type { WorkRegion } from '../names.ts';
import { diskOf } from '../source-place.ts';
import type { AlarmSpec } from './failure-alarms.ts';
import { counted } from './metrics.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** In the secondary region the slot of the database that serves there: none is retained while the region is not active. */
export function slotAlarms(deployment: Deployment, region: WorkRegion): AlarmSpec[] {
  const instance = diskOf(deployment, region);
  return [
    {
      name: 'slot-retained-wal',
      page: 'slot-retained-wal',
      meaning:
        'The database retains more than half of max_slot_wal_keep_size for the slot, or the amount is not reported.',
      metric: counted(deployment, 'SlotRetainedPercent', 'Maximum', FIVE_MINUTES),
      above: 50,
      silenceIsTrouble: true,
    },
    ...(instance === undefined ? [] : [ofDisk(deployment, instance)]),
  ];
}

/** What is retained and what is free together are the space that the WAL can take: 100 % is a full disk. */
function ofDisk(deployment: Deployment, instance: string): AlarmSpec {
  return {
    name: 'slot-fills-disk',
    page: 'slot-retained-wal',
    meaning: 'The WAL that the database retains for the slot takes more than half of the disk space that it can take.',
    metric: new cloudwatch.MathExpression({
      expression: '100 * retained / (retained + free)',
      label: 'share of the disk (%)',
      period: FIVE_MINUTES,
      usingMetrics: {
        retained: counted(deployment, 'SlotRetainedBytes', 'Maximum', FIVE_MINUTES),
        free: new cloudwatch.Metric({
          namespace: 'AWS/RDS',
          metricName: 'FreeStorageSpace',
          dimensionsMap: { DBInstanceIdentifier: instance },
          statistic: 'Minimum',
          period: FIVE_MINUTES,
        }),
      },
    }),
    above: 50,
    silenceIsTrouble: true,
  };
}
