/** Every state machine definition as Step Functions receives it: valid, readable, and with every failure handled. */
import aslValidator from 'asl-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_ERRORS } from '../../lib/domain/error-kind.ts';
import { DRILLS, definitions, type Loose, STANDBY_DEPLOYMENT, synthesized } from './synthesized.ts';

const NAMES = [
  'archive-fleet',
  'back-up-fleet',
  'begin-epoch',
  'build-report',
  'carry-out-request',
  'expire-backups',
  'finish-destructions',
  'fold-incrementals',
  'keep-holds',
  'preflight',
  'rebuild-catalog',
  'restore-tenant',
  'restore-tenants',
  'run-drill',
  'standby restore-tenant',
  'standby restore-tenants',
  'verify-audit',
  'verify-fleet',
];
const machines = new Map<string, Loose>();

beforeAll(() => {
  const { templates } = synthesized({ ...STANDBY_DEPLOYMENT, drills: DRILLS });
  for (const stack of ['holdfast-protection', 'holdfast-recovery']) {
    for (const [name, definition] of definitions(templates.get(stack)!))
      machines.set(name.replace('holdfast-', ''), definition);
  }
  for (const [name, definition] of definitions(templates.get('holdfast-recovery-standby')!))
    machines.set(name.replace('holdfast-', 'standby '), definition);
});

/** States of the state machine and of every map in it. */
function allStates(definition: Loose): [string, Loose][] {
  return Object.entries(definition.States as Record<string, Loose>).flatMap(([name, state]) => [
    [name, state] as [string, Loose],
    ...(state.ItemProcessor ? allStates(state.ItemProcessor) : []),
  ]);
}
/** A step that calls AWS without a function of ours has the errors of that service. */
const isServiceCall = ({ Resource }: Loose) => JSON.stringify(Resource).includes(':aws-sdk:');
const tasks = (definition: Loose) => allStates(definition).filter(([, state]) => state.Type === 'Task');

it('there are fourteen state machines, and only those that restore in the standby', () => {
  expect([...machines.keys()].sort()).toEqual(NAMES);
});

describe.each(NAMES)('%s', name => {
  const definition = () => machines.get(name);

  it('is valid Amazon States Language', () => {
    // The template contains references to functions instead of ARNs.
    const text = JSON.stringify(definition()).replaceAll(
      /<(Region)?Functions\w+\.Arn>/g,
      'arn:aws:lambda:eu-central-1:111122223333:function:f',
    );
    const { isValid, errorsText } = aslValidator(JSON.parse(text.replaceAll('<AWS::Partition>', 'aws')), {
      checkPaths: true,
      checkArn: true,
    });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('has a description and an example input', () => {
    expect(definition().Comment).toMatch(/Input, for example: \{/);
    expect(definition().TimeoutSeconds).toBeGreaterThan(0);
  });

  it('retries only transient errors, by name', () => {
    for (const [, state] of tasks(definition())) {
      for (const retry of state.Retry) {
        if (retry.ErrorEquals.includes(WORKFLOW_ERRORS.settling)) continue;
        expect(retry.ErrorEquals).not.toContain('States.ALL');
        expect(retry.ErrorEquals).not.toContain('States.TaskFailed');
        if (isServiceCall(state)) continue;
        const starts = String(state.Resource).includes('states:startExecution');
        expect(retry.ErrorEquals).toContain(starts ? 'StepFunctions.ThrottlingException' : WORKFLOW_ERRORS.tryAgain);
        expect(retry).toMatchObject({ JitterStrategy: 'FULL' });
      }
    }
  });

  it('waits five minutes for what may settle after a deployment, wherever it retries at all, and no longer', () => {
    for (const [step, { Retry, Resource }] of tasks(definition())) {
      if (isServiceCall({ Resource }) || String(Resource).includes('states:startExecution')) continue;
      const [transient, settling] = Retry;
      expect(settling.ErrorEquals, step).toEqual([WORKFLOW_ERRORS.settling]);
      const seconds = settling.MaxAttempts * settling.IntervalSeconds * settling.BackoffRate;
      expect(seconds, step).toBe(transient.MaxAttempts === 0 ? 0 : 300);
    }
  });

  it('catches every failure of its work in order to record it', () => {
    const uncaught = tasks(definition())
      .filter(([, state]) => !state.Catch)
      .map(([step]) => step);
    // A recording step cannot record its own failure: it fails the execution, which has its own alarm.
    // Steps that list, process and summarize a shard fail the shard, which the run catches.
    const shard = ['List the shard', 'Summarize the shard', 'Rebuild tenants'];
    const parts = ['Read the part'];
    expect(uncaught.filter(step => !/^Record /.test(step) && ![...shard, ...parts].includes(step))).toEqual([]);
  });
});

describe('a fleet run', () => {
  it.each(['back-up-fleet', 'fold-incrementals', 'verify-fleet'])(
    '%s limits concurrency and tolerates failures as configured',
    name => {
      const shards = machines.get(name).States['For each shard of tenants'];
      expect(shards.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
      expect(shards).toMatchObject({ MaxConcurrency: 7, ToleratedFailurePercentage: 3 });
      expect(shards.ItemProcessor.States['For each tenant'].MaxConcurrency).toBe(1);
    },
  );

  it('reads as many parts of one tenant in parallel as configured', () => {
    const parts = allStates(machines.get('back-up-fleet')).find(([step]) => step === 'For each part')![1];
    expect(parts.MaxConcurrency).toBe(2);
  });
});
