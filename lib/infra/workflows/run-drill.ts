/**
 * run-drill: one drill, from what is due to its signed record:
 *
 *     plan ─▶ nothing due? end
 *       └─▶ begin a round ─▶ no tenant left? ─────────────────────────────────▶ end the drill
 *                 ▲  └─▶ for each tenant: drill it ⟲ until done, failed? keep the error ─┐   ▲
 *                 └──────────────────────────────────────────────────────────────────────┘   │
 *     any failure after the plan ───────────────────────────────────────────────────────────┘
 *
 * Invariant: whatever fails after the plan, the last step removes the scratch database and signs a record. A drill that
 * failed is a record and an alarm; the execution fails only where there is no record.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { functionStep, retryTransientErrors } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface RunDrillProps {
  readonly planDrill: IFunction;
  readonly beginRound: IFunction;
  readonly drillTenant: IFunction;
  /** With the stores of the other region alone. @default - there is no drill of a lost region */
  readonly regionDrillTenant?: IFunction | undefined;
  readonly endDrill: IFunction;
  readonly recordFailure: IFunction;
}

const { booleanEquals, stringEquals } = sfn.Condition;

export function runDrillDefinition(scope: Construct, props: RunDrillProps): sfn.IChainable {
  const { recordFailure, planDrill } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'run-drill' }).next(
    failWithError(scope, 'Not recorded', 'The drill has no record: what it left is removed a day later'),
  );
  const plan = functionStep(scope, 'Plan the drill', planDrill, {
    comment: 'One that is asked for, or the one that is due and was tried least recently',
    payload: { 'input.$': '$', 'execution.$': '$$.Execution.Id' },
  });
  plan.addCatch(failed, { resultPath: '$.error' });
  const end = endStep(scope, props);
  end.addCatch(failed, { resultPath: '$.error' });
  end.next(new sfn.Succeed(scope, 'Recorded', { comment: 'Its outcome is in the record; a failed one is an alarm' }));
  return plan.next(
    new sfn.Choice(scope, 'Is one due?')
      .when(booleanEquals('$.due', false), new sfn.Succeed(scope, 'Nothing is due'))
      .otherwise(rounds(scope, props, end)),
  );
}

function rounds(scope: Construct, props: RunDrillProps, end: sfn.IChainable): sfn.IChainable {
  const begin = functionStep(scope, 'Begin the round', props.beginRound, {
    comment: 'First makes the scratch database and chooses the tenants; then says who comes next',
    payload: { 'job.$': '$.job', 'state.$': '$.state', 'results.$': '$.results' },
  });
  const tenants = new sfn.Map(scope, 'For each tenant', {
    comment: 'As many at once as the drill asks for; a failed tenant does not stop the others',
    itemsPath: '$.members',
    itemSelector: {
      ...{ 'job.$': '$.job', 'phase.$': '$.phase', 'member.$': '$$.Map.Item.Value' },
      progress: { done: false },
    },
    maxConcurrencyPath: '$.atOnce',
    resultPath: '$.results',
  });
  tenants.itemProcessor(perTenant(scope, props));
  begin.addCatch(end, { resultPath: '$.error' });
  tenants.addCatch(end, { resultPath: '$.error' });
  tenants.next(begin);
  return begin.next(
    new sfn.Choice(scope, 'Any tenant left?').when(booleanEquals('$.over', true), end).otherwise(tenants),
  );
}

/** Ends with what the tenant came to, or with the error of its step. */
function perTenant(scope: Construct, { drillTenant, regionDrillTenant }: RunDrillProps): sfn.IChainable {
  const failed = new sfn.Pass(scope, 'Keep the error', {
    comment: 'The record names the tenant and the code',
    parameters: { 'tenant.$': '$.member.tenant', 'error.$': '$.error' },
  });
  const done = new sfn.Pass(scope, 'Tenant drilled', { outputPath: '$.progress.result' });
  const drilling = (id: string, fn: IFunction, comment: string) => {
    const step = functionStep(scope, id, fn, {
      comment,
      payload: { 'job.$': '$.job', 'phase.$': '$.phase', 'member.$': '$.member', 'progress.$': '$.progress' },
      resultPath: '$.progress',
    });
    step.addCatch(failed, { resultPath: '$.error' });
    return step.next(
      new sfn.Choice(scope, `${id}: done?`).when(booleanEquals('$.progress.done', true), done).otherwise(step),
    );
  };
  const here = drilling(
    'Drill the tenant',
    drillTenant,
    'Plans, stages, restores, proves, checks: each call one piece',
  );
  if (regionDrillTenant === undefined) return here;
  const there = drilling(
    'Drill the tenant from the other region',
    regionDrillTenant,
    'The same, with the vault, the keys and the catalog of the other region alone',
  );
  return new sfn.Choice(scope, 'From the other region?').when(stringEquals('$.phase', 'region'), there).otherwise(here);
}

function endStep(scope: Construct, { endDrill }: RunDrillProps): tasks.LambdaInvoke {
  const end = new tasks.LambdaInvoke(scope, 'End the drill', {
    lambdaFunction: endDrill,
    // No payload: it receives the entire state, whose fields depend on which step failed.
    comment: 'Removes the scratch database and signs the record',
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
  });
  retryTransientErrors(end);
  return end;
}
