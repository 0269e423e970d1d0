/** verify-fleet: each tenant's newest snapshot is restored into scratch tables and compared with what the database counted. */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface VerifyFleetProps extends Omit<OverFleetProps, 'workflow' | 'perTenant'> {
  readonly verifyBackup: IFunction;
}

export function verifyFleet(scope: Construct, props: VerifyFleetProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'verify-fleet',
    perTenant: failed =>
      functionStep(scope, 'Restore into scratch and compare', props.verifyBackup, {
        comment: 'A difference is an integrity failure and alarms at once',
        payload: { 'tenant.$': '$.tenant' },
      }).addCatch(failed, { resultPath: '$.error' }),
  });
}
