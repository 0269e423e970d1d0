/** The alarms on the audit trail and on legal holds: anchored every day, verified every week, whole, and held. */
import { Duration } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import type { AlarmSpec } from './failure-alarms.ts';
import { counted } from './metrics.ts';
import { scheduleInterval } from './schedule-interval.ts';

const DAY = Duration.days(1);

export function auditAlarms(deployment: Deployment): AlarmSpec[] {
  const days = Math.ceil(scheduleInterval(deployment.schedules.anchorAudit.expression).toDays({ integral: false }));
  return [
    {
      name: 'audit-anchor-late',
      page: 'audit-anchor-late',
      meaning:
        'No anchor of the audit trail was made for a day longer than its schedule, or each contradicted the one before.',
      metric: counted(deployment, 'AuditContradictions', 'Minimum', DAY),
      above: 0,
      // A week of days is the most that CloudWatch looks at.
      periods: Math.min(7, days + 1),
      silenceIsTrouble: true,
    },
    {
      name: 'audit-chain-broken',
      page: 'audit-chain-broken',
      meaning: 'The last verification found events of the audit trail that are missing, altered or out of order.',
      metric: counted(deployment, 'AuditProblems', 'Maximum', DAY),
      above: 0,
      reports: 'gauge',
    },
    {
      name: 'hold-broken',
      page: 'hold-broken',
      meaning:
        'The last proof of the legal holds found objects that were not held, a key without its tag, or a record that was not signed here.',
      metric: counted(deployment, 'HoldProblems', 'Maximum', DAY),
      above: 0,
      reports: 'gauge',
    },
  ];
}
