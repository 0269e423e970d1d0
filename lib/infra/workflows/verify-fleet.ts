/**
 * verify-fleet: restores each tenant's newest snapshot into scratch tables and compares it with what the database counted,
 * then rebuilds the current moment and compares it with the live rows. Per tenant:
 *
 *     restore into scratch tables and compare ─▶ verified? ─▶ continue ⟲ until verified
 *                                                  └─ the log has not arrived yet ─▶ wait for the shipper ─▶ continue
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface VerifyFleetProps extends Omit<OverFleetProps, 'workflow' | 'perTenant'> {
  readonly verifyBackup: IFunction;
}

export function verifyFleetDefinition(scope: Construct, props: VerifyFleetProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'verify-fleet',
    perTenant: failed => {
      const begin = functionStep(scope, 'Restore into scratch tables and compare', props.verifyBackup, {
        comment: 'A difference is an integrity failure and raises an alarm at once',
        payload: { 'tenant.$': '$.tenant' },
        resultPath: '$.verified',
      });
      const goOn = functionStep(scope, 'Continue restoring and comparing', props.verifyBackup, {
        comment: 'Continues with the scratch tables of the previous call',
        payload: { 'tenant.$': '$.tenant', 'run.$': '$.verified.run' },
        resultPath: '$.verified',
      });
      for (const step of [begin, goOn]) step.addCatch(failed, { resultPath: '$.error' });
      const wait = new sfn.Wait(scope, 'Wait for the shipper', {
        comment: 'The log has not yet reached the moment at which the live rows were read',
        time: sfn.WaitTime.duration(Duration.seconds(30)),
      });
      const done = new sfn.Choice(scope, 'Verified?')
        .when(
          sfn.Condition.booleanEquals('$.verified.done', true),
          new sfn.Succeed(scope, 'Backup verified', { outputPath: '$.verified' }),
        )
        .when(sfn.Condition.booleanEquals('$.verified.waiting', true), wait)
        .otherwise(goOn);
      goOn.next(done);
      wait.next(goOn);
      return begin.next(done);
    },
  });
}
