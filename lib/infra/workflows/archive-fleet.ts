/**
 * archive-fleet: makes self-contained copies for years, of every tenant for which one is due, or of the named ones. Per
 * tenant:
 *
 *     stage and archive ─▶ archived? ─▶ continue ⟲ until archived
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface ArchiveFleetProps extends Omit<OverFleetProps, 'workflow' | 'perTenant'> {
  readonly archiveTenant: IFunction;
}

export function archiveFleetDefinition(scope: Construct, props: ArchiveFleetProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'archive-fleet',
    perTenant: failed => {
      const payload = { 'tenant.$': '$.tenant', 'request.$': '$.request' };
      const begin = functionStep(scope, 'Stage and archive the tenant', props.archiveTenant, {
        comment: 'Does nothing where no archive is due',
        payload,
        resultPath: '$.archived',
      });
      const goOn = functionStep(scope, 'Continue staging and archive', props.archiveTenant, {
        comment: 'Continues with the staging schema of the previous call',
        payload: { ...payload, 'run.$': '$.archived.run' },
        resultPath: '$.archived',
      });
      for (const step of [begin, goOn]) step.addCatch(failed, { resultPath: '$.error' });
      const done = new sfn.Choice(scope, 'Archived?')
        .when(
          sfn.Condition.booleanEquals('$.archived.done', true),
          new sfn.Succeed(scope, 'Tenant archived', { outputPath: '$.archived' }),
        )
        .otherwise(goOn);
      goOn.next(done);
      return begin.next(done);
    },
  });
}
