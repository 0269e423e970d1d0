/**
 * Every alarm, and its runbook page. An alarm tells a state: it lasts as long as what is wrong. What AWS counts only as it
 * happens is an event: its alarm reports it for an hour and announces no end, since an end would mean nothing.
 *
 * Invariant: if a metric is emitted continuously, missing data breaches the alarm; if it is emitted only when something
 * happens, missing data does not; a gauge keeps its state while nobody reports it.
 */

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { OBJECTIVES, tiersInUse } from '../../domain/objectives.ts';
import type { Deployment } from '../deployment.ts';
import { sendsMessages } from '../message-recipients.ts';
import { regionsOf, type WorkRegion } from '../names.ts';
import { auditAlarms } from './audit-alarms.ts';
import { copyAlarms, replicationAlarms } from './copy-alarms.ts';
import { drillAlarms } from './drill-alarms.ts';
import { type AlarmSpec, failureAlarms, replicationFailed, standbyAlarms, takeoverAlarms } from './failure-alarms.ts';
import { counted, HOUR, messagesGivenUp, notStarted, ofFunction, undelivered, vaultBytes } from './metrics.ts';
import { scheduleInterval } from './schedule-interval.ts';
import { slotAlarms } from './slot-alarms.ts';

const FIVE_MINUTES = Duration.minutes(5);
const LATE = Duration.minutes(30);
/** Allowance for a verification run over the fleet. */
const VERIFYING = Duration.days(1);
/** A metric that is emitted once a day can be a day old. */
const EMITTED_DAILY = Duration.days(1);
export interface AlarmsProps {
  readonly deployment: Deployment;
  /** Of one region and account: an alarm can only watch metrics of its own. */
  readonly specs: readonly AlarmSpec[];
  readonly topic: ITopic;
}

export class Alarms extends Construct {
  readonly all: cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, { deployment, specs, topic }: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(topic);
    this.all = specs.map(spec => {
      const alarm = new cloudwatch.Alarm(this, spec.name, {
        alarmName: `${deployment.name}-${spec.name}`,
        alarmDescription: `${spec.meaning} What to do: ${deployment.alarms.runbook}/${spec.page}.md`,
        metric: spec.metric,
        threshold: spec.above,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: spec.periods ?? 1,
        treatMissingData: missingData(spec),
      });
      alarm.addAlarmAction(action);
      // "OK" an hour after an event would read as if it were mended.
      if (spec.reports !== 'event') alarm.addOkAction(action);
      return alarm;
    });
  }
}

function missingData({ silenceIsTrouble, reports }: AlarmSpec): cloudwatch.TreatMissingData {
  if (silenceIsTrouble) return cloudwatch.TreatMissingData.BREACHING;
  // The alarm on the recovery point tells that nobody reports; meanwhile nothing is known to be mended.
  return reports === 'gauge' ? cloudwatch.TreatMissingData.IGNORE : cloudwatch.TreatMissingData.NOT_BREACHING;
}

/** On what the functions do, and on what AWS counts of them. */
export function workAlarms(deployment: Deployment, region: WorkRegion): AlarmSpec[] {
  if (region === 'secondary') return [...standbyAlarms(deployment), ...ofTakeover(deployment)];
  return [
    ...failureAlarms(deployment),
    ...lateness(deployment),
    ...archiveLateness(deployment),
    ...deliveries(deployment),
    ...objectives(deployment),
    ...policies(deployment),
    ...copyAlarms(deployment),
    ...slotAlarms(deployment, 'primary'),
    ...auditAlarms(deployment),
    ...drillAlarms(deployment),
  ];
}

/** While the region is not active, its shipper reports what the shared catalog says of the other. */
function ofTakeover(deployment: Deployment): AlarmSpec[] {
  if (deployment.failover === undefined) return [];
  return [
    ...takeoverAlarms(deployment),
    ...lateness(deployment),
    startsLost(deployment),
    ...recoveryPoints(deployment),
    ...slotAlarms(deployment, 'secondary'),
  ];
}

function lateness(deployment: Deployment): AlarmSpec[] {
  const { full, verify, verifyWithinDays } = deployment.schedules;
  const due = scheduleInterval(full.expression).plus(Duration.minutes(full.flexibleMinutes)).plus(LATE);
  const proved = scheduleInterval(verify.expression).plus(Duration.minutes(verify.flexibleMinutes)).plus(VERIFYING);
  return [
    {
      name: 'backup-late',
      page: 'backup-late',
      meaning: `No backup of the entire fleet ended within ${due.toHumanString()}: the schedule's interval, its window and 30 minutes.`,
      metric: counted(deployment, 'SecondsSinceBackup', 'Maximum', FIVE_MINUTES),
      above: due.toSeconds(),
      silenceIsTrouble: true,
    },
    {
      name: 'verification-late',
      page: 'verification-late',
      meaning: `No scheduled verification ended within ${proved.toHumanString()}: the schedule's interval, its window and a day.`,
      metric: counted(deployment, 'SecondsSinceVerification', 'Maximum', FIVE_MINUTES),
      above: proved.toSeconds(),
      silenceIsTrouble: true,
    },
    {
      name: 'verification-old',
      page: 'verification-late',
      meaning: 'At least one tenant was not verified in time, or failed: its backups are not proved.',
      metric: counted(deployment, 'VerificationAge', 'Maximum', Duration.days(1)),
      above: proved.plus(Duration.days(verifyWithinDays)).plus(EMITTED_DAILY).toSeconds(),
    },
    {
      name: 'report-late',
      page: 'report-late',
      meaning:
        'No daily report was made for two days, or the last one was made more than a day and an hour after its day.',
      metric: counted(deployment, 'DailyReportAge', 'Maximum', EMITTED_DAILY),
      above: Duration.hours(25).toSeconds(),
      periods: 2,
      silenceIsTrouble: true,
    },
    {
      name: 'recovery-point-age',
      page: 'recovery-point-age',
      meaning: 'The newest recoverable moment is older than 5 minutes, or its age is not reported.',
      metric: counted(deployment, 'NewestRecoverableMomentAge', 'Maximum', FIVE_MINUTES),
      above: OBJECTIVES.critical.recoveryPointSeconds,
      silenceIsTrouble: true,
    },
    {
      name: 'shipper-failing',
      page: 'recovery-point-age',
      meaning: 'The shipper failed three times in five minutes.',
      metric: ofFunction(deployment, 'ship-log', 'Errors', FIVE_MINUTES),
      above: 2,
    },
  ];
}

