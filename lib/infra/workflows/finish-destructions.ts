/**
 * finish-destructions: looks after the destructions of all tenants, daily, each part call after call until every tenant was
 * seen; or, with a tenant in the input, after the key of that one at once. One tenant's failure stops no other: it is
 * counted, and alarms when it lasts.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface FinishDestructionsProps {
  readonly finishDestructions: IFunction;
  readonly clearDestroyed: IFunction;
  readonly recordFailure: IFunction;
}

export function finishDestructionsDefinition(scope: Construct, props: FinishDestructionsProps): sfn.IChainable {
  const { recordFailure, finishDestructions, clearDestroyed } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'finish-destructions' }).next(
    failWithError(scope, 'Not finished', 'Every destruction is as far as it came: start it again'),
  );
  const done = new sfn.Succeed(scope, 'Looked after');
  /** From the first tenant to the last. */
  const overAll = (id: string, fn: IFunction, comment: string, next: sfn.IChainable) => {
    const step = functionStep(scope, id, fn, {
      ...{ comment, payload: { 'after.$': '$.seen.after' }, resultPath: '$.seen' },
    });
    step.addCatch(failed, { resultPath: '$.error' });
    const begin = new sfn.Pass(scope, `${id}: from the first tenant`, {
      ...{ result: sfn.Result.fromObject({ after: '' }), resultPath: '$.seen' },
    });
    const isComplete = sfn.Condition.booleanEquals('$.seen.done', true);
    return begin.next(step).next(new sfn.Choice(scope, `${id}: complete?`).when(isComplete, next).otherwise(step));
  };
  const clear = overAll('Remove what is left', clearDestroyed, 'Of certified destructions, as locks end', done);
  const finish = overAll(
    'Finish what is due',
    finishDestructions,
    'Destroys, proves and certifies; stops for holds',
    clear,
  );
  const one = functionStep(scope, 'Look after one tenant', finishDestructions, {
    comment: 'Brings its key back after a cancellation or for a hold, or finishes what is due',
    payload: { 'tenant.$': '$.tenant' },
    resultPath: '$.seen',
  });
  one.addCatch(failed, { resultPath: '$.error' });
  return new sfn.Choice(scope, 'One tenant?')
    .when(sfn.Condition.isPresent('$.tenant'), one.next(done))
    .otherwise(finish);
}
