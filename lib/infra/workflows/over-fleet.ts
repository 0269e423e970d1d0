/**
 * What every fleet run has in common: the fleet is cut into shards, shards run at the same time (each an execution of
 * its own, so that the history limit of one execution is never reached), and within a shard tenant after tenant.
 *
 *     plan the fleet ─▶ for each shard (distributed) ─▶ list the shard ─▶ for each tenant: …, failed? record it
 *                                                     ─▶ summarize: the shard fails when a tenant of it failed
 *                    ─▶ what is done once for all, if anything ─▶ note the end of the run
 *
 * The state carries references and counts only: tenant ids and rows never pass through Step Functions.
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { functionStep, WHICH_STEP } from './function-step.ts';

export interface FleetFunctions {
  readonly planFleet: IFunction;
  readonly listShard: IFunction;
  readonly summarizeShard: IFunction;
  readonly recordFailure: IFunction;
  readonly finishFleet: IFunction;
}

export interface OverFleetProps extends FleetFunctions {
  /** Name of the state machine: in records and notifications. */
  readonly workflow: string;
  readonly concurrentTenants: number;
  readonly toleratedFailurePercentage: number;
  /**
   * What happens to one tenant: a chain that begins with `$.tenant` and `$.request`, and whose steps lead to `failed`
   * (with the error in `$.error`) when they fail.
   */
  readonly perTenant: (failed: sfn.IChainable) => sfn.IChainable;
  /** What happens once, when all shards are done; it leaves the state as it is. */
  readonly afterAll?: sfn.TaskStateBase;
  /** What is started when the run is over, with the run's own input, where its reason is a gap or a migration. */
  readonly afterGap?: sfn.IStateMachine;
}

export function overFleet(scope: Construct, props: OverFleetProps): sfn.IChainable {
  const shards = new sfn.DistributedMap(scope, 'For each shard of tenants', {
    comment: 'As many at the same time as fleet.concurrentTenants: what the source database can bear',
    itemsPath: '$.shards',
    itemSelector: { 'shard.$': '$$.Map.Item.Value', 'request.$': '$.request' },
    maxConcurrency: props.concurrentTenants,
    toleratedFailurePercentage: props.toleratedFailurePercentage,
    resultPath: sfn.JsonPath.DISCARD,
    mapExecutionType: sfn.StateMachineType.STANDARD,
  });
  shards.itemProcessor(shard(scope, props));
  const plan = functionStep(scope, 'Plan the fleet', props.planFleet, {
    comment: 'Checks the request, registers new tenants, divides the fleet into shards',
  });
  const record = functionStep(scope, 'Record the failed run', props.recordFailure, {
    comment: 'Notifies and counts it, so that the alarm fires',
    payload: { 'error.$': '$.error', workflow: props.workflow, ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  }).next(
    new sfn.Fail(scope, 'The run failed', {
      comment: 'More tenants failed than are tolerated, or the request was refused',
      errorPath: '$.error.Error',
      causePath: '$.error.Cause',
    }),
  );
  const finish = functionStep(scope, 'Note the end of the run', props.finishFleet, {
    comment: 'What "a backup is late" is measured by',
    payload: { 'request.$': '$.request', workflow: props.workflow },
    resultPath: sfn.JsonPath.DISCARD,
  });
  const { afterAll } = props;
  for (const step of [plan, shards, ...(afterAll ? [afterAll] : []), finish]) {
    step.addCatch(record, { resultPath: '$.error' });
  }
  const tenantsDone = plan.next(shards);
  return (afterAll ? tenantsDone.next(afterAll) : tenantsDone).next(finish).next(ending(scope, record, props.afterGap));
}

function ending(scope: Construct, failed: sfn.IChainable, afterGap: sfn.IStateMachine | undefined): sfn.IChainable {
  const done = new sfn.Succeed(scope, 'The fleet is done');
  if (afterGap === undefined) return done;
  const start = new StepFunctionsStartExecution(scope, 'Start verifying what was read again', {
    comment: 'The same tenants: their live rows against a rebuild of this moment',
    stateMachine: afterGap,
    input: sfn.TaskInput.fromJsonPathAt('$$.Execution.Input'),
    resultPath: sfn.JsonPath.DISCARD,
  });
  start.addRetry({
    errors: [
      'StepFunctions.ThrottlingException',
      'StepFunctions.ServiceUnavailable',
      'StepFunctions.SdkClientException',
    ],
    interval: Duration.seconds(5),
    maxAttempts: 5,
    jitterStrategy: sfn.JitterType.FULL,
  });
  start.addCatch(failed, { resultPath: '$.error' });
  const reason = (text: string) => sfn.Condition.stringEquals('$.request.reason', text);
  return new sfn.Choice(scope, 'Was it because of a gap?')
    .when(sfn.Condition.or(reason('gap'), reason('migration')), start.next(done))
    .otherwise(done);
}

function shard(scope: Construct, props: OverFleetProps): sfn.IChainable {
  const failed = functionStep(scope, "Record the tenant's failure", props.recordFailure, {
    comment: 'Notifies and counts it; the other tenants continue',
    payload: { 'tenant.$': '$.tenant', 'error.$': '$.error', workflow: props.workflow, ...WHICH_STEP },
  });
  const tenants = new sfn.Map(scope, 'For each tenant', {
    comment: "A tenant's failure does not stop the others",
    itemsPath: '$.tenants',
    itemSelector: { 'tenant.$': '$$.Map.Item.Value', 'request.$': '$.request' },
    maxConcurrency: 1,
    resultSelector: { 'results.$': '$' },
  });
  tenants.itemProcessor(props.perTenant(failed));
  const list = functionStep(scope, 'List the shard', props.listShard, {
    comment: 'Lists the tenant references of the shard',
    payload: { 'shard.$': '$.shard', 'request.$': '$.request' },
  });
  const summarize = functionStep(scope, 'Summarize the shard', props.summarizeShard, {
    comment: 'Fails when a tenant failed, so that the tolerated percentage counts',
    payload: { 'results.$': '$.results' },
  });
  return list.next(tenants).next(summarize);
}
