/** fold-incrementals: for each tenant that changed, folds the log since its last incremental into the net change per row. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface FoldIncrementalsProps extends Omit<OverFleetProps, 'workflow' | 'perTenant'> {
  readonly foldTenant: IFunction;
}

export function foldIncrementalsDefinition(scope: Construct, props: FoldIncrementalsProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'fold-incrementals',
    perTenant: failed =>
      functionStep(scope, "Fold the tenant's log", props.foldTenant, {
        comment: 'Skips a tenant that has not changed',
        payload: { 'tenant.$': '$.tenant' },
      }).addCatch(failed, { resultPath: '$.error' }),
  });
}
