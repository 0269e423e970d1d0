/**
 * The alarms on what proves governance: that the audit trail is anchored every day, verified every week, and whole; that what
 * is under legal hold is held; and that destructions are looked after every day and go on.
 */
import { Duration } from 'aws-cdk-lib';
import type { Deployment } from '../deployment.ts';
import type { AlarmSpec } from './failure-alarms.ts';
import { counted } from './metrics.ts';
import { scheduleInterval } from './schedule-interval.ts';

const DAY = Duration.days(1);

/** Days after which what happens once per interval of the schedule is missed; a week is the most that CloudWatch looks at. */
export function missedAfterDays(
  { schedules }: Deployment,
  name: 'anchorAudit' | 'finishDestructions' | 'drills',
): number {
  const days = scheduleInterval(schedules[name].expression).toDays({ integral: false });
  return Math.min(7, Math.ceil(days) + 1);
}

export function auditAlarms(deployment: Deployment): AlarmSpec[] {
  return [
    {
      name: 'destruction-late',
      page: 'destruction',
      meaning:
        'The destruction of a tenant should have gone on by now, or nobody looked after destructions for a day longer than the schedule.',
      metric: counted(deployment, 'LateDestructions', 'Maximum', DAY),
      above: 0,
      periods: missedAfterDays(deployment, 'finishDestructions'),
      silenceIsTrouble: true,
    },
    {
      name: 'audit-anchor-late',
      page: 'audit-anchor-late',
      meaning:
        'No anchor of the audit trail was made for a day longer than its schedule, or each contradicted the one before.',
      metric: counted(deployment, 'AuditContradictions', 'Minimum', DAY),
      above: 0,
      periods: missedAfterDays(deployment, 'anchorAudit'),
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
