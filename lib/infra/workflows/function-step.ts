/**
 * How every state machine calls a function: the payload contains only what the step needs, the result replaces or joins
 * the state, transient errors are retried by error name with backoff and jitter, and nothing else is retried.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { WORKFLOW_ERRORS } from '../../domain/error-kind.ts';

/** Lambda's own transient errors, as Step Functions names them. */
const LAMBDA_FAULTS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
];

/**
 * Identifies one entry into a step and stays the same across retries: the idempotency key of what a function does once.
 * A redriven execution enters its step again, at another time.
 */
export const WHICH_STEP = {
  'execution.$': '$$.Execution.Id',
  'step.$': '$$.State.Name',
  'entered.$': '$$.State.EnteredTime',
};

export interface FunctionStepProps {
  readonly comment: string;
  readonly payload?: Record<string, unknown>;
  /** Where to put the result; `$` (default) replaces the state. */
  readonly resultPath?: string;
  readonly attempts?: number;
}

export function functionStep(
  scope: Construct,
  id: string,
  fn: IFunction,
  props: FunctionStepProps,
): tasks.LambdaInvoke {
  const step = new tasks.LambdaInvoke(scope, id, {
    lambdaFunction: fn,
    comment: props.comment,
    payload: sfn.TaskInput.fromObject(props.payload ?? { 'input.$': '$' }),
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
    ...(props.resultPath === undefined ? {} : { resultPath: props.resultPath }),
  });
  retryTransientErrors(step, props.attempts);
  return step;
}

/** How long AWS may take until a new role, policy or alias is effective everywhere. */
const SETTLED_AFTER = Duration.minutes(5);
const SETTLING_INTERVAL = Duration.seconds(30);

/**
 * Retries by error name, with backoff and jitter; `attempts` after the first (0: no retry). What may settle after a
 * deployment is retried evenly, until it would have settled: a real refusal is delayed by that, and never longer.
 */
export function retryTransientErrors(step: tasks.LambdaInvoke, attempts = 6): void {
  step.addRetry({
    errors: [WORKFLOW_ERRORS.tryAgain, ...LAMBDA_FAULTS],
    interval: Duration.seconds(2),
    backoffRate: 2,
    maxAttempts: attempts,
    maxDelay: Duration.minutes(2),
    jitterStrategy: sfn.JitterType.FULL,
  });
  step.addRetry({
    errors: [WORKFLOW_ERRORS.settling],
    interval: SETTLING_INTERVAL,
    backoffRate: 1,
    maxAttempts: attempts === 0 ? 0 : SETTLED_AFTER.toSeconds() / SETTLING_INTERVAL.toSeconds(),
  });
}

/** Retries what keeps Step Functions from starting another execution. */
export function retryStarting(step: tasks.StepFunctionsStartExecution): void {
  step.addRetry({
    errors: [
      'StepFunctions.ThrottlingException',
      'StepFunctions.ServiceUnavailable',
      'StepFunctions.SdkClientException',
    ],
    interval: Duration.seconds(5),
    maxAttempts: 5,
    jitterStrategy: sfn.JitterType.FULL,
  });
}
