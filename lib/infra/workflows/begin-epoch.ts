/**
 * begin-epoch: continues the installation on another server (a restored, switched-over, upgraded or new one), after a
 * person confirmed it by name. The snapshots that every tenant then needs are started by the shipper's next runs.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep, WHICH_STEP } from './function-step.ts';

export interface BeginEpochProps {
  readonly beginEpoch: IFunction;
  readonly recordFailure: IFunction;
}

export function beginEpochDefinition(scope: Construct, props: BeginEpochProps): sfn.IChainable {
  const failed = functionStep(scope, 'Record the failure', props.recordFailure, {
    comment: 'Notifies at once and counts the failure, so that the alarm fires',
    payload: { 'error.$': '$.error', workflow: 'begin-epoch', ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  }).next(
    new sfn.Fail(scope, 'No epoch begun', {
      comment: 'The log is as it was; start it again',
      errorPath: '$.error.Error',
      causePath: '$.error.Cause',
    }),
  );
  const begin = functionStep(scope, 'Begin the epoch', props.beginEpoch, {
    comment: 'Refuses a server other than the confirmed one; does nothing where the server continues the log',
  });
  begin.addCatch(failed, { resultPath: '$.error' });
  return begin.next(new sfn.Succeed(scope, 'Epoch begun'));
}
