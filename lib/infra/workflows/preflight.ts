/**
 * preflight: examines the installation before its schedules run, and reports findings as the doctor does:
 *
 *     read the account's limits ─▶ examine the installation (in the network of the database) ─▶ examined
 *                                    └── refused like a role that is new ──▶ examine it as it is ──┘
 *
 * It never fails: what could not be examined is a finding too. It runs after every deployment of its stack, started by the
 * event of CloudFormation that the stack is complete, so that no finding can roll a deployment back.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { WORKFLOW_ERRORS } from '../../domain/error-kind.ts';
import { functionStep } from './function-step.ts';
import { recordFailureStep } from './record-failure-step.ts';

export interface PreflightProps {
  readonly preflight: IFunction;
  readonly recordFailure: IFunction;
  /** Concurrent executions that a fleet run uses at most. */
  readonly concurrency: number;
}

export function preflightDefinition(scope: Construct, props: PreflightProps): sfn.IChainable {
  const limits = new tasks.CallAwsService(scope, 'Read the limits of the account', {
    ...{ service: 'lambda', action: 'getAccountSettings', iamAction: 'lambda:GetAccountSettings', iamResources: ['*'] },
    comment: 'Concurrent executions that are not reserved',
    resultSelector: { 'left.$': '$.AccountLimit.UnreservedConcurrentExecutions' },
    resultPath: '$.account',
  });
  const unknown = new sfn.Pass(scope, 'Limits unknown', {
    comment: 'Becomes a finding',
    result: sfn.Result.fromObject({ left: null }),
    resultPath: '$.account',
  });
  const whole = new sfn.Pass(scope, 'Take the input', {
    comment: 'Keeps the input apart from what is read',
    parameters: { 'input.$': '$' },
  });
  limits.addRetry({
    ...{ errors: ['Lambda.TooManyRequestsException'], maxAttempts: 3 },
    jitterStrategy: sfn.JitterType.FULL,
  });
  const look = (id: string, comment: string, settled: boolean) =>
    functionStep(scope, id, props.preflight, {
      ...{ comment, attempts: settled ? 0 : 2 },
      payload: { 'input.$': '$.input', 'account.$': '$.account', used: props.concurrency, settled },
    });
  const examine = look(
    'Examine the installation',
    'Waits until new roles are effective; every problem is a finding',
    false,
  );
  const settled = look('Examine it as it is', 'What is refused five minutes after a deployment is a finding', true);
  const failed = notExamined(scope, props.recordFailure);
  const examined = new sfn.Succeed(scope, 'Examined');
  limits.addCatch(unknown, { resultPath: sfn.JsonPath.DISCARD });
  examine.addCatch(settled, { errors: [WORKFLOW_ERRORS.settling], resultPath: sfn.JsonPath.DISCARD });
  for (const step of [examine, settled]) step.addCatch(failed, { resultPath: '$.error' });
  unknown.next(examine);
  settled.next(examined);
  return whole.next(limits).next(examine).next(examined);
}

/** The function itself failed: people are told, and the execution still has a report. */
function notExamined(scope: Construct, recordFailure: IFunction): sfn.IChainable & sfn.State {
  const report = new sfn.Pass(scope, 'Not examined', {
    comment: 'The report of a preflight that did not run',
    parameters: {
      ...{ ok: false, leftOut: 0 },
      findings: [
        {
          ...{ code: 'preflight-failed', severity: 'error', table: null, sql: [], safe: false },
          'message.$': "States.Format('The preflight did not run ({}): nothing was examined.', $.error.Error)",
          advice: 'Read the log of the function preflight; run doctor again when it is mended.',
        },
      ],
    },
  });
  const failed = recordFailureStep(scope, { recordFailure, workflow: 'preflight' });
  failed.addCatch(report, { resultPath: sfn.JsonPath.DISCARD });
  failed.next(report);
  return failed;
}
