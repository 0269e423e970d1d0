/**
 * The runs that start on a schedule, through the one function that names them after their time: EventBridge delivers at
 * least once, and a name is used once.
 */
import { Duration } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Deployment } from '../deployment.ts';
import { workflowArn } from '../names.ts';
import { grantStartScheduled } from './access.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';

type ScheduledMachine = 'fold' | 'backUp' | 'verify' | 'archive' | 'expire' | 'keepHolds' | 'verifyAudit';

interface ScheduledMachines {
  readonly functions: FunctionSet;
  readonly schedules: Schedules;
  readonly machines: Readonly<Record<ScheduledMachine, sfn.IStateMachine>>;
}

export function scheduleRuns(deployment: Deployment, { functions, schedules, machines }: ScheduledMachines): void {
  const start = functions.make('start-run', {
    description: 'Starts a scheduled run, once for each time at which it is due',
    grants: [grantStartScheduled],
  });
  start.configureAsyncInvoke({
    maxEventAge: Duration.minutes(30),
    onFailure: new SqsDestination(schedules.notStarted),
  });
  const reason = 'schedule';
  schedules.startExecution('fold', start, {
    ...{ machine: machines.fold, purpose: 'Folds the log of tenants that changed' },
    input: { reason, changed: true },
  });
  schedules.startExecution('full', start, {
    ...{ machine: machines.backUp, purpose: 'Takes a snapshot of every tenant', input: { reason } },
  });
  schedules.startExecution('verify', start, {
    ...{ machine: machines.verify, purpose: 'Restores snapshots and compares them, also with the live rows' },
    input: { reason, dueWithinDays: deployment.schedules.verifyWithinDays },
  });
  schedules.startExecution('keepHolds', start, {
    ...{ machine: machines.keepHolds, purpose: 'Proves every legal hold', input: { reason } },
  });
  schedules.startExecution('verifyAudit', start, {
    ...{
      machine: machines.verifyAudit,
      purpose: 'Verifies every event and every anchor of the audit trail',
      input: {},
    },
  });
  schedules.startExecution('archive', start, {
    ...{ machine: machines.archive, purpose: 'Archives every tenant for which a copy is due', input: { reason } },
  });
  const name = 'finish-destructions';
  // In the stack of recovery, with the functions that carry requests out.
  const finish = sfn.StateMachine.fromStateMachineArn(functions, 'FinishDestructions', workflowArn(deployment, name));
  schedules.startExecution('finishDestructions', start, {
    ...{ machine: finish, purpose: 'Looks after destructions of tenants', input: {} },
  });
  schedules.startExecution('expire', start, {
    ...{ machine: machines.expire, purpose: 'Removes objects that no retained backup needs', input: { reason } },
  });
}
