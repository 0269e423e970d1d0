/**
 * The runs that start on a schedule, through the one function that names them after their time: EventBridge delivers at
 * least once, and a name is used once.
 */
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { REPORT_KINDS } from '../../domain/report/period.ts';
import type { Deployment } from '../deployment.ts';
import { workflowArn } from '../names.ts';
import { grantStartScheduled } from './access.ts';
import { grantSeeRegions } from './access-failover.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';

export type ProtectingMachine = 'fold' | 'backUp' | 'verify';
type ScheduledMachine = ProtectingMachine | 'archive' | 'expire' | 'keepHolds' | 'verifyAudit' | 'report';

interface ScheduledMachines<Name extends string> {
  readonly functions: FunctionSet;
  readonly schedules: Schedules;
  readonly machines: Readonly<Record<Name, sfn.IStateMachine>>;
}

const REASON = 'schedule';

/** In the primary region. */
export function scheduleRuns(deployment: Deployment, parts: ScheduledMachines<ScheduledMachine>): void {
  const { functions, schedules, machines } = parts;
  const start = scheduleProtection(deployment, parts);
  schedules.startExecution('keepHolds', start, {
    ...{ machine: machines.keepHolds, purpose: 'Proves every legal hold', input: { reason: REASON } },
  });
  schedules.startExecution('verifyAudit', start, {
    ...{
      machine: machines.verifyAudit,
      purpose: 'Verifies every event and every anchor of the audit trail',
      input: {},
    },
  });
  schedules.startExecution('archive', start, {
    ...{
      machine: machines.archive,
      purpose: 'Archives every tenant for which a copy is due',
      input: { reason: REASON },
    },
  });
  for (const kind of REPORT_KINDS)
    schedules.startExecution(`${kind}Report`, start, {
      ...{ machine: machines.report, purpose: `Makes the ${kind} report`, input: { kind } },
    });
  const name = 'finish-destructions';
  // In the stack of recovery, with the functions that carry requests out.
  const finish = sfn.StateMachine.fromStateMachineArn(functions, 'FinishDestructions', workflowArn(deployment, name));
  schedules.startExecution('finishDestructions', start, {
    ...{ machine: finish, purpose: 'Looks after destructions of tenants', input: {} },
  });
  if (deployment.drills) {
    const run = sfn.StateMachine.fromStateMachineArn(functions, 'RunDrill', workflowArn(deployment, 'run-drill'));
    schedules.startExecution('drills', start, {
      ...{ machine: run, purpose: 'Starts the drill that is due', input: { due: true } },
    });
  }
  schedules.startExecution('expire', start, {
    ...{
      machine: machines.expire,
      purpose: 'Removes objects that no retained backup needs',
      input: { reason: REASON },
    },
  });
}

/** In every region that can be the active one; where it is not, nothing starts. Returns the function that starts runs. */
export function scheduleProtection(
  deployment: Deployment,
  { functions, schedules, machines }: ScheduledMachines<ProtectingMachine>,
): lambda.Function {
  const start = functions.make('start-run', {
    description: 'Starts a scheduled run, once for each time at which it is due',
    grants: [grantStartScheduled, grantSeeRegions],
  });
  start.configureAsyncInvoke({
    maxEventAge: Duration.minutes(30),
    onFailure: new SqsDestination(schedules.notStarted),
  });
  schedules.startExecution('fold', start, {
    ...{ machine: machines.fold, purpose: 'Folds the log of tenants that changed' },
    input: { reason: REASON, changed: true },
  });
  schedules.startExecution('full', start, {
    ...{ machine: machines.backUp, purpose: 'Takes a snapshot of every tenant' },
    input: { reason: REASON, ...(deployment.tiers.snapshotHours && { due: true }) },
  });
  schedules.startExecution('verify', start, {
    ...{ machine: machines.verify, purpose: 'Restores snapshots and compares them, also with the live rows' },
    input: { reason: REASON, dueWithinDays: deployment.schedules.verifyWithinDays },
  });
  return start;
}
