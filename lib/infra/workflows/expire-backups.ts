/**
 * expire-backups: per tenant what is kept is locked as long as it is kept, and what is not goes; when all tenants have
 * noted what they need of the shared log, the rest of it goes:
 *
 *     plan ─▶ for each shard: for each tenant: expire ─▶ expire the log ─▶ note the end of the run
 *
 * A tenant that failed keeps its earlier note, which asks for more.
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
      functionStep(scope, 'Expire the backups of the tenant', props.expireTenant, {
        comment: 'Plans, locks what is kept, removes the rest; Object Lock has the last word',
        payload: { 'tenant.$': '$.tenant', 'request.$': '$.request' },
      }).addCatch(failed, { resultPath: '$.error' }),
    afterAll: functionStep(scope, 'Expire the log', props.expireLog, {
      comment: 'Removes the log that no tenant needs; nothing while a tenant has not reported its needs',
      payload: { 'request.$': '$.request' },
      resultPath: sfn.JsonPath.DISCARD,
    }),
  });
}
