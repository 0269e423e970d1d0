/**
 * carry-out-request: executes one approved request, by the function of its kind, call after call until it is done. The
 * signed request says what is done and who approved it; the input only names it, and a function refuses the request of
 * another kind.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { WORKFLOW_ERRORS } from '../../domain/error-kind.ts';
import { causeOf } from '../../domain/workflow-failure.ts';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface CarryOutRequestProps {
  readonly placeHold: IFunction;
  readonly releaseHold: IFunction;
  readonly changePolicy: IFunction;
  readonly destroyTenant: IFunction;
  readonly exportTenant: IFunction;
  /** Brings back the key of a tenant on which a hold was placed. */
  readonly finishDestructions: IFunction;
  readonly recordFailure: IFunction;
}

export function carryOutRequestDefinition(scope: Construct, props: CarryOutRequestProps): sfn.IChainable {
  const failed = recordFailureStep(scope, {
    ...{ recordFailure: props.recordFailure, workflow: 'carry-out-request' },
  }).next(failWithError(scope, 'Not carried out', 'The request stays approved: redrive the execution'));
  const done = new sfn.Succeed(scope, 'Carried out', { comment: 'Its result is signed in the vault' });
  const step = (id: string, fn: IFunction, comment: string, meanwhile?: LambdaInvoke) => {
    const made = functionStep(scope, id, fn, {
      comment,
      payload: { 'tenant.$': '$.tenant', 'request.$': '$.request' },
      resultPath: '$.carried',
    });
    made.addCatch(failed, { resultPath: '$.error' });
    return made.next(
      new sfn.Choice(scope, `${id}: complete?`)
        .when(sfn.Condition.booleanEquals('$.carried.done', true), done)
        .otherwise(meanwhile?.next(made) ?? made),
    );
  };
  const stop = functionStep(scope, 'Stop a destruction', props.finishDestructions, {
    comment: 'Brings the key back if the tenant is being destroyed: who places holds may not',
    payload: { 'tenant.$': '$.tenant' },
    resultPath: sfn.JsonPath.DISCARD,
  });
  stop.addCatch(failed, { resultPath: '$.error' });
  const { isPresent, stringEquals, and } = sfn.Condition;
  const is = (action: string) => and(isPresent('$.action'), stringEquals('$.action', action));
  return new sfn.Choice(scope, 'Which action?')
    .when(sfn.Condition.not(and(isPresent('$.tenant'), isPresent('$.request'))), refused(scope).next(failed))
    .when(is('hold'), step('Place the hold', props.placeHold, 'Every object in every region, then the proof', stop))
    .when(is('release'), step('Release the hold', props.releaseHold, 'Other holds permitting, every object'))
    .when(is('destroy'), step('Destroy the tenant', props.destroyTenant, 'Begins the countdown of its key'))
    .when(is('change-policy'), step('Change the retention', props.changePolicy, 'Approves it for the next expiry'))
    .when(is('export'), step('Export the tenant', props.exportTenant, 'Stages the state, then writes sealed files'))
    .otherwise(refusedAction(scope).next(failed));
}

function refused(scope: Construct): sfn.Pass {
  return refusal(scope, 'Refused input', 'The input is not valid: tenant and request are required.');
}

function refusedAction(scope: Construct): sfn.Pass {
  return refusal(
    scope,
    'Refused action',
    'The input is not valid: action must be hold, release, destroy, change-policy or export.',
  );
}

/** The same error as if a function had thrown it (runtime/function-handler.ts). */
function refusal(scope: Construct, id: string, message: string): sfn.Pass {
  const hint = 'Request it: the last approval starts this with the right input.';
  return new sfn.Pass(scope, id, {
    comment: message,
    result: sfn.Result.fromObject({
      Error: WORKFLOW_ERRORS.refused,
      Cause: causeOf({ code: 'bad-input', message, hint }),
    }),
    resultPath: '$.error',
  });
}
