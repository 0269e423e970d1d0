/**
 * read-cluster-backup: RDS restores the cluster's own backup to a scratch database, one tenant is read of it, and the scratch
 * database is deleted: after success and after every failure. Each step makes the database's name of the execution, so that
 * also one whose request had no answer is found. The waits are here.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface ReadClusterBackupProps {
  readonly scratchCluster: IFunction;
  readonly readClusterBackup: IFunction;
  readonly recordFailure: IFunction;
}

const BETWEEN = Duration.minutes(1);
const EXECUTION = { 'execution.$': '$$.Execution.Id' };
const INPUT = { 'input.$': '$$.Execution.Input' };

export function readClusterBackupDefinition(scope: Construct, props: ReadClusterBackupProps): sfn.IChainable {
  const { scratchCluster, readClusterBackup, recordFailure } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'read-cluster-backup' }).next(
    failWithError(scope, 'Not read', 'Start it again; what is left of the scratch database is removed daily'),
  );
  const wait = (id: string, next: sfn.IChainable) =>
    new sfn.Wait(scope, id, { time: sfn.WaitTime.duration(BETWEEN) }).next(next);
  /** Until it is gone. `notRemoved`: where an error of its own goes. */
  const removal = (id: string, gone: sfn.IChainable, notRemoved: string) => {
    const step = functionStep(scope, id, scratchCluster, {
      comment: 'Requests the deletion of the scratch database, or sees that it is gone',
      payload: { step: 'remove', ...EXECUTION },
      resultPath: '$.removed',
    });
    step.addCatch(failed, { resultPath: notRemoved });
    const isGone = sfn.Condition.booleanEquals('$.removed.done', true);
    const again = wait(`${id}: wait`, step);
    return step.next(new sfn.Choice(scope, `${id}: gone?`).when(isGone, gone).otherwise(again));
  };
  // The failure before is the one to tell.
  const afterFailure = removal('Remove after a failure', failed, '$.notRemoved');
  const done = new sfn.Succeed(scope, 'Read', { outputPath: '$.read', comment: 'The target of a restore' });
  const remove = removal('Remove the scratch database', done, '$.error');

  const read = functionStep(scope, 'Read the tenant', readClusterBackup, {
    comment: 'Plans, reads parts, and makes what was read restorable, in bounded calls',
    payload: { ...INPUT, 'scratch.$': '$.scratch', 'read.$': '$.read' },
    resultPath: '$.read',
  });
  read.addCatch(afterFailure, { resultPath: '$.error' });
  const begin = new sfn.Pass(scope, 'Nothing read', { result: sfn.Result.fromObject({}), resultPath: '$.read' });
  begin
    .next(read)
    .next(
      new sfn.Choice(scope, 'Complete?').when(sfn.Condition.booleanEquals('$.read.done', true), remove).otherwise(read),
    );

  const look = functionStep(scope, 'Look at the scratch database', scratchCluster, {
    comment: 'Whether RDS has restored it',
    payload: { step: 'look', ...EXECUTION },
    resultPath: '$.scratch',
  });
  look.addCatch(afterFailure, { resultPath: '$.error' });
  const answers = sfn.Condition.booleanEquals('$.scratch.done', true);
  look.next(new sfn.Choice(scope, 'Restored?').when(answers, begin).otherwise(wait('Wait for RDS', look)));

  const request = functionStep(scope, 'Request a scratch database', scratchCluster, {
    comment: 'RDS restores the source to the moment, beside it',
    payload: { step: 'begin', ...EXECUTION, ...INPUT },
    resultPath: '$.requested',
  });
  request.addCatch(afterFailure, { resultPath: '$.error' });
  return request.next(look);
}
