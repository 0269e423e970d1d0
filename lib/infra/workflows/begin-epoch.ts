/**
 * begin-epoch: continues the installation on another server (a restored, switched-over, upgraded or new one), after a
 * person confirmed it by name. The snapshots that every tenant then needs are started by the shipper's next runs.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface BeginEpochProps {
  readonly beginEpoch: IFunction;
  readonly recordFailure: IFunction;
}

export function beginEpochDefinition(scope: Construct, props: BeginEpochProps): sfn.IChainable {
  const { recordFailure } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'begin-epoch' }).next(
    failWithError(scope, 'No epoch begun', 'The log is as it was; start it again'),
  );
  const begin = functionStep(scope, 'Begin the epoch', props.beginEpoch, {
    comment: 'Refuses a server other than the confirmed one; does nothing where the server continues the log',
  });
  begin.addCatch(failed, { resultPath: '$.error' });
  return begin.next(new sfn.Succeed(scope, 'Epoch begun'));
}
