/**
 * verify-audit: verifies the audit trail, chain after chain, call after call. Invariant: it ends well only when every chain
 * was read; what an execution is started with cannot make it begin later than at the first.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface VerifyAuditProps {
  readonly verifyAudit: IFunction;
  readonly finishFleet: IFunction;
  readonly recordFailure: IFunction;
}

const WORKFLOW = 'verify-audit';

export function verifyAuditDefinition(scope: Construct, props: VerifyAuditProps): sfn.IChainable {
  const { recordFailure, verifyAudit } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: WORKFLOW }).next(
    failWithError(scope, 'Not verified', 'What it would have found is not known: redrive the execution'),
  );
  const begin = functionStep(scope, 'Verify the audit trail', verifyAudit, {
    comment: 'Anchors, then chains in order; stops when its time budget is used up',
    payload: {},
  });
  const goOn = functionStep(scope, 'Continue verifying', verifyAudit, {
    comment: 'Continues after the last chain that was verified',
    payload: { 'progress.$': '$' },
  });
  const finish = functionStep(scope, 'Record the end of the run', props.finishFleet, {
    comment: 'An earlier failure is mended',
    payload: {
      workflow: WORKFLOW,
      request: { reason: 'schedule', whole: true, 'startedAt.$': '$$.Execution.StartTime' },
    },
    resultPath: sfn.JsonPath.DISCARD,
  });
  for (const step of [begin, goOn, finish]) step.addCatch(failed, { resultPath: '$.error' });
  const done = new sfn.Choice(scope, 'Every chain verified?')
    .when(sfn.Condition.booleanEquals('$.done', false), goOn)
    .otherwise(finish.next(new sfn.Succeed(scope, 'Verified', { comment: 'What it found is an alarm' })));
  goOn.next(done);
  return begin.next(done);
}
