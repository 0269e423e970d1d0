/**
 * restore-tenant: the preview is the restore without the apply. Any failure after staging started removes the staging
 * schema and records the failure, unless the restore did commit and only the answer was lost.
 *
 *     check ─▶ plan ─▶ stage ⟲ until done ─▶ compare ─▶ only a preview? blocked? too long? approval needed?
 *       │                         └─ side by side ─▶ hand over       └─▶ wait for people (task token) ─▶ apply ⟲ until done
 *       └─ a kept plan ──────────────────────────────────▶ blocked? …
 *     where there is a container for long restores, what is too long for a function is applied there
 *     any failure ─▶ clean up the staging schema ─▶ committed after all? ─▶ record ─▶ fail
 */
import type { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { WORKFLOW_ERRORS } from '../../domain/error-kind.ts';
import { causeOf } from '../../domain/workflow-failure.ts';
import type { RestoreTask } from '../constructs/restore-task.ts';
import { functionStep, retryTransientErrors, WHICH_STEP } from './function-step.ts';
import { longApplyStep } from './long-apply-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

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
  /** Applies what is too long for a function. @default - such a restore is refused */
  readonly task?: RestoreTask;
}

const { booleanEquals, numberGreaterThan } = sfn.Condition;
const isTrue = (path: string) => booleanEquals(path, true);

export function restoreTenantDefinition(scope: Construct, props: RestoreTenantProps): sfn.IChainable {
  const { record, clean } = failurePath(scope, props);
  const { plan, stage, compare, handOver } = stagingSteps(scope, props);
  const { approval, apply, applied, long } = applySteps(scope, props);
  const begin = long ? applyingStep(scope, long, apply) : apply;
  const check = functionStep(scope, 'Check the request', props.checkRestore, {
    comment: 'A restore request, or the stored plan of an earlier preview',
    // The context object says which execution this is: no input can.
    payload: { 'input.$': '$', 'execution.$': '$$.Execution.Id', 'startedAt.$': '$$.Execution.StartTime' },
  });
  check.addCatch(record, { resultPath: '$.error' });
  plan.addCatch(record, { resultPath: '$.error' });
  for (const step of [stage, compare, handOver, approval, apply, ...(long ? [long] : [])])
    step.addCatch(clean, { resultPath: '$.error' });

  const decide = new sfn.Choice(scope, 'Ready to apply?')
    .when(
      isTrue('$.previewOnly'),
      new sfn.Succeed(scope, 'Preview stored', {
        comment: 'Its plan can be resumed until it expires; it is then removed automatically',
        outputPath: '$.preview',
      }),
    )
    .when(isTrue('$.preview.blocked'), refused(scope, 'Blocked by conflicts', CONFLICTS).next(clean))
    .when(tooLong(props.task), refused(scope, 'Apply would take too long', props.task ? LONGER : TOO_LONG).next(clean))
    .when(numberGreaterThan('$.preview.approvals', 0), approval)
    .otherwise(begin);
  const staged = new sfn.Choice(scope, 'State complete?')
    .when(booleanEquals('$.staging.done', false), stage)
    .when(isTrue('$.sideBySide'), handOver)
    .otherwise(compare);
  check.next(new sfn.Choice(scope, 'Existing plan?').when(isTrue('$.planned'), decide).otherwise(plan));
  plan.next(stage);
  stage.next(staged);
  compare.next(decide);
  handOver.next(
    new sfn.Succeed(scope, 'Schema handed over', {
      comment: 'The result names the schema',
      outputPath: '$.handedOver',
    }),
  );
  approval.next(begin);
  apply.next(applied);
  long?.next(applied);
  return check;
}

function failurePath(scope: Construct, props: RestoreTenantProps) {
  const record = recordFailureStep(scope, {
    ...{ recordFailure: props.recordFailure, workflow: 'restore-tenant' },
    payload: { 'input.$': '$$.Execution.Input' },
  });
  record.next(
    failWithError(
      scope,
      'Not restored',
      'Nothing was written; for a restore in batches, the record says what was written',
    ),
  );
  const clean = new tasks.LambdaInvoke(scope, 'Clean up the staging schema', {
    lambdaFunction: props.cleanStaging,
    // No payload: it receives the entire state, whose fields depend on which step failed.
    comment: 'Also asks the database whether the restore committed although its answer was lost',
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
    resultPath: '$.cleaned',
  });
  retryTransientErrors(clean);
  clean.addCatch(record, { resultPath: '$.cleaning' });
  clean.next(
    new sfn.Choice(scope, 'Committed after all?')
      .when(
        isTrue('$.cleaned.applied'),
        new sfn.Succeed(scope, 'Restored, confirmed afterwards', { outputPath: '$.cleaned' }),
      )
      .otherwise(record),
  );
  return { record, clean };
}

