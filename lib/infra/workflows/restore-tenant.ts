/**
 * restore-tenant: the preview is the restore, not applied. Whatever fails after staging removes the staging schema and
 * records the failure, unless it turns out that the rows were restored and only the answer got lost.
 *
 *     plan, stage and compare ─▶ blocked? ─▶ approval needed? ─▶ wait for a person (task token) ─▶ apply and prove
 *                                    └──── any failure ────▶ clean the staging schema ─▶ applied after all? ─▶ record ─▶ fail
 */
import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { functionStep, retryPassingTrouble, WHICH_STEP } from './function-step.ts';

export interface RestoreTenantProps {
  readonly previewRestore: IFunction;
  readonly requestApproval: IFunction;
  readonly applyRestore: IFunction;
  readonly cleanStaging: IFunction;
  readonly recordFailure: IFunction;
  readonly approvalTimeout: Duration;
}

export function restoreTenant(scope: Construct, props: RestoreTenantProps): sfn.IChainable {
  const record = functionStep(scope, 'Record the failure', props.recordFailure, {
    comment: 'Notifies and counts it, so that the alarm fires',
    payload: { 'error.$': '$.error', workflow: 'restore-tenant', ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  });
  record.next(new sfn.Fail(scope, 'Nothing was restored', { errorPath: '$.error.Error', causePath: '$.error.Cause' }));
  const clean = functionStep(scope, 'Clean the staging schema', props.cleanStaging, {
    comment: 'And find out whether the transaction committed after all',
    payload: { 'preview.$': '$.preview' },
    resultPath: '$.cleaned',
  });
  const restored = new sfn.Succeed(scope, 'Restored and proved');
  clean.addCatch(record, { resultPath: '$.cleaning' });
  clean.next(
    new sfn.Choice(scope, 'Was it applied after all?')
      .when(sfn.Condition.booleanEquals('$.cleaned.applied', true), restored)
      .otherwise(record),
  );

  const preview = functionStep(scope, 'Plan, stage and compare', props.previewRestore, {
    comment: 'The difference to the live rows, kept for the approver; writes nothing but the staging schema',
    payload: { 'request.$': '$' },
    resultPath: '$.preview',
    attempts: 2,
  });
  const approval = new tasks.LambdaInvoke(scope, 'Wait for approval', {
    lambdaFunction: props.requestApproval,
    comment: 'A person other than the requester answers the token; silence is a refusal',
    integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    taskTimeout: sfn.Timeout.duration(props.approvalTimeout),
    retryOnServiceExceptions: false,
    payload: sfn.TaskInput.fromObject({
      token: sfn.JsonPath.taskToken,
      ...WHICH_STEP,
      'preview.$': '$.preview',
    }),
    resultPath: '$.approval',
  });
  retryPassingTrouble(approval);
  const apply = functionStep(scope, 'Apply and prove', props.applyRestore, {
    comment: 'One transaction: exactly the approved difference, compared again before it commits, then recorded',
    payload: { 'preview.$': '$.preview' },
    // Never again by itself: whether it committed is found out by the cleaning step.
    attempts: 0,
  });
  preview.addCatch(record, { resultPath: '$.error' });
  approval.addCatch(clean, { resultPath: '$.error' });
  apply.addCatch(clean, { resultPath: '$.error' });
  const blocked = new sfn.Pass(scope, 'Conflicts stand in the way', {
    comment: 'The preview lists them',
    result: sfn.Result.fromObject({
      Error: 'Holdfast.Conflict',
      Cause: 'The preview lists conflicts that stand in the way.',
    }),
    resultPath: '$.error',
  }).next(clean);
  const decide = new sfn.Choice(scope, 'May it go on?')
    .when(sfn.Condition.booleanEquals('$.preview.blocked', true), blocked)
    .when(sfn.Condition.numberGreaterThan('$.preview.approvals', 0), approval.next(apply))
    .otherwise(apply);
  apply.next(restored);
  return preview.next(decide);
}
