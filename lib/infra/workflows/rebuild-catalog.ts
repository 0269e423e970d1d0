/**
 * rebuild-catalog: the catalog anew from the signed manifests, in shards of tenants, then the log:
 *
 *     plan ─▶ for each shard (distributed): rebuild its tenants ⟲ until done ─▶ rebuild the log ⟲ until done ─▶ sum up
 *
 * What passes are counts. Safe to repeat: a run that failed is simply started again.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep, WHICH_STEP } from './function-step.ts';

export interface RebuildCatalogProps {
  readonly planRebuild: IFunction;
  readonly rebuildCatalog: IFunction;
  readonly rebuildLog: IFunction;
  readonly finishRebuild: IFunction;
  readonly recordFailure: IFunction;
  readonly concurrentTenants: number;
}

export function rebuildCatalogDefinition(scope: Construct, props: RebuildCatalogProps): sfn.IChainable {
  const failed = functionStep(scope, 'Record the failure', props.recordFailure, {
    comment: 'Notifies and counts it, so that the alarm fires',
    payload: { 'error.$': '$.error', workflow: 'rebuild-catalog', ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  }).next(
    new sfn.Fail(scope, 'It failed', {
      comment: 'What was rebuilt stays; start the rebuild again',
      errorPath: '$.error.Error',
      causePath: '$.error.Cause',
    }),
  );
  const plan = functionStep(scope, 'Plan the rebuild', props.planRebuild, {
    comment: 'Divides the tenants into shards by the first letters of their references',
  });
  const shards = new sfn.DistributedMap(scope, 'For each shard of references', {
    comment: 'One execution for each shard, as many at the same time as fleet.concurrentTenants',
    itemsPath: '$.shards',
    maxConcurrency: props.concurrentTenants,
    resultPath: '$.rebuilt',
    mapExecutionType: sfn.StateMachineType.STANDARD,
  });
  shards.itemProcessor(shard(scope, props.rebuildCatalog));
  const log = functionStep(scope, 'Rebuild the log', props.rebuildLog, {
    comment: 'Every run, in order; stops at its time budget',
    payload: {},
    resultPath: '$.log',
  });
  const goOn = functionStep(scope, 'Go on with the log', props.rebuildLog, {
    comment: 'Resumes after the last run',
    payload: { 'log.$': '$.log' },
    resultPath: '$.log',
  });
  const finish = functionStep(scope, 'Sum it up', props.finishRebuild, {
    comment: 'Reports what the catalog lists now, and what was left out',
    payload: { 'rebuilt.$': '$.rebuilt', 'log.$': '$.log' },
  });
  for (const step of [plan, shards, log, goOn, finish]) step.addCatch(failed, { resultPath: '$.error' });
  const done = new sfn.Choice(scope, 'Is the log done?')
    .when(sfn.Condition.booleanEquals('$.log.done', false), goOn)
    .otherwise(finish.next(new sfn.Succeed(scope, 'The catalog is rebuilt')));
  goOn.next(done);
  return plan.next(shards).next(log).next(done);
}

function shard(scope: Construct, rebuild: IFunction): sfn.IChainable {
  const step = functionStep(scope, 'Rebuild tenants', rebuild, {
    comment: 'Every signature is verified; what fails is left out and reported. Resumes after the last tenant',
    payload: { 'shard.$': '$' },
  });
  return step.next(
    new sfn.Choice(scope, 'Is the shard done?')
      .when(sfn.Condition.booleanEquals('$.done', false), step)
      .otherwise(new sfn.Succeed(scope, 'The shard is done', { outputPath: '$.counts' })),
  );
}
