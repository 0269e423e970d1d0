/**
 * verify-fleet: each tenant's newest snapshot is restored into scratch tables and compared with what the database counted,
 * then this moment is rebuilt and compared with the live rows. Per tenant:
 *
 *     restore into scratch and compare ─▶ done? ─▶ go on ⟲ until done
 *                                           └─ the log is not there yet ─▶ wait for the shipper ─▶ go on
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
      const begin = functionStep(scope, 'Restore into scratch and compare', props.verifyBackup, {
        comment: 'A difference is an integrity failure and alarms at once',
        payload: { 'tenant.$': '$.tenant' },
        resultPath: '$.verified',
      });
      const goOn = functionStep(scope, 'Go on restoring and comparing', props.verifyBackup, {
        comment: 'Resumes with the scratch tables where the previous call ended',
        payload: { 'tenant.$': '$.tenant', 'run.$': '$.verified.run' },
        resultPath: '$.verified',
      });
      for (const step of [begin, goOn]) step.addCatch(failed, { resultPath: '$.error' });
      const wait = new sfn.Wait(scope, 'Wait for the shipper', {
        comment: 'The log has not reached the compared moment yet',
        time: sfn.WaitTime.duration(Duration.seconds(30)),
      });
      const done = new sfn.Choice(scope, 'Is it verified?')
        .when(
          sfn.Condition.booleanEquals('$.verified.done', true),
          new sfn.Succeed(scope, 'The backup is verified', { outputPath: '$.verified' }),
        )
        .when(sfn.Condition.booleanEquals('$.verified.waiting', true), wait)
        .otherwise(goOn);
      goOn.next(done);
      wait.next(goOn);
      return begin.next(done);
    },
  });
}
