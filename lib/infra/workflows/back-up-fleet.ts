/**
 * back-up-fleet: takes a snapshot of every tenant, or of the named ones. Per tenant:
 *
 *     plan snapshot ─▶ for each part: read part ⟲ until done ─▶ commit
 */
import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { functionStep } from './function-step.ts';
import { type OverFleetProps, overFleet } from './over-fleet.ts';

export interface BackUpFleetProps extends Omit<OverFleetProps, 'workflow' | 'perTenant'> {
  readonly planSnapshot: IFunction;
  readonly readPart: IFunction;
  readonly commitSnapshot: IFunction;
  readonly concurrentParts: number;
}

export function backUpFleetDefinition(scope: Construct, props: BackUpFleetProps): sfn.IChainable {
  return overFleet(scope, {
    ...props,
    workflow: 'back-up-fleet',
    perTenant: failed => {
      const plan = functionStep(scope, 'Plan the snapshot', props.planSnapshot, {
        comment: 'Decides which chunks to read and which to reuse, and splits the work into parts',
        payload: { 'tenant.$': '$.tenant', 'request.$': '$.request' },
        resultPath: '$.plan',
      });
      const parts = new sfn.Map(scope, 'For each part', {
        itemsPath: '$.plan.parts',
        maxConcurrency: props.concurrentParts,
        resultPath: sfn.JsonPath.DISCARD,
      });
      parts.itemProcessor(readUntilDone(scope, props.readPart));
      const commit = functionStep(scope, 'Commit the snapshot', props.commitSnapshot, {
        comment: 'Writes the manifest, then the catalog entry; from then on the backup exists',
        payload: { 'tenant.$': '$.plan.tenant', 'backup.$': '$.plan.backup' },
      });
      for (const step of [plan, parts, commit]) step.addCatch(failed, { resultPath: '$.error' });
      return plan.next(parts).next(commit);
    },
  });
}

function readUntilDone(scope: Construct, readPart: IFunction): sfn.IChainable {
  const read = functionStep(scope, 'Read the part', readPart, {
    comment: 'Resumes from the last checkpoint and stops when its time budget is used up',
    payload: { 'tenant.$': '$.tenant', 'backup.$': '$.backup', 'part.$': '$.part' },
  });
  const pause = new sfn.Wait(scope, 'Pause between parts', { time: sfn.WaitTime.duration(Duration.seconds(1)) });
  return read.next(
    new sfn.Choice(scope, 'Part complete?')
      .when(sfn.Condition.booleanEquals('$.done', true), new sfn.Succeed(scope, 'Part complete'))
      .otherwise(pause.next(read)),
  );
}
