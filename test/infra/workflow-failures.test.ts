/**
 * What the state machines do when something fails: their synthesized definitions, run by an interpreter that others
 * wrote (aws-local-stepfunctions), with functions that answer or throw as told. The interpreter runs a distributed map
 * as an ordinary one, so its tolerance is asserted on the definition (state-machines.test.ts); the task that waits for
 * a token is answered at once, and really waits in test/e2e.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import { beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_ERRORS } from '../../lib/domain/function-config.ts';
import { definitions, type Loose, synthesized } from './synthesized.ts';

const machines = new Map<string, Loose>();
beforeAll(() => {
  const { templates } = synthesized();
  for (const stack of ['holdfast-protection', 'holdfast-recovery']) {
    for (const [name, definition] of definitions(templates.get(stack)!))
      machines.set(name.replace('holdfast-', ''), definition);
  }
});

type Handler = (input: Loose) => unknown;

interface Outcome {
  readonly result: Loose;
  readonly failure: { name: string; message: string } | undefined;
  /** Steps that called a function, in order, with what they were given. */
  readonly calls: readonly { step: string; input: Loose }[];
  readonly steps: readonly string[];
}

async function execute(name: string, input: unknown, handlers: Record<string, Handler>): Promise<Outcome> {
  const calls: { step: string; input: Loose }[] = [];
  const definition = machines.get(name);
  const states = statesOf(definition);
  const tasks = states.filter(([, state]) => state.Type === 'Task').map(([step]) => step);
  const local = Object.fromEntries(
    tasks.map(step => [
      step,
      async (given: Loose) => {
        calls.push({ step, input: given });
        const handler = handlers[step];
        if (!handler) throw new Error(`The test has no function for the step ${step}.`);
        return handler(given);
      },
    ]),
  );
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const running = machine.run(input as never, {
    context: {
      ...{ Execution: { Id: 'execution-1', Input: input }, Task: { Token: 'token-1' } },
      // The interpreter does not tell which state it is in.
      State: { Name: 'a step', EnteredTime: '2026-01-31T10:05:00Z' },
    } as never,
    overrides: {
      taskResourceLocalHandlers: local as never,
      waitTimeOverrides: Object.fromEntries(
        states.filter(([, state]) => state.Type === 'Wait').map(([step]) => [step, 0]),
      ),
      retryIntervalOverrides: Object.fromEntries(tasks.map(step => [step, 0])),
    },
  });
  try {
    return { result: await running.result, failure: undefined, calls, steps: calls.map(call => call.step) };
  } catch (error) {
    return { result: undefined, failure: error as Error, calls, steps: calls.map(call => call.step) };
  }
}

function statesOf(definition: Loose): [string, Loose][] {
  return Object.entries(definition.States as Record<string, Loose>).flatMap(([name, state]) => [
    [name, state] as [string, Loose],
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor) : []),
  ]);
}

/** An error as a function throws it. */
function named(name: string, message = 'as told'): Error {
  return Object.assign(new Error(JSON.stringify({ code: 'test', message, hint: 'h', details: {} })), { name });
}
function failing(name: string): Handler {
  return () => {
    throw named(name);
  };
}
/** Throws so many times, then answers. */
function recovering(times: number, name: string, answer: unknown): Handler {
  let left = times;
  return () => {
    if (left-- > 0) throw named(name);
    return answer;
  };
}

