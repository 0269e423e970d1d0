/**
 * restore-tenant: the preview is the restore, not applied. Whatever fails after staging began removes the staging schema
 * and records the failure, unless it turns out that the rows were restored and only the answer got lost.
 *
 *     check ─▶ plan ─▶ stage ⟲ until done ─▶ compare ─▶ only a preview? blocked? too long? approval needed?
 *       │                         └─ side by side ─▶ hand over       └─▶ wait for people (task token) ─▶ apply ⟲ until done
 *       └─ a kept plan ──────────────────────────────────▶ blocked? …
 *     any failure ─▶ clean the staging schema ─▶ applied after all? ─▶ record ─▶ fail
 */
import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { WORKFLOW_ERRORS } from '../../domain/error-kind.ts';
import { causeOf } from '../../domain/workflow-failure.ts';
import { functionStep, retryPassingTrouble, WHICH_STEP } from './function-step.ts';

export interface RestoreTenantProps {
  readonly checkRestore: IFunction;
  readonly planRestore: IFunction;
  readonly stageRestore: IFunction;
  readonly previewRestore: IFunction;
  readonly handOverRestore: IFunction;
  readonly requestApproval: IFunction;
  readonly applyRestore: IFunction;
  readonly cleanStaging: IFunction;
  readonly recordFailure: IFunction;
  readonly approvalTimeout: Duration;
}

const { booleanEquals, numberGreaterThan } = sfn.Condition;
const isTrue = (path: string) => booleanEquals(path, true);

export function restoreTenantDefinition(scope: Construct, props: RestoreTenantProps): sfn.IChainable {
  const { record, clean } = failurePath(scope, props);
  const { plan, stage, compare, handOver } = stagingSteps(scope, props);
  const { approval, apply, applied } = applySteps(scope, props);
  const check = functionStep(scope, 'Check the request', props.checkRestore, {
    comment: 'Takes a restore request, or the plan that an earlier preview kept',
    payload: { 'input.$': '$' },
  });
  check.addCatch(record, { resultPath: '$.error' });
  plan.addCatch(record, { resultPath: '$.error' });
  for (const step of [stage, compare, handOver, approval, apply]) step.addCatch(clean, { resultPath: '$.error' });

  const decide = new sfn.Choice(scope, 'May it be applied?')
    .when(
      isTrue('$.previewOnly'),
      new sfn.Succeed(scope, 'Previewed and kept', {
        comment: 'Its plan waits to be resumed, and is removed when it expires',
        outputPath: '$.preview',
      }),
    )
    .when(isTrue('$.preview.blocked'), refused(scope, 'Conflicts stand in the way', CONFLICTS).next(clean))
    .when(isTrue('$.preview.tooLong'), refused(scope, 'It would take too long', TOO_LONG).next(clean))
    .when(numberGreaterThan('$.preview.approvals', 0), approval)
    .otherwise(apply);
  const staged = new sfn.Choice(scope, 'Is the state complete?')
    .when(booleanEquals('$.staging.done', false), stage)
    .when(isTrue('$.sideBySide'), handOver)
    .otherwise(compare);
  check.next(new sfn.Choice(scope, 'Is there a plan already?').when(isTrue('$.planned'), decide).otherwise(plan));
  plan.next(stage);
  stage.next(staged);
  compare.next(decide);
  handOver.next(
    new sfn.Succeed(scope, 'Handed over', { comment: 'The result names the schema', outputPath: '$.handedOver' }),
  );
  approval.next(apply);
  apply.next(applied);
  return check;
}

