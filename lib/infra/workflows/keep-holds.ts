/**
 * keep-holds: for every tenant on which a legal hold stands, copies new log, proves that each object is held, and certifies
 * each hold again:
 *
 *     plan ─▶ for each shard: for each tenant: keep its holds ⟲ until done ─▶ record the end of the run
 *
 * A tenant that cannot be proved is an alarm, and stops no other.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface KeepHoldsProps extends Omit<OverFleetProps, 'workflow' | 'perTenant'> {
  readonly keepHolds: IFunction;
}

export function keepHoldsDefinition(scope: Construct, props: KeepHoldsProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'keep-holds',
    perTenant: failed => {
      const keep = functionStep(scope, "Keep the tenant's holds", props.keepHolds, {
        comment: 'Stops when its time budget is used up, and continues where it was',
        // A redriven execution has the same id: it continues too.
        payload: { 'tenant.$': '$.tenant', 'run.$': '$$.Execution.Id' },
        resultPath: '$.kept',
      });
      keep.addCatch(failed, { resultPath: '$.error' });
      return keep.next(
        new sfn.Choice(scope, 'Holds proved?')
          .when(
            sfn.Condition.booleanEquals('$.kept.done', true),
            new sfn.Succeed(scope, 'Holds proved', { outputPath: '$.kept' }),
          )
          .otherwise(keep),
      );
    },
  });
}
