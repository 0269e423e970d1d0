/**
 * What every fleet run has in common: the fleet is divided into shards, shards run in parallel (each as its own child
 * execution, so that no execution reaches the history limit), and a shard processes one tenant after another.
 *
 *     plan the fleet ─▶ for each shard (distributed) ─▶ list the shard ─▶ for each tenant: …, failed? record it
 *                                                     ─▶ summarize: the shard fails if one of its tenants failed
 *                    ─▶ the step for the whole run, if any ─▶ record the end of the run
 *
 * The state contains references and counts only: tenant ids and rows never pass through Step Functions.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { functionStep, retryStarting, WHICH_STEP } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface FleetFunctions {
  readonly planFleet: IFunction;
  readonly listShard: IFunction;
  readonly summarizeShard: IFunction;
  readonly recordFailure: IFunction;
  readonly finishFleet: IFunction;
}

export interface OverFleetProps extends FleetFunctions {
  /** Name of the state machine, as records and notices show it. */
  readonly workflow: string;
  readonly concurrentTenants: number;
  readonly toleratedFailurePercentage: number;
  /**
   * The steps for one tenant: a chain that starts with `$.tenant` and `$.request`, and whose steps lead to `failed`
   * (with the error in `$.error`) when they fail.
   */
  readonly perTenant: (failed: sfn.IChainable) => sfn.IChainable;
  /** Runs once after all shards; leaves the state unchanged. */
  readonly afterAll?: sfn.TaskStateBase;
  /** Started after a run whose reason is a gap or a migration, with the input of that run. */
  readonly afterGap?: sfn.IStateMachine;
}

export function overFleet(scope: Construct, props: OverFleetProps): sfn.IChainable {
  const shards = new sfn.DistributedMap(scope, 'For each shard of tenants', {
    comment: 'Runs as many shards in parallel as the source database can handle',
    itemsPath: '$.shards',
    itemSelector: { 'shard.$': '$$.Map.Item.Value', 'request.$': '$.request' },
    maxConcurrency: props.concurrentTenants,
    toleratedFailurePercentage: props.toleratedFailurePercentage,
    resultPath: sfn.JsonPath.DISCARD,
    mapExecutionType: sfn.StateMachineType.STANDARD,
  });
  shards.itemProcessor(shard(scope, props));
  const plan = functionStep(scope, 'Plan the fleet', props.planFleet, {
    comment: 'Validates the request, registers new tenants, divides the fleet into shards, the strictest tier first',
    payload: { 'input.$': '$', workflow: props.workflow },
  });
  const { recordFailure, workflow } = props;
  const record = recordFailureStep(scope, { recordFailure, workflow, id: 'Record the failed run' }).next(
    failWithError(scope, 'Run failed', 'More tenants failed than tolerated, or the request was refused'),
  );
  const finish = functionStep(scope, 'Record the end of the run', props.finishFleet, {
    comment: 'The alarm for late backups measures from here',
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
  const done = new sfn.Succeed(scope, 'Run complete');
  if (afterGap === undefined) return done;
  const start = new StepFunctionsStartExecution(scope, 'Start verifying the same tenants', {
    comment: 'Compares the live rows of the same tenants with the state rebuilt from the new backups',
    stateMachine: afterGap,
    input: sfn.TaskInput.fromJsonPathAt('$$.Execution.Input'),
    resultPath: sfn.JsonPath.DISCARD,
  });
  retryStarting(start);
  start.addCatch(failed, { resultPath: '$.error' });
  const reason = (text: string) => sfn.Condition.stringEquals('$.request.reason', text);
  return new sfn.Choice(scope, 'After a gap or migration?')
    .when(sfn.Condition.or(reason('gap'), reason('migration')), start.next(done))
    .otherwise(done);
}

function shard(scope: Construct, props: OverFleetProps): sfn.IChainable {
  const failed = functionStep(scope, "Record the tenant's failure", props.recordFailure, {
    comment: 'Notifies at once and counts the failure; continues with the other tenants',
    payload: { 'tenant.$': '$.tenant', 'error.$': '$.error', workflow: props.workflow, ...WHICH_STEP },
  });
  const tenants = new sfn.Map(scope, 'For each tenant', {
    comment: 'One tenant after another; a failed tenant does not stop the others',
    itemsPath: '$.tenants',
    itemSelector: { 'tenant.$': '$$.Map.Item.Value', 'request.$': '$.request' },
    maxConcurrency: 1,
    resultSelector: { 'results.$': '$' },
  });
  tenants.itemProcessor(props.perTenant(failed));
  const list = functionStep(scope, 'List the shard', props.listShard, {
    comment: 'Returns the references of its tenants',
    payload: { 'shard.$': '$.shard', 'request.$': '$.request' },
  });
  const summarize = functionStep(scope, 'Summarize the shard', props.summarizeShard, {
    comment: 'Fails if a tenant failed, so that it counts towards the tolerated percentage',
    payload: { 'results.$': '$.results' },
  });
  return list.next(tenants).next(summarize);
}
