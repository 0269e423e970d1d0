/** A state machine of one function, for what has no fan-out: its failure is recorded and ends the execution. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep, WHICH_STEP } from './function-step.ts';

export interface SingleStepProps {
  readonly workflow: string;
  readonly title: string;
  readonly comment: string;
  readonly work: IFunction;
  readonly recordFailure: IFunction;
}

export function singleStep(scope: Construct, props: SingleStepProps): sfn.IChainable {
  const failed = functionStep(scope, 'Record the failure', props.recordFailure, {
    comment: 'Notifies and counts it, so that the alarm fires',
    payload: { 'error.$': '$.error', workflow: props.workflow, ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  }).next(new sfn.Fail(scope, 'It failed', { errorPath: '$.error.Error', causePath: '$.error.Cause' }));
  return functionStep(scope, props.title, props.work, { comment: props.comment }).addCatch(failed, {
    resultPath: '$.error',
  });
}
