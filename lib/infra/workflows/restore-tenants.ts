/**
 * restore-tenants: many tenants by one request. Each is previewed or restored by an execution of restore-tenant of its own,
 * which has a name that is used once and is waited for, people included; none stops the others.
 *
 *     plan the group ─▶ for each tenant (distributed) ─▶ begin ─▶ done before? ─no─▶ restore the tenant ─▶ record the outcome
 *                    ─▶ summarize: the run fails if one of its tenants failed          └── fails ──▶ record it, too
 *       └── fails ──▶ record the failure ─▶ fail
 *
 * The outcomes are in the catalog, not in the state: a run that ends early is continued from there by the next one.
 */
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { functionStep, retryStarting } from './function-step.ts';
import { failWithError, recordFailureStep } from './record-failure-step.ts';

export interface RestoreTenantsProps {
  readonly planGroup: IFunction;
  readonly beginMember: IFunction;
  readonly noteMember: IFunction;
  readonly summarizeGroup: IFunction;
  readonly recordFailure: IFunction;
  readonly restoreTenant: sfn.IStateMachine;
}

const RUN = { 'group.$': '$.group', 'run.$': '$.run', 'previewOnly.$': '$.previewOnly' };

export function restoreTenantsDefinition(scope: Construct, props: RestoreTenantsProps): sfn.IChainable {
  const record = recordFailureStep(scope, {
    ...{ recordFailure: props.recordFailure, workflow: 'restore-tenants', id: 'Record the failed run' },
  });
  record.next(
    failWithError(scope, 'Not complete', 'The outcome of each tenant is in the catalog; start the group again'),
  );
  const plan = functionStep(scope, 'Plan the group', props.planGroup, {
    comment: 'Makes the group, or goes on with it; lists the tenants that are to be previewed or restored',
    // The context object says which execution this is: no input can.
    payload: { 'input.$': '$', 'execution.$': '$$.Execution.Id', 'startedAt.$': '$$.Execution.StartTime' },
  });
  const tenants = new sfn.DistributedMap(scope, 'For each tenant', {
    comment: 'Some at a time; all at once where each waits for people. A tenant that failed stops no other',
    itemsPath: '$.members',
    itemSelector: { 'tenant.$': '$$.Map.Item.Value', ...RUN },
    maxConcurrencyPath: '$.atOnce',
    toleratedFailurePercentage: 100,
    resultPath: sfn.JsonPath.DISCARD,
    mapExecutionType: sfn.StateMachineType.STANDARD,
  });
  tenants.itemProcessor(oneTenant(scope, props));
  const summarize = functionStep(scope, 'Summarize the group', props.summarizeGroup, {
    comment: 'Fails if a tenant failed, so that the alarm fires',
    payload: RUN,
  });
  for (const step of [plan, tenants, summarize]) step.addCatch(record, { resultPath: '$.error' });
  return plan.next(tenants).next(summarize).next(new sfn.Succeed(scope, 'Group complete'));
}

function oneTenant(scope: Construct, props: RestoreTenantsProps): sfn.IChainable {
  const member = { ...RUN, 'tenant.$': '$.tenant' };
  const failed = functionStep(scope, "Record the tenant's failure", props.noteMember, {
    comment: 'Refused, expired or failed: the next run goes on with it',
    payload: { ...member, 'error.$': '$.error' },
  });
  const begin = functionStep(scope, "Begin the tenant's restore", props.beginMember, {
    comment: 'Names the execution, and stamps its request for the person who asked',
    payload: member,
    resultPath: '$.begun',
  });
  const restore = new StepFunctionsStartExecution(scope, 'Restore the tenant', {
    comment: 'Its preview or its restore, with its own approval',
    integrationPattern: sfn.IntegrationPattern.RUN_JOB,
    stateMachine: props.restoreTenant,
    name: sfn.JsonPath.stringAt('$.begun.name'),
    input: sfn.TaskInput.fromJsonPathAt('$.begun.input'),
    resultSelector: { 'output.$': '$.Output' },
    resultPath: '$.ended',
  });
  retryStarting(restore);
  const done = functionStep(scope, "Record the tenant's outcome", props.noteMember, {
    comment: 'From the kept preview, or from the signed record',
    payload: { ...member, 'output.$': '$.ended.output' },
  });
  for (const step of [begin, restore, done]) step.addCatch(failed, { resultPath: '$.error' });
  const wanted = new sfn.Choice(scope, 'To be started?')
    .when(sfn.Condition.booleanEquals('$.begun.start', true), restore.next(done))
    .otherwise(new sfn.Pass(scope, 'Done before', { comment: 'The group restored it in an earlier run' }));
  return begin.next(wanted);
}