function failurePath(scope: Construct, props: RestoreTenantProps) {
  const record = functionStep(scope, 'Record the failure', props.recordFailure, {
    comment: 'Notifies and counts it, so that the alarm fires',
    payload: { 'error.$': '$.error', workflow: 'restore-tenant', ...WHICH_STEP },
    resultPath: sfn.JsonPath.DISCARD,
  });
  record.next(
    new sfn.Fail(scope, 'It was not restored', {
      comment: 'Nothing was written; of a restore in batches the record says what was',
      errorPath: '$.error.Error',
      causePath: '$.error.Cause',
    }),
  );
  const clean = new tasks.LambdaInvoke(scope, 'Clean the staging schema', {
    lambdaFunction: props.cleanStaging,
    // Without a payload it is given the whole state: what there is of it depends on what failed.
    comment: 'Also finds out whether the restore was committed after all',
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
    resultPath: '$.cleaned',
  });
  retryPassingTrouble(clean);
  clean.addCatch(record, { resultPath: '$.cleaning' });
  clean.next(
    new sfn.Choice(scope, 'Did it take place after all?')
      .when(isTrue('$.cleaned.applied'), new sfn.Succeed(scope, 'Restored, as found out', { outputPath: '$.cleaned' }))
      .otherwise(record),
  );
  return { record, clean };
}

function stagingSteps(scope: Construct, props: RestoreTenantProps) {
  const plan = functionStep(scope, 'Plan the restore', props.planRestore, {
    comment: 'Proves the chain and every object that will be read; creates the staging schema',
    payload: { 'request.$': '$.request' },
    resultPath: '$.staging',
  });
  const stage = functionStep(scope, 'Rebuild the state', props.stageRestore, {
    comment: 'Loads and replays into the staging schema; resumes where the previous call ended',
    payload: { 'staging.$': '$.staging' },
    resultPath: '$.staging',
  });
  const compare = functionStep(scope, 'Compare with the live rows', props.previewRestore, {
    comment: 'Keeps the difference for the approver; writes nothing but the staging schema',
    payload: { 'request.$': '$.request', 'staging.$': '$.staging' },
    resultPath: '$.preview',
    attempts: 2,
  });
  const handOver = functionStep(scope, 'Hand the schema over', props.handOverRestore, {
    comment: 'Beside the live tables; overwrites nothing, so no approval is needed',
    payload: { 'request.$': '$.request', 'staging.$': '$.staging' },
    resultPath: '$.handedOver',
    // Never again by itself: whether it was handed over is found out by the cleaning step.
    attempts: 0,
  });
  return { plan, stage, compare, handOver };
}

function applySteps(scope: Construct, props: RestoreTenantProps) {
  const approval = new tasks.LambdaInvoke(scope, 'Wait for approval', {
    lambdaFunction: props.requestApproval,
    comment: 'People other than the requester answer the token; silence is a refusal',
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
    comment: 'One transaction, or the next batches: exactly the approved difference, compared again, then recorded',
    payload: { 'preview.$': '$.preview' },
    resultPath: '$.applied',
    // Never again by itself: whether it committed is found out by the cleaning step.
    attempts: 0,
  });
  const applied = new sfn.Choice(scope, 'Are batches left?')
    .when(booleanEquals('$.applied.done', false), apply)
    .otherwise(new sfn.Succeed(scope, 'Restored and proved', { outputPath: '$.applied' }));
  return { approval, apply, applied };
}

interface Refusal {
  readonly error: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const CONFLICTS: Refusal = {
  error: WORKFLOW_ERRORS.conflict,
  code: 'conflicts',
  message: 'Conflicts stand in the way; nothing was written.',
  hint: 'The preview in this execution counts them by table. Resolve them, restore fewer rows, only what is missing, or side by side.',
};
const TOO_LONG: Refusal = {
  error: WORKFLOW_ERRORS.refused,
  code: 'apply-too-long',
  message:
    'One transaction of this size does not end before a function does; nothing was written, and nobody was asked.',
  hint: 'Restore in batches ("batches": 50000, which can be seen half done), restore fewer rows, or run it with the command line.',
};

/** An error as if a function had thrown it (runtime/function-handler.ts). */
function refused(scope: Construct, title: string, { error, ...told }: Refusal): sfn.Pass {
  const Cause = causeOf(told);
  return new sfn.Pass(scope, title, {
    comment: told.message,
    result: sfn.Result.fromObject({ Error: error, Cause }),
    resultPath: '$.error',
  });
}