/** Only where a schedule makes archives. */
function archiveLateness(deployment: Deployment): AlarmSpec[] {
  const { enabled, expression } = deployment.schedules.archive;
  if (!enabled) return [];
  const due = scheduleInterval(expression).plus(Duration.days(7));
  return [
    {
      name: 'archive-late',
      page: 'archive-late',
      meaning: `No run of archive-fleet over all tenants ended within ${due.toHumanString()}: the schedule's interval and a week.`,
      metric: counted(deployment, 'SecondsSinceArchive', 'Maximum', FIVE_MINUTES),
      above: due.toSeconds(),
      silenceIsTrouble: true,
    },
  ];
}

/** What was not started, and what did not reach people. */
function deliveries(deployment: Deployment): AlarmSpec[] {
  return [
    startsLost(deployment),
    {
      name: 'notices-undelivered',
      page: 'notices-undelivered',
      meaning: 'Notices could not be delivered to a recipient in the last hour.',
      metric: undelivered(deployment),
      above: 0,
      reports: 'event',
    },
    ...messages(deployment),
  ];
}

function startsLost(deployment: Deployment): AlarmSpec {
  return {
    name: 'not-started',
    page: 'backup-late',
    meaning: 'A schedule could not start its target in the last hour, or a shipper run was dropped.',
    metric: notStarted(deployment),
    above: 0,
    reports: 'event',
  };
}

function messages(deployment: Deployment): AlarmSpec[] {
  if (!sendsMessages(deployment.alarms)) return [];
  return [
    {
      name: 'message-undelivered',
      page: 'message-undelivered',
      meaning:
        'In the last hour, notices were given up before any recipient was tried: they are in the dead-letter queue.',
      metric: messagesGivenUp(deployment),
      above: 0,
      reports: 'event',
    },
  ];
}

/** The objectives of each tier, which the state of the log alone does not prove. */
function recoveryPoints(deployment: Deployment): AlarmSpec[] {
  return tiersInUse(deployment.tiers).map((tier): AlarmSpec => {
    const { recoveryPointSeconds } = OBJECTIVES[tier];
    return {
      name: `recovery-point-${tier}`,
      page: 'recovery-point-objective',
      meaning: `A tenant of the tier ${tier} cannot be recovered to a moment within its objective of ${Duration.seconds(recoveryPointSeconds).toHumanString()}, or its recovery point is not reported.`,
      metric: counted(deployment, 'RecoveryPointAge', 'Maximum', FIVE_MINUTES, tier),
      above: recoveryPointSeconds,
      silenceIsTrouble: true,
    };
  });
}

function objectives(deployment: Deployment): AlarmSpec[] {
  return [
    ...recoveryPoints(deployment),
    {
      name: 'restore-slow',
      page: 'restore-slow',
      meaning:
        "In the last hour, a restore exceeded its tenant's recovery time objective, including the wait for approval.",
      metric: counted(deployment, 'RestoreTimePercent', 'Maximum', HOUR),
      above: 100,
      reports: 'event',
    },
  ];
}

/** Every fold of the fleet, hourly, asks the query and reports. */
function policies(deployment: Deployment): AlarmSpec[] {
  if (deployment.tiers.query === undefined) return [];
  return [
    {
      name: 'tenant-policies',
      page: 'tenant-policies',
      meaning:
        "The query for tenants' tiers and retention failed or returned rows that are refused: these tenants keep what they had, and nothing of a new one is removed.",
      metric: counted(deployment, 'TenantPolicyProblems', 'Maximum', HOUR),
      above: 0,
      reports: 'gauge',
    },
  ];
}

/** On what S3 measures of the buckets of that region, in the account of the vault. */
export function vaultAlarms(deployment: Deployment, region: WorkRegion): AlarmSpec[] {
  if (region === 'secondary')
    return regionsOf(deployment)
      .filter(to => to !== 'secondary')
      .map(to => replicationFailed(deployment, to, 'secondary'));
  return [
    {
      name: 'storage-budget',
      page: 'storage-budget',
      meaning: `The vault holds more than 80 % of its budget of ${deployment.storageBudgetGiB} GiB.`,
      metric: vaultBytes(deployment),
      above: deployment.storageBudgetGiB * 1024 ** 3 * 0.8,
    },
    ...replicationAlarms(deployment),
  ];
}
