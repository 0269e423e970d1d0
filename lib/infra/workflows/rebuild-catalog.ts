/**
 * rebuild-catalog: writes the catalog again from the signed manifests, in shards of tenants, then the log:
 *
 *     plan ─▶ for each shard (distributed): rebuild its tenants ⟲ until done ─▶ rebuild the log ⟲ until done ─▶ summarize
 *
 * The state contains only counts. Safe to repeat: start a failed run again.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface RebuildCatalogProps {
  readonly planRebuild: IFunction;
  readonly rebuildCatalog: IFunction;
  readonly rebuildLog: IFunction;
  readonly finishRebuild: IFunction;
  readonly recordFailure: IFunction;
  readonly concurrentTenants: number;
}

export function rebuildCatalogDefinition(scope: Construct, props: RebuildCatalogProps): sfn.IChainable {
  const { recordFailure } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'rebuild-catalog' }).next(
    failWithError(scope, 'Rebuild failed', 'What was rebuilt is kept; start it again'),
  );
  const plan = functionStep(scope, 'Plan the rebuild', props.planRebuild, {
    comment: 'Divides the tenants into shards by the prefix of their references',
  });
  const shards = new sfn.DistributedMap(scope, 'For each shard of references', {
    comment: 'One child execution each; runs as many in parallel as fleet.concurrentTenants allows',
    itemsPath: '$.shards',
    maxConcurrency: props.concurrentTenants,
    resultPath: '$.rebuilt',
    mapExecutionType: sfn.StateMachineType.STANDARD,
  });
  shards.itemProcessor(shard(scope, props.rebuildCatalog));
  const log = functionStep(scope, 'Rebuild the log', props.rebuildLog, {
    comment: 'Every run in order; stops when its time budget is used up',
    payload: {},
    resultPath: '$.log',
  });
  const goOn = functionStep(scope, 'Continue rebuilding the log', props.rebuildLog, {
    comment: 'Continues after the last run that was rebuilt',
    payload: { 'log.$': '$.log' },
    resultPath: '$.log',
  });
  const finish = functionStep(scope, 'Summarize the rebuild', props.finishRebuild, {
    comment: 'Counts what the catalog lists now and what was left out',
    payload: { 'rebuilt.$': '$.rebuilt', 'log.$': '$.log' },
  });
  for (const step of [plan, shards, log, goOn, finish]) step.addCatch(failed, { resultPath: '$.error' });
  const done = new sfn.Choice(scope, 'Log complete?')
    .when(sfn.Condition.booleanEquals('$.log.done', false), goOn)
    .otherwise(finish.next(new sfn.Succeed(scope, 'Catalog rebuilt')));
  goOn.next(done);
  return plan.next(shards).next(log).next(done);
}

function shard(scope: Construct, rebuild: IFunction): sfn.IChainable {
  const step = functionStep(scope, 'Rebuild tenants', rebuild, {
    comment: 'Verifies every signature; leaves out and reports what fails. Continues after the last tenant',
    payload: { 'shard.$': '$' },
  });
  return step.next(
    new sfn.Choice(scope, 'Shard complete?')
      .when(sfn.Condition.booleanEquals('$.done', false), step)
      .otherwise(new sfn.Succeed(scope, 'Shard complete', { outputPath: '$.counts' })),
  );
}