function stagingSteps(scope: Construct, props: RestoreTenantProps) {
  const plan = functionStep(scope, 'Plan the restore', props.planRestore, {
    comment: 'Verifies the chain, lists every object to read, and creates the staging schema',
    payload: { 'request.$': '$.request' },
    resultPath: '$.staging',
  });
  const stage = functionStep(scope, 'Rebuild the state', props.stageRestore, {
    comment: 'Loads and replays into the staging schema; continues where the previous call ended',
    payload: { 'staging.$': '$.staging' },
    resultPath: '$.staging',
  });
  const compare = functionStep(scope, 'Compare with the live rows', props.previewRestore, {
    comment: 'Stores the difference for the approver; writes only to the staging schema',
    payload: { 'request.$': '$.request', 'staging.$': '$.staging' },
    resultPath: '$.preview',
    attempts: 2,
  });
  const handOver = functionStep(scope, 'Hand over the schema', props.handOverRestore, {
    comment: 'A schema beside the live tables; overwrites nothing, so no approval is needed',
    payload: { 'request.$': '$.request', 'staging.$': '$.staging' },
    resultPath: '$.handedOver',
    // Never retried automatically: the cleanup step finds out whether it was handed over.
    attempts: 0,
  });
  return { plan, stage, compare, handOver };
}

function applySteps(scope: Construct, props: RestoreTenantProps) {
  const approval = new tasks.LambdaInvoke(scope, 'Wait for approval', {
    lambdaFunction: props.requestApproval,
    comment: 'Waits for people other than the requester; no answer in time is a refusal',
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
  retryTransientErrors(approval);
  const apply = functionStep(scope, 'Apply and prove', props.applyRestore, {
    comment: 'Writes exactly the approved difference in one transaction or in batches, compares again, then records it',
    payload: { 'preview.$': '$.preview' },
    resultPath: '$.applied',
    // Never retried automatically: the cleanup step finds out whether it committed.
    attempts: 0,
  });
  const applied = new sfn.Choice(scope, 'Batches left?')
    .when(booleanEquals('$.applied.done', false), apply)
    .otherwise(new sfn.Succeed(scope, 'Restored and proved', { outputPath: '$.applied' }));
  const long = props.task && longApplyStep(scope, props.task);
  return { approval, apply, applied, ...(long && { long }) };
}

function applyingStep(scope: Construct, long: sfn.IChainable, apply: sfn.IChainable): sfn.Choice {
  return new sfn.Choice(scope, 'Too long for a function?').when(isTrue('$.preview.tooLong'), long).otherwise(apply);
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
  message: 'Conflicts block the restore; nothing was written.',
  hint: 'The preview in this execution counts them by table. Resolve them, restore fewer rows, restore only missing rows, or restore side by side.',
};
const TOO_LONG: Refusal = {
  error: WORKFLOW_ERRORS.refused,
  code: 'apply-too-long',
  message:
    'The predicted duration of the transaction exceeds the time limit of a function; nothing was written, and no approval was requested.',
  hint: 'Restore in batches ("batches": 50000; intermediate states are visible), restore fewer rows, or use the command line.',
};

const LONGER: Refusal = {
  ...TOO_LONG,
  message: TOO_LONG.message.replace(
    'time limit of a function',
    'time limit of a container (longRestores.timeoutHours)',
  ),
};

/** With a container only what would not fit into three quarters of its time; predictions are not exact. */
function tooLong(task: RestoreTask | undefined): sfn.Condition {
  if (task === undefined) return isTrue('$.preview.tooLong');
  const path = '$.preview.predictedApplyMs';
  const most = task.timeout.toMilliseconds() * 0.75;
  // Absent from previews of an earlier version.
  return sfn.Condition.and(sfn.Condition.isPresent(path), isTrue('$.preview.tooLong'), numberGreaterThan(path, most));
}

/** The same error as if a function had thrown it (runtime/function-handler.ts). */
function refused(scope: Construct, title: string, { error, ...reported }: Refusal): sfn.Pass {
  const Cause = causeOf(reported);
  return new sfn.Pass(scope, title, {
    comment: reported.message,
    result: sfn.Result.fromObject({ Error: error, Cause }),
    resultPath: '$.error',
  });
}
