/** Reports: the function that makes one, and the state machine around it, which every kind's schedule starts. */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { buildReportDefinition } from '../workflows/build-report.ts';
import { grantIdempotency, grantNotify } from './access.ts';
import { grantKeepReports, grantMeasure } from './access-reports.ts';
import type { FunctionSet } from './function-set.ts';
import { HoldfastWorkflow } from './workflow.ts';

interface ReportRunsProps {
  readonly deployment: Deployment;
  readonly functions: FunctionSet;
  readonly steps: { readonly finishFleet: IFunction; readonly recordFailure: IFunction };
}

export function reportWorkflow(scope: Construct, { deployment, functions, steps }: ReportRunsProps): IStateMachine {
  const buildReport = functions.make('build-report', {
    description: 'Makes a signed report of what was measured',
    grants: [grantMeasure, grantKeepReports, grantIdempotency, grantNotify],
    // Lambda's maximum.
    timeout: Duration.minutes(15),
  });
  const machine = new HoldfastWorkflow(scope, 'BuildReport', {
    ...{ deployment, workflow: 'build-report', timeout: Duration.hours(12) },
    definition: place => buildReportDefinition(place, { buildReport, ...steps }),
  });
  return machine.stateMachine;
}
