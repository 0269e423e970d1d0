/** Every state machine definition as Step Functions gets it: valid, readable by a person, and honest about failures. */
import aslValidator from 'asl-validator';
import { beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_ERRORS } from '../../lib/domain/error-kind.ts';
import { definitions, type Loose, STANDBY_DEPLOYMENT, synthesized } from './synthesized.ts';

const NAMES = [
  'back-up-fleet',
  'expire-backups',
  'fold-incrementals',
  'rebuild-catalog',
  'restore-tenant',
  'standby restore-tenant',
  'verify-fleet',
];
const machines = new Map<string, Loose>();

beforeAll(() => {
  const { templates } = synthesized(STANDBY_DEPLOYMENT);
  for (const stack of ['holdfast-protection', 'holdfast-recovery']) {
    for (const [name, definition] of definitions(templates.get(stack)!))
      machines.set(name.replace('holdfast-', ''), definition);
  }
  for (const [name, definition] of definitions(templates.get('holdfast-recovery-standby')!))
    machines.set(name.replace('holdfast-', 'standby '), definition);
});

/** States of the machine and of every map in it. */
function allStates(definition: Loose): [string, Loose][] {
  return Object.entries(definition.States as Record<string, Loose>).flatMap(([name, state]) => [
    [name, state] as [string, Loose],
    ...(state.ItemProcessor ? allStates(state.ItemProcessor) : []),
  ]);
}
const tasks = (definition: Loose) => allStates(definition).filter(([, state]) => state.Type === 'Task');

it('there are the six state machines, and in the standby that of restoring alone', () => {
  expect([...machines.keys()].sort()).toEqual(NAMES);
});

describe.each(NAMES)('%s', name => {
  const definition = () => machines.get(name);

  it('is valid in the language', () => {
    // References to functions stand in the template, not their ARNs.
    const text = JSON.stringify(definition()).replaceAll(
      /<Functions\w+\.Arn>/g,
      'arn:aws:lambda:eu-central-1:111122223333:function:f',
    );
    const { isValid, errorsText } = aslValidator(JSON.parse(text.replaceAll('<AWS::Partition>', 'aws')), {
      checkPaths: true,
      checkArn: true,
    });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('says what it is for and shows an input', () => {
    expect(definition().Comment).toMatch(/Input, for example: \{/);
    expect(definition().TimeoutSeconds).toBeGreaterThan(0);
  });

  it('retries by name only: passing trouble, never everything', () => {
    for (const [, state] of tasks(definition())) {
      for (const retry of state.Retry) {
        expect(retry.ErrorEquals).not.toContain('States.ALL');
        expect(retry.ErrorEquals).not.toContain('States.TaskFailed');
        const starts = String(state.Resource).includes('states:startExecution');
        expect(retry.ErrorEquals).toContain(starts ? 'StepFunctions.ThrottlingException' : WORKFLOW_ERRORS.tryAgain);
        expect(retry).toMatchObject({ JitterStrategy: 'FULL' });
      }
    }
  });

  it('catches every failure of its work, so that it is recorded', () => {
    const uncaught = tasks(definition())
      .filter(([, state]) => !state.Catch)
      .map(([step]) => step);
    // What records cannot record its own failure: that ends the execution, which has an alarm of its own.
    // What lists, works off and sums up a shard fails the shard, which the run catches.
    const shard = ['List the shard', 'Summarize the shard', 'Rebuild tenants'];
    const parts = ['Read the part'];
    expect(uncaught.filter(step => !/^Record /.test(step) && ![...shard, ...parts].includes(step))).toEqual([]);
  });
});

describe('a fleet run', () => {
  it.each(['back-up-fleet', 'fold-incrementals', 'verify-fleet'])(
    '%s spares the database and tolerates what the deployment says',
    name => {
      const shards = machines.get(name).States['For each shard of tenants'];
      expect(shards.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
      expect(shards).toMatchObject({ MaxConcurrency: 7, ToleratedFailurePercentage: 3 });
      expect(shards.ItemProcessor.States['For each tenant'].MaxConcurrency).toBe(1);
    },
  );

  it('reads so many parts of one tenant at the same time as the deployment says', () => {
    const parts = allStates(machines.get('back-up-fleet')).find(([step]) => step === 'For each part')![1];
    expect(parts.MaxConcurrency).toBe(2);
  });
});
