/** How every state machine ends badly: people are told of the failure, then the execution fails with the same error. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { functionStep, WHICH_STEP } from './function-step.ts';

export interface RecordFailureProps {
  readonly recordFailure: IFunction;
  /** Name of the state machine, as records and notices show it. */
  readonly workflow: string;
  /** @default 'Record the failure' */
  readonly id?: string;
  /** Beside the error. */
  readonly payload?: Record<string, unknown>;
}

/** Takes the error from `$.error`, and leaves the state as it is. */
export function recordFailureStep(
  scope: Construct,
  { recordFailure, workflow, id = 'Record the failure', payload }: RecordFailureProps,
): tasks.LambdaInvoke {
  return functionStep(scope, id, recordFailure, {
    comment: 'Notifies at once and counts the failure, so that the alarm fires',
    payload: { 'error.$': '$.error', ...payload, workflow, ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  });
}

/** Ends the execution with the error in `$.error`. */
export function failWithError(scope: Construct, id: string, comment: string): sfn.Fail {
  return new sfn.Fail(scope, id, { comment, errorPath: '$.error.Error', causePath: '$.error.Cause' });
}
