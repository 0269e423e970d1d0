/**
 * expire-backups: per tenant, locks what is kept for as long as it is kept and removes the rest; once every tenant has
 * recorded which part of the shared log it needs, removes the rest of the log:
 *
 *     plan ─▶ for each shard: for each tenant: expire ─▶ expire the log ─▶ record the end of the run
 *
 * A tenant that failed keeps its earlier record, which asks for more log.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface ExpireBackupsProps extends Omit<OverFleetProps, 'workflow' | 'perTenant' | 'afterAll'> {
  readonly expireTenant: IFunction;
  readonly expireLog: IFunction;
}

export function expireBackupsDefinition(scope: Construct, props: ExpireBackupsProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'expire-backups',
    perTenant: failed =>
      functionStep(scope, "Expire the tenant's backups", props.expireTenant, {
        comment: 'Plans, locks what is kept and removes exactly the rest; Object Lock prevails',
        payload: { 'tenant.$': '$.tenant', 'request.$': '$.request' },
      }).addCatch(failed, { resultPath: '$.error' }),
    afterAll: functionStep(scope, 'Expire the log', props.expireLog, {
      comment: 'Removes the log that no tenant needs; nothing while any tenant has not recorded its need',
      payload: { 'request.$': '$.request' },
      resultPath: sfn.JsonPath.DISCARD,
    }),
  });
}
