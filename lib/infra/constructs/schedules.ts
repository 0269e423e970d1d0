/**
 * The schedules. A start that EventBridge Scheduler cannot deliver goes to a dead-letter queue, which has an alarm. The
 * pause switch disables every schedule and removes none.
 */
import { Duration, TimeZone } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { deadLetterQueueName } from '../names.ts';
import { accept } from './accepted.ts';

type ScheduleName = Exclude<keyof Deployment['schedules'], 'timeZone' | 'paused' | 'verifyWithinDays'>;

/** Maximum age of an undelivered start; after that it is dropped: by then the next one is due, or a person must act. */
const GIVE_UP: Record<ScheduleName, Duration> = {
  ship: Duration.minutes(1),
  fold: Duration.minutes(30),
  full: Duration.hours(2),
  verify: Duration.hours(6),
  archive: Duration.hours(6),
  expire: Duration.hours(6),
  finishDestructions: Duration.hours(6),
  replicateKeys: Duration.minutes(15),
  copyKeys: Duration.hours(1),
  verifyReplicas: Duration.hours(1),
  expireReplicas: Duration.hours(1),
  anchorAudit: Duration.hours(6),
  verifyAudit: Duration.hours(6),
  keepHolds: Duration.hours(6),
  drills: Duration.hours(6),
  dailyReport: Duration.hours(6),
  weeklyReport: Duration.hours(6),
  monthlyReport: Duration.hours(6),
  quarterlyReport: Duration.hours(6),
  yearlyReport: Duration.hours(6),
};

export interface ScheduledRun {
  readonly machine: IStateMachine;
  readonly purpose: string;
  /** Of the execution. */
  readonly input: object;
}

export class Schedules extends Construct {
  /** Starts that could not be delivered. */
  readonly notStarted: sqs.Queue;
  private readonly schedules: Deployment['schedules'];
  private readonly prefix: string;
  private startingRole: iam.Role | undefined;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    this.schedules = deployment.schedules;
    this.prefix = deployment.name;
    this.notStarted = new sqs.Queue(this, 'NotStarted', {
      queueName: deadLetterQueueName(deployment),
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    accept(this.notStarted, 'AwsSolutions-SQS3', 'This queue is the dead-letter queue.');
  }

  callFunction(name: ScheduleName, fn: IFunction, purpose: string): void {
    const role = new iam.Role(this, name === 'ship' ? 'ShipperRole' : `${name}Role`, {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      description: `${this.prefix}: starts the ${name} function`,
    });
    this.add(name, purpose, new targets.LambdaInvoke(fn, { ...this.delivery(name), role }));
    accept(role, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
  }

  /** `start`: the function that names the execution after its time (lambdas/start-run.ts); EventBridge cannot. */
  startExecution(name: ScheduleName, start: IFunction, { machine, purpose, input }: ScheduledRun): void {
    const event = {
      ...{ schedule: name, scheduledAt: scheduler.ContextAttribute.scheduledTime },
      ...{ machine: machine.stateMachineArn, input },
    };
    this.startingRole ??= new iam.Role(this, 'StartRunRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      description: `${this.prefix}: starts runs on their schedules`,
    });
    const target = new targets.LambdaInvoke(start, {
      ...this.delivery(name),
      role: this.startingRole,
      input: scheduler.ScheduleTargetInput.fromObject(event),
    });
    this.add(name, purpose, target);
    accept(this.startingRole, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
  }

  private delivery(name: ScheduleName): targets.ScheduleTargetBaseProps {
    return { deadLetterQueue: this.notStarted, maxEventAge: GIVE_UP[name], retryAttempts: name === 'ship' ? 0 : 10 };
  }

  private add(name: ScheduleName, description: string, target: scheduler.IScheduleTarget): void {
    const { expression, flexibleMinutes, enabled } = this.schedules[name];
    const { timeZone: own, paused } = this.schedules;
    // Reports are of days in UTC.
    const timeZone = name.endsWith('Report') ? 'UTC' : own;
    new scheduler.Schedule(this, name, {
      scheduleName: `${this.prefix}-${name}`,
      description,
      schedule: scheduler.ScheduleExpression.expression(expression, TimeZone.of(timeZone)),
      timeWindow:
        flexibleMinutes === 0
          ? scheduler.TimeWindow.off()
          : scheduler.TimeWindow.flexible(Duration.minutes(flexibleMinutes)),
      enabled: enabled && !paused,
      target,
    });
  }
}
