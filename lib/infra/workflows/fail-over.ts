/**
 * fail-over: carries an approved fail-over to this region out, call after call. Each call does the next step (drain, freeze,
 * activate, catalog, promote, resume, validate, traffic, snapshots, record) or looks whether what it waits for is there; the
 * waits are here. The signed request says what is done and who approved it; the input only names it.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface FailOverProps {
  readonly failover: IFunction;
  readonly recordFailure: IFunction;
}

const BETWEEN = Duration.seconds(10);

export function failOverDefinition(scope: Construct, { failover, recordFailure }: FailOverProps): sfn.IChainable {
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'fail-over' }).next(
    failWithError(scope, 'Stopped', 'Redrive the execution: it goes on with the step that was not done'),
  );
  const step = functionStep(scope, 'Fail over', failover, {
    comment: 'The next step, or another look at what it waits for',
    payload: { 'tenant.$': '$.tenant', 'request.$': '$.request' },
    resultPath: '$.carried',
  });
  step.addCatch(failed, { resultPath: '$.error' });
  const wait = new sfn.Wait(scope, 'Wait', {
    time: sfn.WaitTime.duration(BETWEEN),
    comment: 'For leases, RDS and replication',
  });
  return step.next(
    new sfn.Choice(scope, 'Complete?')
      .when(
        sfn.Condition.booleanEquals('$.carried.done', true),
        new sfn.Succeed(scope, 'Failed over', { comment: 'Its record is signed in the vault' }),
      )
      .otherwise(wait.next(step)),
  );
}