describe('back-up-fleet', () => {
  const request = { reason: 'schedule', read: 'auto', whole: true, startedAt: '2026-01-01T00:00:00Z' };
  const done = (tenant: string) => ({ tenant, backup: 'b', rows: 1 });
  function fleet(change: Record<string, Handler> = {}): Record<string, Handler> {
    return {
      'Plan the fleet': () => ({ request, tenants: 3, shards: [{ from: 'a', to: 'c' }] }),
      'List the shard': ({ request: asked }) => ({ request: asked, tenants: ['a', 'b', 'c'] }),
      'Plan the snapshot': ({ tenant }) => ({
        ...{ tenant, backup: `backup-${tenant}` },
        parts: [0, 1].map(part => ({ tenant, backup: `backup-${tenant}`, part })),
      }),
      'Read the part': ref => ({ ...ref, done: true, rows: 1, bytes: 1 }),
      'Commit the snapshot': ({ tenant }) => done(tenant),
      "Record the tenant's failure": ({ tenant }) => ({ failed: true, tenant }),
      'Summarize the shard': ({ results }) => {
        if (results.some((result: Loose) => result.failed)) throw named('HoldfastError');
        return { tenants: results.length };
      },
      'Note the end of the run': () => ({}),
      'Record the failed run': () => ({ failed: true }),
      ...change,
    };
  }

  it('plans, reads every part and commits, tenant after tenant, and notes the end', async () => {
    const { failure, steps, calls } = await execute('back-up-fleet', { reason: 'schedule' }, fleet());
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Commit the snapshot')).toHaveLength(3);
    expect(steps.filter(step => step === 'Read the part')).toHaveLength(6);
    expect(steps.at(-1)).toBe('Note the end of the run');
    expect(calls.find(call => call.step === 'Plan the snapshot')!.input).toEqual({ tenant: 'a', request });
    expect(calls[0]!.input).toEqual({ input: { reason: 'schedule' } });
  });

  it('goes on with a part from its checkpoint until it is done', async () => {
    const read = new Map<string, number>();
    const { failure } = await execute(
      'back-up-fleet',
      {},
      fleet({
        'Read the part': ref => {
          const key = `${ref.tenant}-${ref.part}`;
          read.set(key, (read.get(key) ?? 0) + 1);
          return { ...ref, done: read.get(key) === 3, rows: 1, bytes: 1 };
        },
      }),
    );
    expect(failure).toBeUndefined();
    expect([...read.values()]).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it.each(['Plan the snapshot', 'Read the part', 'Commit the snapshot'])(
    "records a tenant's failure in %s by name and lets the others go on",
    async step => {
      const healthy = fleet();
      const { failure, calls } = await execute(
        'back-up-fleet',
        {},
        fleet({
          [step]: given => {
            if (given.tenant === 'b') throw named(WORKFLOW_ERRORS.refused);
            return healthy[step]!(given);
          },
        }),
      );
      expect(
        calls
          .filter(call => call.step === 'Commit the snapshot' && call.input.tenant !== 'b')
          .map(call => call.input.tenant),
      ).toEqual(['a', 'c']);
      const recorded = calls.filter(call => call.step === "Record the tenant's failure");
      expect(recorded.map(call => call.input)).toEqual([
        {
          tenant: 'b',
          workflow: 'back-up-fleet',
          error: expect.objectContaining({ Error: WORKFLOW_ERRORS.refused }),
          ...{ execution: 'execution-1', step: 'a step', entered: '2026-01-31T10:05:00Z' },
        },
      ]);
      // The shard fails after all its tenants had their turn; how many shards may fail is the distributed map's affair.
      expect(calls.find(call => call.step === 'Summarize the shard')!.input.results).toHaveLength(3);
      expect(failure).toBeDefined();
    },
  );

  it('tries passing trouble again, and takes what came of it', async () => {
    const { failure, steps } = await execute(
      'back-up-fleet',
      {},
      fleet({
        'Plan the fleet': recovering(3, WORKFLOW_ERRORS.tryAgain, {
          request,
          tenants: 1,
          shards: [{ from: 'a', to: 'a' }],
        }),
        'List the shard': () => ({ request, tenants: ['a'] }),
        'Commit the snapshot': recovering(2, 'Lambda.TooManyRequestsException', done('a')),
      }),
    );
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Plan the fleet')).toHaveLength(4);
    expect(steps.filter(step => step === 'Commit the snapshot')).toHaveLength(3);
  });

  it.each([WORKFLOW_ERRORS.refused, WORKFLOW_ERRORS.integrity, WORKFLOW_ERRORS.conflict, 'TypeError'])(
    'never tries %s again',
    async error => {
      const { steps, failure, calls } = await execute('back-up-fleet', {}, fleet({ 'Plan the fleet': failing(error) }));
      expect(steps).toEqual(['Plan the fleet', 'Record the failed run']);
      expect(calls.at(-1)!.input).toMatchObject({ workflow: 'back-up-fleet', error: { Error: error } });
      expect(failure).toBeDefined();
    },
  );

  it('gives up passing trouble that does not pass, and records it', async () => {
    const { steps } = await execute(
      'back-up-fleet',
      {},
      fleet({ 'Plan the fleet': failing(WORKFLOW_ERRORS.tryAgain) }),
    );
    expect(steps).toEqual([...Array(7).fill('Plan the fleet'), 'Record the failed run']);
  });
});

describe.each([
  ['fold-incrementals', 'Fold the log of the tenant'],
  ['verify-fleet', 'Restore into scratch and compare'],
  ['expire-backups', 'Expire the backups of the tenant'],
])('%s', (name, step) => {
  it("records a tenant's failure and lets the others go on", async () => {
    const { calls } = await execute(
      name,
      {},
      {
        'Plan the fleet': () => ({ request: { whole: true }, tenants: 3, shards: [{ from: 'a', to: 'c' }] }),
        'List the shard': ({ request }) => ({ request, tenants: ['a', 'b', 'c'] }),
        [step]: ({ tenant }) => {
          if (tenant === 'a') throw named(WORKFLOW_ERRORS.integrity);
          return { tenant };
        },
        "Record the tenant's failure": ({ tenant }) => ({ failed: true, tenant }),
        'Summarize the shard': () => ({}),
        'Expire the log': () => ({}),
        'Note the end of the run': () => ({}),
      },
    );
    expect(calls.filter(call => call.step === step).map(call => call.input.tenant)).toEqual(['a', 'b', 'c']);
    expect(calls.find(call => call.step === "Record the tenant's failure")!.input).toMatchObject({
      tenant: 'a',
      workflow: name,
      error: { Error: WORKFLOW_ERRORS.integrity },
    });
    expect(calls.at(-1)!.input).toEqual({ workflow: name, request: { whole: true } });
  });
});

describe('expire-backups, when all tenants are done', () => {
  const fleet = {
    'Plan the fleet': () => ({ request: { planOnly: false }, tenants: 1, shards: [{ from: 'a', to: 'a' }] }),
    'List the shard': ({ request }: { request: unknown }) => ({ request, tenants: ['a'] }),
    'Expire the backups of the tenant': () => ({}),
    'Summarize the shard': () => ({}),
    'Note the end of the run': () => ({}),
    'Record the failed run': () => ({}),
  };

  it('expires the log once, and only then notes the end', async () => {
    const { steps, calls, failure } = await execute('expire-backups', {}, { ...fleet, 'Expire the log': () => ({}) });
    expect(failure).toBeUndefined();
    expect(steps.slice(-2)).toEqual(['Expire the log', 'Note the end of the run']);
    expect(calls.at(-2)!.input).toEqual({ request: { planOnly: false } });
  });

  it('records that the log could not be expired, and does not note the end', async () => {
    const broken = { ...fleet, 'Expire the log': failing(WORKFLOW_ERRORS.integrity) };
    const { steps, failure } = await execute('expire-backups', {}, broken);
    expect(failure).toBeDefined();
    expect(steps.slice(-2)).toEqual(['Expire the log', 'Record the failed run']);
  });
});

describe.each([['rebuild-catalog', 'Rebuild the catalog']])('%s', (name, step) => {
  it('gives its input to its function and ends well', async () => {
    const { failure, calls } = await execute(name, { planOnly: true }, { [step]: () => ({}) });
    expect(failure).toBeUndefined();
    expect(calls).toEqual([{ step, input: { input: { planOnly: true } } }]);
  });

  it('records its failure and fails', async () => {
    const { failure, calls } = await execute(
      name,
      {},
      {
        [step]: failing(WORKFLOW_ERRORS.refused),
        'Record the failure': () => ({}),
      },
    );
    expect(failure).toBeDefined();
    expect(calls.at(-1)).toMatchObject({
      step: 'Record the failure',
      input: { workflow: name, error: { Error: WORKFLOW_ERRORS.refused } },
    });
  });
});

describe('restore-tenant', () => {
  const request = { tenant: 'acme', target: '2 hours ago', requestedBy: 'alice' };
  const preview = {
    tenant: 'ref',
    id: 'r1',
    planKey: 'k',
    hash: 'h',
    requestedBy: 'alice',
    approvals: 1,
    blocked: false,
    counts: {},
  };
  function restore(change: Record<string, Handler> = {}): Record<string, Handler> {
    return {
      'Plan, stage and compare': () => preview,
      'Wait for approval': () => ({ by: ['bob'] }),
      'Apply and prove': () => ({ restore: 'id' }),
      'Clean the staging schema': () => ({ applied: false }),
      'Record the failure': () => ({ failed: true }),
      ...change,
    };
  }
  const run = (change?: Record<string, Handler>) => execute('restore-tenant', request, restore(change));

  it('previews, waits for approval and applies exactly that plan', async () => {
    const { failure, steps, calls } = await run();
    expect(failure).toBeUndefined();
    expect(steps).toEqual(['Plan, stage and compare', 'Wait for approval', 'Apply and prove']);
    expect(calls[0]!.input).toEqual({ request });
    expect(calls[2]!.input).toEqual({ preview });
  });

  it('hands the token of the waiting task over', async () => {
    const wait = machines.get('restore-tenant').States['Wait for approval'];
    expect(wait.Resource).toMatch(/lambda:invoke\.waitForTaskToken$/);
    expect(wait.Parameters.Payload).toEqual({
      'token.$': '$$.Task.Token',
      'execution.$': '$$.Execution.Id',
      'step.$': '$$.State.Name',
      'entered.$': '$$.State.EnteredTime',
      'preview.$': '$.preview',
    });
    expect(wait.TimeoutSeconds).toBe(24 * 3600);
  });

  it('applies at once where nobody needs to approve', async () => {
    const { steps } = await run({ 'Plan, stage and compare': () => ({ ...preview, approvals: 0 }) });
    expect(steps).toEqual(['Plan, stage and compare', 'Apply and prove']);
  });

  it('cleans the staging schema, records and fails when something stands in the way: nobody is asked', async () => {
    const { failure, steps, calls } = await run({ 'Plan, stage and compare': () => ({ ...preview, blocked: true }) });
    expect(steps).toEqual(['Plan, stage and compare', 'Clean the staging schema', 'Record the failure']);
    expect(calls.at(-1)!.input.error.Error).toBe(WORKFLOW_ERRORS.conflict);
    expect(failure).toBeDefined();
  });

  it.each([WORKFLOW_ERRORS.refused, 'States.Timeout'])('cleans up when approval ends with %s', async error => {
    const { failure, steps, calls } = await run({ 'Wait for approval': failing(error) });
    expect(steps).toEqual([
      'Plan, stage and compare',
      'Wait for approval',
      'Clean the staging schema',
      'Record the failure',
    ]);
    expect(calls.at(-1)!.input).toMatchObject({ workflow: 'restore-tenant', error: { Error: error } });
    expect(failure).toBeDefined();
  });

  it.each([WORKFLOW_ERRORS.conflict, WORKFLOW_ERRORS.integrity, WORKFLOW_ERRORS.tryAgain, 'Lambda.Unknown'])(
    'never applies twice: after %s it cleans up, records and fails',
    async error => {
      const { failure, steps } = await run({ 'Apply and prove': failing(error) });
      expect(steps.slice(2)).toEqual(['Apply and prove', 'Clean the staging schema', 'Record the failure']);
      expect(failure).toBeDefined();
    },
  );

  it('ends well when the rows were restored and only the answer got lost', async () => {
    const { failure, steps } = await run({
      'Apply and prove': failing('Lambda.Unknown'),
      'Clean the staging schema': () => ({ applied: true }),
    });
    expect(failure).toBeUndefined();
    expect(steps.at(-1)).toBe('Clean the staging schema');
  });

  it('records the failure of the restore, not that of cleaning up, when both fail', async () => {
    const { calls, failure } = await run({
      'Apply and prove': failing(WORKFLOW_ERRORS.conflict),
      'Clean the staging schema': failing(WORKFLOW_ERRORS.refused),
    });
    expect(calls.at(-1)).toMatchObject({
      step: 'Record the failure',
      input: { error: { Error: WORKFLOW_ERRORS.conflict } },
    });
    expect(failure).toBeDefined();
  });

  it('cleans nothing when nothing was staged: a refused request is recorded and ends', async () => {
    const { steps } = await run({ 'Plan, stage and compare': failing(WORKFLOW_ERRORS.refused) });
    expect(steps).toEqual(['Plan, stage and compare', 'Record the failure']);
  });
});
