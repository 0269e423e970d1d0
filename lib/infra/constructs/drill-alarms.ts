/** The alarms on drills, where the deployment has any: gauges of the newest drill of each kind, and of what is late. */
import { Duration } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import { missedAfterDays } from './audit-alarms.ts';
import { type AlarmSpec, ended } from './failure-alarms.ts';
import { counted } from './metrics.ts';

const DAY = Duration.days(1);

export function drillAlarms(deployment: Deployment): AlarmSpec[] {
  if (deployment.drills === undefined) return [];
  return [
    {
      name: 'drill-failed',
      page: 'drill-failed',
      meaning: 'The newest drill of at least one kind failed. `holdfast drill history` lists the drills.',
      metric: counted(deployment, 'FailedDrills', 'Maximum', DAY),
      above: 0,
      reports: 'gauge',
    },
    {
      name: 'drill-slow',
      page: 'drill-slow',
      meaning:
        'The newest drill of at least one kind proved everything, but a tenant missed its recovery time objective.',
      metric: counted(deployment, 'SlowDrills', 'Maximum', DAY),
      above: 0,
      reports: 'gauge',
    },
    {
      name: 'drill-late',
      page: 'drill-late',
      meaning:
        'A drill should have been proved more than a week ago, or nobody looked for what is due for a day longer than the schedule.',
      metric: counted(deployment, 'LateDrills', 'Maximum', DAY),
      above: 0,
      periods: missedAfterDays(deployment, 'drills'),
      silenceIsTrouble: true,
    },
    ended(deployment, 'run-drill', 'drill-failed', 'primary'),
  ];
}
