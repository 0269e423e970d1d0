/**
 * build-report: makes one report, call after call until it is kept. Facts that were looked for stay, so that a redriven
 * execution goes on. The output has the key of the report.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface BuildReportProps {
  readonly buildReport: IFunction;
  readonly finishFleet: IFunction;
  readonly recordFailure: IFunction;
}

const WORKFLOW = 'build-report';

export function buildReportDefinition(scope: Construct, props: BuildReportProps): sfn.IChainable {
  const { buildReport, finishFleet, recordFailure } = props;
  const failed = recordFailureStep(scope, { recordFailure, workflow: WORKFLOW }).next(
    failWithError(scope, 'Not made', 'Nothing of the period is lost: redrive the execution, or start it again'),
  );
  const build = functionStep(scope, 'Build the report', buildReport, {
    comment: 'Stops when its time budget is used up, and continues after the facts that are kept',
    payload: { 'input.$': '$' },
    resultPath: '$.report',
  });
  const finish = functionStep(scope, 'Record the end of the run', finishFleet, {
    comment: 'Reports are made again: an earlier failure is mended',
    payload: {
      workflow: WORKFLOW,
      request: { reason: 'schedule', whole: true, 'startedAt.$': '$$.Execution.StartTime' },
    },
    resultPath: sfn.JsonPath.DISCARD,
  });
  for (const step of [build, finish]) step.addCatch(failed, { resultPath: '$.error' });
  return build.next(
    new sfn.Choice(scope, 'Report kept?')
      .when(
        sfn.Condition.booleanEquals('$.report.done', true),
        finish.next(new sfn.Succeed(scope, 'Made', { outputPath: '$.report' })),
      )
      .otherwise(build),
  );
}
