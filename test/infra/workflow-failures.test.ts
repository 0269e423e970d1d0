/**
 * What the state machines do when something fails: their synthesized definitions, run by an independent interpreter
 * (aws-local-stepfunctions), with functions that answer or throw as each test specifies. The interpreter runs a
 * distributed map like an inline one, so its tolerance is asserted on the definition (state-machines.test.ts); the task
 * that waits for a token is answered at once here, and really waits in test/e2e.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_ERRORS } from '../../lib/domain/error-kind.ts';
import { type Handler, type Interpreted, interpret } from '../support/interpreted-machine.ts';
import { DRILLS, definitions, type Loose, synthesized } from './synthesized.ts';

const machines = new Map<string, Loose>();
beforeAll(() => {
  const { templates } = synthesized({ drills: DRILLS });
  for (const stack of ['holdfast-protection', 'holdfast-recovery']) {
    for (const [name, definition] of definitions(templates.get(stack)!))
      machines.set(name.replace('holdfast-', ''), definition);
  }
  const long = definitions(synthesized({ longRestores: {} }).templates.get('holdfast-recovery')!);
  machines.set('restore-tenant with a container', long.get('holdfast-restore-tenant'));
});

const execute = (name: string, input: unknown, handlers: Record<string, Handler>) =>
  interpret(machines.get(name), input, handlers);

/** An error as a function throws it. */
function named(name: string, message = 'from the test'): Error {
  return Object.assign(new Error(JSON.stringify({ code: 'test', message, hint: 'h', details: {} })), { name });
}
function failing(name: string): Handler {
  return () => {
    throw named(name);
  };
}
/** Throws `times` times, then answers. */
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
      'Record the end of the run': () => ({}),
      'Record the failed run': () => ({ failed: true }),
      ...change,
    };
  }

  it('plans, reads every part and commits, tenant after tenant, and records the end', async () => {
    const { failure, steps, calls } = await execute('back-up-fleet', { reason: 'schedule' }, fleet());
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Commit the snapshot')).toHaveLength(3);
    expect(steps.filter(step => step === 'Read the part')).toHaveLength(6);
    expect(steps.at(-1)).toBe('Record the end of the run');
    expect(calls.find(call => call.step === 'Plan the snapshot')!.input).toEqual({ tenant: 'a', request });
    expect(calls[0]!.input).toEqual({ input: { reason: 'schedule' }, workflow: 'back-up-fleet' });
  });

  it.each(['gap', 'migration'])('starts verifying the same tenants after a %s', async reason => {
    const input = { reason, refs: ['a'] };
    const because = { ...request, reason };
    const { calls, failure } = await execute(
      'back-up-fleet',
      input,
      fleet({
        'Plan the fleet': () => ({ request: because, tenants: 1, shards: [{ from: 'a', to: 'a' }] }),
        'Start verifying the same tenants': () => ({}),
      }),
    );
    expect(failure).toBeUndefined();
    expect(calls.at(-1)).toMatchObject({ step: 'Start verifying the same tenants', input: { Input: input } });
  });

  it('continues a part from its checkpoint until it is complete', async () => {
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
    "records a tenant's failure in %s and continues with the others",
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
      // The shard fails after all of its tenants were processed; the distributed map decides how many shards may fail.
      expect(calls.find(call => call.step === 'Summarize the shard')!.input.results).toHaveLength(3);
      expect(failure).toBeDefined();
    },
  );

  it('retries transient errors and uses the result', async () => {
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
    'never retries %s',
    async error => {
      const { steps, failure, calls } = await execute('back-up-fleet', {}, fleet({ 'Plan the fleet': failing(error) }));
      expect(steps).toEqual(['Plan the fleet', 'Record the failed run']);
      expect(calls.at(-1)!.input).toMatchObject({ workflow: 'back-up-fleet', error: { Error: error } });
      expect(failure).toBeDefined();
    },
  );

  it('gives up on a transient error that persists, and records it', async () => {
    const { steps } = await execute(
      'back-up-fleet',
      {},
      fleet({ 'Plan the fleet': failing(WORKFLOW_ERRORS.tryAgain) }),
    );
    expect(steps).toEqual([...Array(7).fill('Plan the fleet'), 'Record the failed run']);
  });

  it('waits after a deployment until AWS knows new roles and aliases, and records a refusal that stays', async () => {
    const planned = { request, tenants: 0, shards: [] };
    const settled = fleet({ 'Plan the fleet': recovering(4, WORKFLOW_ERRORS.settling, planned) });
    const { failure, steps } = await execute('back-up-fleet', {}, settled);
    expect([failure, steps.filter(step => step === 'Plan the fleet').length]).toEqual([undefined, 5]);
    const denied = await execute('back-up-fleet', {}, fleet({ 'Plan the fleet': failing(WORKFLOW_ERRORS.settling) }));
    expect(denied.steps).toEqual([...Array(11).fill('Plan the fleet'), 'Record the failed run']);
  });
});

describe.each([
  ['fold-incrementals', "Fold the tenant's log"],
  ['verify-fleet', 'Restore into scratch tables and compare'],
  ['expire-backups', "Expire the tenant's backups"],
])('%s', (name, step) => {
  it("records a tenant's failure and continues with the others", async () => {
    const { calls } = await execute(
      name,
      {},
      {
        'Plan the fleet': () => ({ request: { whole: true }, tenants: 3, shards: [{ from: 'a', to: 'c' }] }),
        'List the shard': ({ request }) => ({ request, tenants: ['a', 'b', 'c'] }),
        [step]: ({ tenant }) => {
          if (tenant === 'a') throw named(WORKFLOW_ERRORS.integrity);
          return { tenant, done: true };
        },
        "Record the tenant's failure": ({ tenant }) => ({ failed: true, tenant }),
        'Summarize the shard': () => ({}),
        'Expire the log': () => ({}),
        'Record the end of the run': () => ({}),
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

describe('expire-backups, after all tenants', () => {
  const fleet = {
    'Plan the fleet': () => ({ request: { planOnly: false }, tenants: 1, shards: [{ from: 'a', to: 'a' }] }),
    'List the shard': ({ request }: { request: unknown }) => ({ request, tenants: ['a'] }),
    "Expire the tenant's backups": () => ({}),
    'Summarize the shard': () => ({}),
    'Record the end of the run': () => ({}),
    'Record the failed run': () => ({}),
  };

  it('expires the log once, and only then records the end', async () => {
    const { steps, calls, failure } = await execute('expire-backups', {}, { ...fleet, 'Expire the log': () => ({}) });
    expect(failure).toBeUndefined();
    expect(steps.slice(-2)).toEqual(['Expire the log', 'Record the end of the run']);
    expect(calls.at(-2)!.input).toEqual({ request: { planOnly: false } });
  });

  it('records that the log could not be expired, and does not record the end', async () => {
    const broken = { ...fleet, 'Expire the log': failing(WORKFLOW_ERRORS.integrity) };
    const { steps, failure } = await execute('expire-backups', {}, broken);
    expect(failure).toBeDefined();
    expect(steps.slice(-2)).toEqual(['Expire the log', 'Record the failed run']);
  });
});

describe('verify-fleet, if a tenant is too large for one call', () => {
  function fleet(change: Record<string, Handler> = {}): Record<string, Handler> {
    return {
      'Plan the fleet': () => ({ request: { whole: true }, tenants: 2, shards: [{ from: 'a', to: 'b' }] }),
      'List the shard': ({ request }) => ({ request, tenants: ['a', 'b'] }),
      'Restore into scratch tables and compare': ({ tenant }) => ({
        tenant,
        done: tenant === 'b',
        waiting: false,
        run: { calls: 1 },
      }),
      'Continue restoring and comparing': ({ tenant, run }) => ({
        ...{ tenant, done: run.calls === 3, waiting: run.calls === 2 },
        run: { calls: run.calls + 1 },
      }),
      "Record the tenant's failure": ({ tenant }) => ({ failed: true, tenant }),
      'Summarize the shard': () => ({}),
      'Record the end of the run': () => ({}),
      ...change,
    };
  }

  it('continues where the previous call ended, until it is verified', async () => {
    const { failure, calls } = await execute('verify-fleet', {}, fleet());
    expect(failure).toBeUndefined();
    const goingOn = calls.filter(call => call.step === 'Continue restoring and comparing').map(call => call.input);
    expect(goingOn).toEqual([1, 2, 3].map(n => ({ tenant: 'a', run: { calls: n } })));
    expect(calls.find(call => call.step === 'Summarize the shard')!.input.results).toEqual([
      expect.objectContaining({ tenant: 'a', done: true }),
      expect.objectContaining({ tenant: 'b', done: true }),
    ]);
  });

  it.each([WORKFLOW_ERRORS.integrity, WORKFLOW_ERRORS.refused, 'Lambda.Unknown'])(
    "records %s in a later call as the tenant's failure, and continues with the next tenant",
    async error => {
      const { calls } = await execute(
        'verify-fleet',
        {},
        fleet({ 'Continue restoring and comparing': failing(error) }),
      );
      expect(calls.find(call => call.step === "Record the tenant's failure")!.input).toMatchObject({
        ...{ tenant: 'a', workflow: 'verify-fleet', error: { Error: error } },
      });
      expect(calls.filter(call => call.step === 'Restore into scratch tables and compare')).toHaveLength(2);
    },
  );

  it('retries a transient error in the same step', async () => {
    const { failure, steps } = await execute(
      'verify-fleet',
      {},
      fleet({
        'Continue restoring and comparing': recovering(2, WORKFLOW_ERRORS.tryAgain, { tenant: 'a', done: true }),
      }),
    );
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Continue restoring and comparing')).toHaveLength(3);
  });
});

describe('rebuild-catalog', () => {
  const counts = (tenants: number) => ({ tenants, runs: 0 });
  const shardOf = (prefix: string) => ({ ...{ prefix, after: null, shown: 50 }, counts: counts(0) });
  function rebuild(change: Record<string, Handler> = {}): Record<string, Handler> {
    const logCalls = { n: 0 };
    return {
      'Plan the rebuild': () => ({ shards: ['a', 'b'].map(shardOf) }),
      'Rebuild tenants': ({ shard }) => ({
        ...{ ...shard, after: `${shard.prefix}${shard.counts.tenants}` },
        ...{ done: shard.counts.tenants === 2, counts: counts(shard.counts.tenants + 1) },
      }),
      'Rebuild the log': () => ({ done: false, cursor: 1, counts: counts(0) }),
      'Continue rebuilding the log': ({ log }) => ({
        done: ++logCalls.n === 2,
        cursor: log.cursor + 1,
        counts: counts(0),
      }),
      'Summarize the rebuild': () => ({ tenants: 6 }),
      'Record the failure': () => ({}),
      ...change,
    };
  }

  it('processes every shard until it is complete, then the log, and summarizes', async () => {
    const { failure, steps, calls, result } = await execute('rebuild-catalog', {}, rebuild());
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Rebuild tenants')).toHaveLength(6);
    expect(steps.slice(-4)).toEqual([
      'Rebuild the log',
      'Continue rebuilding the log',
      'Continue rebuilding the log',
      'Summarize the rebuild',
    ]);
    expect(calls.find(call => call.step === 'Rebuild the log')!.input).toEqual({});
    expect(calls.at(-1)!.input).toEqual({
      rebuilt: [counts(3), counts(3)],
      log: { done: true, cursor: 3, counts: counts(0) },
    });
    expect(result).toEqual({ tenants: 6 });
  });

  it.each([
    'Plan the rebuild',
    'Rebuild tenants',
    'Rebuild the log',
    'Continue rebuilding the log',
    'Summarize the rebuild',
  ])('records a failure in %s and fails', async step => {
    const { failure, calls } = await execute(
      'rebuild-catalog',
      {},
      rebuild({ [step]: failing(WORKFLOW_ERRORS.refused) }),
    );
    expect(failure).toBeDefined();
    expect(calls.at(-1)).toMatchObject({ step: 'Record the failure', input: { workflow: 'rebuild-catalog' } });
  });
});

describe('archive-fleet', () => {
  const [BEGIN, GO_ON] = ['Stage and archive the tenant', 'Continue staging and archive'];
  const fleet = (change: Record<string, Handler>): Record<string, Handler> => ({
    'Plan the fleet': () => ({
      request: { whole: true, reason: 'schedule' },
      tenants: 2,
      shards: [{ from: 'a', to: 'b', only: ['a', 'b'] }],
    }),
    'List the shard': ({ request }) => ({ request, tenants: ['a', 'b'] }),
    [BEGIN]: ({ tenant }) => ({ tenant, done: true, archive: null }),
    "Record the tenant's failure": ({ tenant }) => ({ failed: true, tenant }),
    'Summarize the shard': ({ results }) => {
      if (results.some((result: Loose) => result.failed)) throw named('HoldfastError');
      return {};
    },
    'Record the end of the run': () => ({}),
    'Record the failed run': () => ({}),
    ...change,
  });

  it('calls until a tenant is archived, with what the call before passed on', async () => {
    let left = 2;
    const slow = fleet({
      [BEGIN]: ({ tenant }) => (tenant === 'a' ? { done: false, run: { n: 0 } } : { tenant, done: true }),
      [GO_ON]: ({ tenant, run }) => (left-- > 0 ? { done: false, run: { n: run.n + 1 } } : { tenant, done: true }),
    });
    const { failure, calls } = await execute('archive-fleet', {}, slow);
    expect(failure).toBeUndefined();
    const went = calls.filter(({ step }) => step === GO_ON).map(({ input }) => [input.tenant, input.run.n]);
    expect(went).toEqual([0, 1, 2].map(n => ['a', n]));
  });

  it('records a tenant that does not fit, archives the others, and does not end well', async () => {
    const tooLarge = fleet({
      [BEGIN]: ({ tenant }) => {
        if (tenant === 'a') throw named(WORKFLOW_ERRORS.refused);
        return { tenant, done: true };
      },
    });
    const { calls, failure } = await execute('archive-fleet', {}, tooLarge);
    expect(calls.filter(({ step }) => step === BEGIN).map(({ input }) => input.tenant)).toEqual(['a', 'b']);
    expect(calls.find(({ step }) => step === "Record the tenant's failure")!.input).toMatchObject({
      ...{ tenant: 'a', workflow: 'archive-fleet' },
    });
    expect(failure).toBeDefined();
  });
});

describe('keep-holds', () => {
  const HOLDS = "Keep the tenant's holds";
  const fleet = (change: Record<string, Handler> = {}): Record<string, Handler> => ({
    'Plan the fleet': () => ({
      request: { whole: true },
      tenants: 3,
      shards: [{ from: 'a', to: 'c', only: ['a', 'b', 'c'] }],
    }),
    'List the shard': ({ request }) => ({ request, tenants: ['a', 'b', 'c'] }),
    [HOLDS]: ({ tenant }) => ({ tenant, done: true, problems: 0 }),
    "Record the tenant's failure": ({ tenant }) => ({ failed: true, tenant }),
    'Summarize the shard': ({ results }) => {
      if (results.some((result: Loose) => result.failed)) throw named('HoldfastError');
      return {};
    },
    'Record the end of the run': () => ({}),
    'Record the failed run': () => ({}),
    ...change,
  });

  it('calls until the holds of a tenant are proved, always for the same run', async () => {
    let calls = 0;
    const slow = fleet({ [HOLDS]: ({ tenant }) => ({ tenant, done: tenant !== 'b' || ++calls === 3 }) });
    const done = await execute('keep-holds', {}, slow);
    expect(done.failure).toBeUndefined();
    const kept = done.calls.filter(({ step }) => step === HOLDS).map(({ input }) => input);
    expect(kept.map(({ tenant }) => tenant)).toEqual(['a', 'b', 'b', 'b', 'c']);
    expect(new Set(kept.map(({ run }) => run)).size).toBe(1);
    expect(done.calls.find(({ step }) => step === 'Summarize the shard')!.input.results).toMatchObject([
      ...[
        { tenant: 'a', done: true },
        { tenant: 'b', done: true },
        { tenant: 'c', done: true },
      ],
    ]);
  });

  it('tells of a tenant whose holds cannot be proved, continues with the others, and does not end well', async () => {
    const broken = fleet({
      [HOLDS]: ({ tenant }) => {
        if (tenant === 'a') throw named(WORKFLOW_ERRORS.integrity);
        return { tenant, done: true };
      },
    });
    const { calls, failure } = await execute('keep-holds', {}, broken);
    expect(calls.filter(({ step }) => step === HOLDS).map(({ input }) => input.tenant)).toEqual(['a', 'b', 'c']);
    expect(calls.find(({ step }) => step === "Record the tenant's failure")!.input).toMatchObject({
      ...{ tenant: 'a', workflow: 'keep-holds', error: { Error: WORKFLOW_ERRORS.integrity } },
    });
    expect(failure).toBeDefined();
  });

  it('tries again what is transient', async () => {
    const { failure, steps } = await execute(
      'keep-holds',
      {},
      fleet({ [HOLDS]: recovering(2, WORKFLOW_ERRORS.tryAgain, { done: true }) }),
    );
    expect([failure, steps.filter(step => step === HOLDS).length]).toEqual([undefined, 5]);
  });
});

describe('verify-audit', () => {
  const steps = (change: Record<string, Handler> = {}): Record<string, Handler> => ({
    'Verify the audit trail': () => ({ done: false, after: 'a', chains: 1, problems: 0 }),
    'Continue verifying': ({ progress }) => ({
      ...progress,
      after: 'b',
      chains: progress.chains + 1,
      done: progress.chains === 3,
    }),
    'Record the end of the run': () => ({}),
    'Record the failure': () => ({}),
    ...change,
  });
  const verify = (input: unknown, change: Record<string, Handler> = {}) =>
    interpret(machines.get('verify-audit'), input, steps(change), {
      Id: 'execution-1',
      StartTime: '2026-01-31T10:00:00Z',
    });

  it('continues after the last chain until every chain was read, and only then ends well', async () => {
    const { failure, calls } = await verify({});
    expect(failure).toBeUndefined();
    expect(calls.map(({ step }) => step)).toEqual([
      'Verify the audit trail',
      ...Array(3).fill('Continue verifying'),
      'Record the end of the run',
    ]);
    expect(calls[1]!.input).toEqual({ progress: { done: false, after: 'a', chains: 1, problems: 0 } });
    expect(calls.at(-1)!.input).toMatchObject({ workflow: 'verify-audit', request: { whole: true } });
  });

  it('begins at the first chain, whatever it is started with', async () => {
    const { calls } = await verify({ progress: { after: 'z', chains: 9, problems: 0 }, done: true, after: 'z' });
    expect(calls[0]).toMatchObject({ step: 'Verify the audit trail', input: {} });
    expect(calls[0]!.input).not.toHaveProperty('progress');
  });

  it.each(['Verify the audit trail', 'Continue verifying', 'Record the end of the run'])(
    'records a failure in %s and fails',
    async step => {
      const { failure, calls } = await verify({}, { [step]: failing(WORKFLOW_ERRORS.refused) });
      expect(failure).toBeDefined();
      expect(calls.at(-1)).toMatchObject({ step: 'Record the failure', input: { workflow: 'verify-audit' } });
    },
  );
});

describe('build-report', () => {
  const input = { kind: 'monthly', from: '2026-01-01', to: '2026-02-01' };
  const build = (change: Record<string, Handler> = {}) => {
    let calls = 0;
    const made = { done: true, key: 'governance/reports/system/monthly/2026-01-01' };
    const steps: Record<string, Handler> = {
      'Build the report': () => (++calls < 3 ? { done: false } : made),
      ...{ 'Record the end of the run': () => ({}), 'Record the failure': () => ({}), ...change },
    };
    const execution = { Id: 'execution-1', StartTime: '2026-01-31T10:00:00Z' };
    return interpret(machines.get('build-report'), input, steps, execution);
  };

  it('asks for the same report until it is kept, and says where it is', async () => {
    const { failure, result, calls } = await build();
    expect([failure, result]).toMatchObject([undefined, { key: 'governance/reports/system/monthly/2026-01-01' }]);
    const asked = calls.filter(({ step }) => step === 'Build the report');
    expect(asked).toHaveLength(3);
    for (const call of asked) expect(call.input.input).toMatchObject(input);
  });

  it.each(['Build the report', 'Record the end of the run'])('records a failure in %s and fails', async step => {
    const { failure, calls } = await build({ [step]: failing(WORKFLOW_ERRORS.integrity) });
    expect(failure).toBeDefined();
    expect(calls.at(-1)).toMatchObject({ step: 'Record the failure', input: { workflow: 'build-report' } });
  });
});

describe('carry-out-request', () => {
  const STEPS = [
    ['hold', 'Place the hold'],
    ['release', 'Release the hold'],
    ['change-policy', 'Change the retention'],
    ['export', 'Export the tenant'],
  ] as const;
  const asked = (action: string) => ({ tenant: 'acme', request: '0mfs8t2xk-4k2j9x1q', action, extra: 'ignored' });
  const record = { 'Record the failure': () => ({}) };

  it.each(STEPS)(
    'carries out a request to %s by its own step, call after call, and tells it nothing else',
    async (action, step) => {
      let calls = 0;
      // Between the calls that place a hold, a destruction would be stopped.
      const between = 'Stop a destruction';
      const handlers = { ...record, [step]: () => ({ done: ++calls === 3 }), [between]: () => ({ done: true }) };
      const done = await execute('carry-out-request', asked(action), handlers);
      expect(done.failure).toBeUndefined();
      const own = done.calls.filter(call => call.step !== between);
      expect(own.map(call => call.step)).toEqual([step, step, step]);
      for (const { input } of own) expect(input).toEqual({ tenant: 'acme', request: '0mfs8t2xk-4k2j9x1q' });
    },
  );

  it.each(STEPS)('records a failed %s, and fails', async (action, step) => {
    const handlers = { ...record, [step]: failing(WORKFLOW_ERRORS.refused) };
    const { failure, calls } = await execute('carry-out-request', asked(action), handlers);
    expect(failure).toBeDefined();
    expect(calls.at(-1)).toMatchObject({
      step: 'Record the failure',
      input: { workflow: 'carry-out-request', error: { Error: WORKFLOW_ERRORS.refused } },
    });
  });

  it.each(STEPS)('tries a %s again after a transient error', async (action, step) => {
    const handlers = { ...record, [step]: recovering(2, WORKFLOW_ERRORS.tryAgain, { done: true }) };
    const { failure, steps } = await execute('carry-out-request', asked(action), handlers);
    expect([failure, steps]).toEqual([undefined, [step, step, step]]);
  });

  it.each([
    ['without a tenant', { request: 'r', action: 'hold' }],
    ['without a request', { tenant: 'acme', action: 'hold' }],
    ['without an action', { tenant: 'acme', request: 'r' }],
    ['with an unknown action', { tenant: 'acme', request: 'r', action: 'erase' }],
  ])('refuses an input %s before anything is done', async (_, input) => {
    const { failure, steps, calls } = await execute('carry-out-request', input, record);
    expect(failure).toBeDefined();
    expect(steps).toEqual(['Record the failure']);
    expect(calls[0]!.input.error).toMatchObject({ Error: WORKFLOW_ERRORS.refused });
  });
});

describe('preflight', () => {
  const LIMITS = 'Read the limits of the account';
  const report = { ok: true, findings: [], leftOut: 0 };
  const settings = () => ({ AccountLimit: { UnreservedConcurrentExecutions: 900 } });

  it('passes on what the account has left, and returns the report', async () => {
    const { failure, calls, result } = await execute(
      'preflight',
      {},
      {
        [LIMITS]: settings,
        'Examine the installation': recovering(1, WORKFLOW_ERRORS.tryAgain, report),
      },
    );
    expect(failure).toBeUndefined();
    expect(calls.at(-1)!.input).toEqual({
      input: {},
      account: { left: 900 },
      used: expect.any(Number),
      settled: false,
    });
    expect(result).toEqual(report);
  });

  it('examines again, for good, where something is still refused after the time for new roles', async () => {
    const { failure, steps, calls, result } = await execute(
      'preflight',
      {},
      {
        [LIMITS]: settings,
        'Examine the installation': failing(WORKFLOW_ERRORS.settling),
        'Examine it as it is': () => report,
      },
    );
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Examine the installation').length).toBeGreaterThan(2);
    expect(calls.at(-1)!.input).toMatchObject({ input: {}, account: { left: 900 }, settled: true });
    expect(result).toEqual(report);
  });

  it('examines the rest where the limits cannot be read', async () => {
    const { failure, calls } = await execute(
      'preflight',
      {},
      {
        [LIMITS]: failing('Lambda.AccessDeniedException'),
        'Examine the installation': () => report,
      },
    );
    expect(failure).toBeUndefined();
    expect(calls.at(-1)!.input).toMatchObject({ input: {}, account: { left: null } });
  });

  it.each([
    ['Record the failure', () => ({})],
    ['Record the failure', failing(WORKFLOW_ERRORS.refused)],
  ] as const)('ends with a report where the function fails: %s', async (step, record) => {
    const { failure, steps, result } = await execute(
      'preflight',
      {},
      {
        [LIMITS]: settings,
        'Examine the installation': failing('Sandbox.Timedout'),
        [step]: record,
      },
    );
    expect(failure).toBeUndefined();
    expect(steps).toContain(step);
    expect(result).toMatchObject({ ok: false, findings: [{ code: 'preflight-failed', severity: 'error' }] });
    expect(result.findings[0].message).toContain('Sandbox.Timedout');
  });
});

describe('begin-epoch', () => {
  const input = { confirm: '7412345678901234567/2' };

  it('passes the confirmed server on, and returns where the epoch begins', async () => {
    const begun = { begun: true, from: '1000000/28', to: '1000000/90', gapFrom: '2026-01-01T00:00:00.000000Z' };
    const { failure, calls, result } = await execute('begin-epoch', input, {
      'Begin the epoch': recovering(2, WORKFLOW_ERRORS.tryAgain, begun),
    });
    expect(failure).toBeUndefined();
    expect(calls.map(call => call.input)).toEqual(Array(3).fill({ input }));
    expect(result).toEqual(begun);
  });

  it('records a refusal and fails, without another attempt', async () => {
    const { failure, steps, calls } = await execute('begin-epoch', input, {
      'Begin the epoch': failing(WORKFLOW_ERRORS.refused),
      'Record the failure': () => ({}),
    });
    expect(failure).toBeDefined();
    expect(steps).toEqual(['Begin the epoch', 'Record the failure']);
    expect(calls.at(-1)).toMatchObject({ input: { workflow: 'begin-epoch' } });
  });
});

describe('restore-tenant', () => {
  const request = { tenant: 'acme', target: '2 hours ago', requestedBy: 'alice' };
  const checked = { planned: false, request: { ...request, mode: 'exact' }, sideBySide: false, previewOnly: false };
  const staging = { tenant: 'ref', id: 's1', plan: 'digest' };
  const preview = {
    ...{ tenant: 'ref', id: 'r1', planKey: 'k', hash: 'h', requestedBy: 'alice', approvals: 1 },
    ...{ blocked: false, tooLong: false, counts: {} },
  };
  const applied = { tenant: 'ref', done: true, restore: 'id' };
  function restore(change: Record<string, Handler> = {}): Record<string, Handler> {
    return {
      'Check the request': () => checked,
      'Plan the restore': () => ({ ...staging, done: false }),
      'Rebuild the state': ({ staging: ref }) => ({ ...ref, done: true }),
      'Compare with the live rows': () => preview,
      'Hand over the schema': () => ({ tenant: 'ref', restore: 's1', schema: 'holdfast_restored_s1' }),
      'Wait for approval': () => ({ by: ['bob'] }),
      'Apply and prove': () => applied,
      'Clean up the staging schema': () => ({ applied: false, partial: false }),
      'Record the failure': () => ({ failed: true }),
      ...change,
    };
  }
  const run = (change?: Record<string, Handler>) => execute('restore-tenant', request, restore(change));
  const STAGED = ['Check the request', 'Plan the restore', 'Rebuild the state'];
  const COMPARED = [...STAGED, 'Compare with the live rows'];
  const CLEANED = ['Clean up the staging schema', 'Record the failure'];

  it('checks, plans, stages, compares, waits for approval and applies exactly that plan', async () => {
    const { failure, steps, calls, result } = await run();
    expect(failure).toBeUndefined();
    expect(steps).toEqual([...COMPARED, 'Wait for approval', 'Apply and prove']);
    const given = (step: string) => calls.find(call => call.step === step)!.input;
    expect(given('Check the request')).toEqual({
      ...{ input: request, execution: 'execution-1', startedAt: expect.any(String) },
    });
    expect(given('Plan the restore')).toEqual({ request: checked.request });
    expect(given('Compare with the live rows')).toEqual({
      request: checked.request,
      staging: { ...staging, done: true },
    });
    expect(given('Apply and prove')).toEqual({ preview });
    expect(result).toEqual(applied);
  });

  it('continues staging, and applying in batches, until complete', async () => {
    const calls = { stage: 0, apply: 0 };
    const { failure, steps } = await run({
      'Rebuild the state': ({ staging: ref }) => ({ ...ref, done: ++calls.stage === 3 }),
      'Apply and prove': () => ({ ...applied, done: ++calls.apply === 4 }),
    });
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Rebuild the state')).toHaveLength(3);
    expect(steps.filter(step => step === 'Apply and prove')).toHaveLength(4);
    expect(steps.filter(step => step === 'Wait for approval')).toHaveLength(1);
  });

  it('passes the token of the waiting task', async () => {
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

  it('applies at once if no approval is needed', async () => {
    const { steps } = await run({ 'Compare with the live rows': () => ({ ...preview, approvals: 0 }) });
    expect(steps).toEqual([...COMPARED, 'Apply and prove']);
  });

  it('hands over the state side by side without approval', async () => {
    const { failure, steps, result } = await run({ 'Check the request': () => ({ ...checked, sideBySide: true }) });
    expect(failure).toBeUndefined();
    expect(steps).toEqual([...STAGED, 'Hand over the schema']);
    expect(result).toMatchObject({ schema: 'holdfast_restored_s1' });
  });

  it.each([{}, { blocked: true, tooLong: true }])(
    'ends after the preview if only a preview was requested',
    async change => {
      const kept = { ...preview, ...change };
      const { failure, steps, result } = await run({
        'Check the request': () => ({ ...checked, previewOnly: true }),
        'Compare with the live rows': () => kept,
      });
      expect(failure).toBeUndefined();
      expect(steps).toEqual(COMPARED);
      expect(result).toEqual(kept);
    },
  );

  it('resumes a kept plan: nothing is planned or staged again', async () => {
    const taken = { ...preview, takenUpBy: 'dave' };
    const { failure, steps, calls } = await run({
      'Check the request': () => ({ planned: true, preview: taken, previewOnly: false }),
    });
    expect(failure).toBeUndefined();
    expect(steps).toEqual(['Check the request', 'Wait for approval', 'Apply and prove']);
    expect(calls.at(-1)!.input).toEqual({ preview: taken });
  });

  it.each([
    ['conflicts', { blocked: true }, WORKFLOW_ERRORS.conflict],
    ['apply-too-long', { tooLong: true }, WORKFLOW_ERRORS.refused],
  ])('cleans up, records and fails for %s without requesting approval', async (code, change, error) => {
    const { failure, steps, calls } = await run({ 'Compare with the live rows': () => ({ ...preview, ...change }) });
    expect(steps).toEqual([...COMPARED, ...CLEANED]);
    const recorded = calls.at(-1)!.input.error;
    expect(recorded.Error).toBe(error);
    // Like a function's own error: the record contains the reason and what to do.
    expect(JSON.parse(JSON.parse(recorded.Cause).errorMessage)).toMatchObject({
      code,
      hint: expect.stringMatching(/./),
    });
    expect(failure).toBeDefined();
  });

  it('refuses a kept plan that is blocked or too long in the same way', async () => {
    const { steps } = await run({
      'Check the request': () => ({ planned: true, preview: { ...preview, tooLong: true }, previewOnly: false }),
    });
    expect(steps).toEqual(['Check the request', ...CLEANED]);
  });

  describe('with a container for long restores', () => {
    const IN_CONTAINER = 'Apply and prove in a container';
    const startedAt = '2026-01-31T10:00:00Z';
    const long = { ...preview, tooLong: true, predictedApplyMs: 3_600_000, startedAt };
    const inContainer = (change: Record<string, Handler> = {}) =>
      execute(
        'restore-tenant with a container',
        request,
        restore({ 'Compare with the live rows': () => long, [IN_CONTAINER]: () => applied, ...change }),
      );

    it('applies what is too long for a function there, after the approval, and all else in the function', async () => {
      const { failure, steps, calls, result } = await inContainer();
      expect(failure).toBeUndefined();
      expect(steps).toEqual([...COMPARED, 'Wait for approval', IN_CONTAINER]);
      expect(result).toEqual(applied);
      const [container] = calls.at(-1)!.input.Overrides.ContainerOverrides;
      expect(container.Environment).toEqual([
        { Name: 'HOLDFAST_TASK_TOKEN', Value: 'token-1' },
        { Name: 'HOLDFAST_TENANT', Value: preview.tenant },
        { Name: 'HOLDFAST_PREVIEW', Value: preview.id },
        { Name: 'HOLDFAST_PLAN', Value: preview.planKey },
        { Name: 'HOLDFAST_STARTED_AT', Value: startedAt },
      ]);
      const short = await inContainer({ 'Compare with the live rows': () => ({ ...long, tooLong: false }) });
      expect(short.steps).toEqual([...COMPARED, 'Wait for approval', 'Apply and prove']);
      const unasked = await inContainer({ 'Compare with the live rows': () => ({ ...long, approvals: 0 }) });
      expect(unasked.steps).toEqual([...COMPARED, IN_CONTAINER]);
    });

    it('refuses what the container could not finish either, before anybody is asked', async () => {
      const predictedApplyMs = 10 * 3_600_000;
      const { steps, calls } = await inContainer({
        'Compare with the live rows': () => ({ ...long, predictedApplyMs }),
      });
      expect(steps).toEqual([...COMPARED, ...CLEANED]);
      expect(calls.at(-1)!.input.error.Cause).toContain('apply-too-long');
    });

    it.each([WORKFLOW_ERRORS.conflict, 'Holdfast.TaskStopped', 'States.HeartbeatTimeout', 'States.Timeout'])(
      'never starts it twice: after %s it asks the database, cleans up, records and fails',
      async error => {
        const { failure, steps } = await inContainer({ [IN_CONTAINER]: failing(error) });
        expect(steps.slice(-3)).toEqual([IN_CONTAINER, ...CLEANED]);
        expect(failure).toBeDefined();
      },
    );

    it('succeeds if the container committed and could not say so', async () => {
      const { failure, steps } = await inContainer({
        [IN_CONTAINER]: failing('States.HeartbeatTimeout'),
        'Clean up the staging schema': () => ({ applied: true, partial: false }),
      });
      expect(failure).toBeUndefined();
      expect(steps.at(-1)).toBe('Clean up the staging schema');
    });
  });

  it.each(['Check the request', 'Plan the restore'])(
    'cleans up nothing if nothing was staged: records a refusal in %s and ends',
    async step => {
      const { steps, calls, failure } = await run({ [step]: failing(WORKFLOW_ERRORS.refused) });
      expect(steps).toEqual([...STAGED.slice(0, STAGED.indexOf(step) + 1), 'Record the failure']);
      expect(calls.at(-1)!.input.error.Error).toBe(WORKFLOW_ERRORS.refused);
      expect(failure).toBeDefined();
    },
  );

  it.each([
    ...[WORKFLOW_ERRORS.refused, WORKFLOW_ERRORS.integrity, WORKFLOW_ERRORS.conflict, 'Lambda.Unknown'].flatMap(error =>
      ['Rebuild the state', 'Compare with the live rows', 'Hand over the schema'].map(step => [step, error]),
    ),
    ...[WORKFLOW_ERRORS.refused, 'States.Timeout'].map(error => ['Wait for approval', error]),
  ])('cleans up what was staged when %s ends with %s', async (step, error) => {
    const { failure, steps, calls } = await run({
      ...(step === 'Hand over the schema' && { 'Check the request': () => ({ ...checked, sideBySide: true }) }),
      [step!]: failing(error!),
    });
    expect(steps.slice(-3)).toEqual([step, ...CLEANED]);
    const cleaned = calls.find(call => call.step === 'Clean up the staging schema')!.input;
    expect(cleaned.staging).toMatchObject(staging);
    expect(cleaned.preview).toEqual(step === 'Wait for approval' ? preview : undefined);
    expect(calls.at(-1)!.input).toMatchObject({ workflow: 'restore-tenant', error: { Error: error } });
    expect(failure).toBeDefined();
  });

  it('retries transient errors of staging in the same step', async () => {
    const { failure, steps } = await run({
      'Rebuild the state': recovering(3, WORKFLOW_ERRORS.tryAgain, { ...staging, done: true }),
    });
    expect(failure).toBeUndefined();
    expect(steps.filter(step => step === 'Rebuild the state')).toHaveLength(4);
  });

  it.each([
    ...['Apply and prove', 'Hand over the schema'].flatMap(step =>
      [WORKFLOW_ERRORS.conflict, WORKFLOW_ERRORS.integrity, WORKFLOW_ERRORS.tryAgain, 'Lambda.Unknown'].map(error => [
        step,
        error,
      ]),
    ),
  ])('never does %s twice: after %s it cleans up, records and fails', async (step, error) => {
    const { failure, steps } = await run({
      ...(step === 'Hand over the schema' && { 'Check the request': () => ({ ...checked, sideBySide: true }) }),
      [step!]: failing(error!),
    });
    expect(steps.slice(-3)).toEqual([step, ...CLEANED]);
    expect(steps.filter(each => each === step)).toHaveLength(1);
    expect(failure).toBeDefined();
  });

  it('succeeds if the rows were restored and only the answer was lost', async () => {
    const { failure, steps } = await run({
      'Apply and prove': failing('Lambda.Unknown'),
      'Clean up the staging schema': () => ({ applied: true, partial: false }),
    });
    expect(failure).toBeUndefined();
    expect(steps.at(-1)).toBe('Clean up the staging schema');
  });

  it('fails if only some batches were written', async () => {
    const { failure, steps } = await run({
      'Apply and prove': failing(WORKFLOW_ERRORS.conflict),
      'Clean up the staging schema': () => ({ applied: false, partial: true }),
    });
    expect(failure).toBeDefined();
    expect(steps.slice(-2)).toEqual(CLEANED);
  });

  it('records the failure of the restore, not that of cleaning up, when both fail', async () => {
    const { calls, failure } = await run({
      'Apply and prove': failing(WORKFLOW_ERRORS.conflict),
      'Clean up the staging schema': failing(WORKFLOW_ERRORS.refused),
    });
    expect(calls.at(-1)).toMatchObject({
      step: 'Record the failure',
      input: { error: { Error: WORKFLOW_ERRORS.conflict } },
    });
    expect(failure).toBeDefined();
  });
});

describe('restore-tenants', () => {
  const run = 'arn:aws:states:…:execution:restore-tenants:execution-1';
  const planned = { group: 'release-7', run, previewOnly: false, members: ['a', 'b', 'c'], atOnce: 2 };
  const member = (tenant: string) => ({ group: 'release-7', run, previewOnly: false, tenant });
  const summary = { group: 'release-7', tenants: 3, restored: 3 };
  function group(change: Record<string, Handler> = {}): Record<string, Handler> {
    return {
      'Plan the group': () => planned,
      "Begin the tenant's restore": ({ tenant }) => ({
        start: true,
        name: `run-${tenant}`,
        input: { plan: `of ${tenant}` },
      }),
      'Restore the tenant': ({ Input }) => ({ Status: 'SUCCEEDED', Output: { done: Input.plan } }),
      "Record the tenant's outcome": () => ({ state: 'restored' }),
      "Record the tenant's failure": () => ({ state: 'failed' }),
      'Summarize the group': () => summary,
      'Record the failed run': () => ({ failed: true }),
      ...change,
    };
  }
  const start = (change?: Record<string, Handler>) => execute('restore-tenants', { group: 'release-7' }, group(change));
  const given = (outcome: Interpreted, step: string) =>
    outcome.calls.filter(call => call.step === step).map(call => call.input);

  it('restores each tenant by an execution of its own, under its name, and notes its output', async () => {
    const outcome = await start();
    expect([outcome.failure, outcome.result]).toEqual([undefined, summary]);
    expect(given(outcome, 'Plan the group')).toEqual([
      { input: { group: 'release-7' }, execution: 'execution-1', startedAt: expect.any(String) },
    ]);
    expect(given(outcome, 'Restore the tenant')).toEqual(
      ['a', 'b', 'c'].map(tenant =>
        expect.objectContaining({ Name: `run-${tenant}`, Input: { plan: `of ${tenant}` } }),
      ),
    );
    expect(given(outcome, "Record the tenant's outcome").toSorted((x, y) => x.tenant.localeCompare(y.tenant))).toEqual(
      ['a', 'b', 'c'].map(tenant => ({ ...member(tenant), output: { done: `of ${tenant}` } })),
    );
    const states = machines.get('restore-tenants').States;
    expect(states['For each tenant']).toMatchObject({
      MaxConcurrencyPath: '$.atOnce',
      ToleratedFailurePercentage: 100,
    });
    expect(states['For each tenant'].ItemProcessor.States['Restore the tenant'].Resource).toMatch(
      /states:startExecution\.sync:2$/,
    );
  });

  it.each([
    ["Begin the tenant's restore", WORKFLOW_ERRORS.refused],
    ['Restore the tenant', 'States.TaskFailed'],
    ['Restore the tenant', 'StepFunctions.ExecutionAlreadyExistsException'],
    ["Record the tenant's outcome", WORKFLOW_ERRORS.integrity],
  ])('notes a failure in %s (%s), goes on with the others, and fails with the summary', async (step, error) => {
    const whole = group();
    const outcome = await start({
      [step]: input => {
        if (input.tenant === 'b' || input.Name === 'run-b') throw named(error);
        return whole[step]!(input);
      },
      'Summarize the group': failing('HoldfastError'),
    });
    expect(given(outcome, "Record the tenant's failure")).toEqual([
      { ...member('b'), error: expect.objectContaining({ Error: error }) },
    ]);
    for (const tenant of ['a', 'c'])
      expect(given(outcome, "Record the tenant's outcome")).toContainEqual(expect.objectContaining({ tenant }));
    expect(outcome.steps.slice(-2)).toEqual(['Summarize the group', 'Record the failed run']);
    expect(outcome.calls.at(-1)!.input).toMatchObject({
      workflow: 'restore-tenants',
      error: { Error: 'HoldfastError' },
    });
    expect(outcome.failure).toBeDefined();
    // The interpreter does not report the name with which it ends.
    expect(machines.get('restore-tenants').States['Not complete']).toMatchObject({ ErrorPath: '$.error.Error' });
  });

  it('starts nothing for a tenant that is done', async () => {
    const outcome = await start({
      "Begin the tenant's restore": ({ tenant }) => ({ start: tenant === 'c', name: 'n', input: {} }),
    });
    expect(given(outcome, 'Restore the tenant')).toHaveLength(1);
    expect(given(outcome, "Record the tenant's outcome")).toMatchObject([{ tenant: 'c' }]);
  });

  it('restores nothing where the group is refused', async () => {
    const outcome = await start({ 'Plan the group': failing(WORKFLOW_ERRORS.conflict) });
    expect(outcome.steps).toEqual(['Plan the group', 'Record the failed run']);
    expect(outcome.calls.at(-1)!.input).toMatchObject({ error: { Error: WORKFLOW_ERRORS.conflict } });
    expect(outcome.failure).toBeDefined();
  });
});

describe('carry-out-request', () => {
  const input = (action: string) => ({ tenant: 'abcdefghijklmnopqrstuvwxy2', request: 'r1', action });
  const done = () => ({ done: true });
  const handlers = { 'Record the failure': () => ({ failed: true }) };

  it('begins a destruction by its own function, and tells people where it fails', async () => {
    const begun = await execute('carry-out-request', input('destroy'), { ...handlers, 'Destroy the tenant': done });
    expect(begun.failure).toBeUndefined();
    expect(begun.calls.map(({ step, input: given }) => [step, given])).toEqual([
      ['Destroy the tenant', { tenant: input('').tenant, request: 'r1' }],
    ]);
    const refused = await execute('carry-out-request', input('destroy'), {
      ...handlers,
      'Destroy the tenant': failing(WORKFLOW_ERRORS.conflict),
    });
    expect(refused.failure).toBeDefined();
    expect(refused.steps).toContain('Record the failure');
  });

  it('has a key brought back between two calls that place a hold, and fails where it is not', async () => {
    let calls = 0;
    const place = () => ({ done: ++calls > 1 });
    const placed = await execute('carry-out-request', input('hold'), {
      ...{ ...handlers, 'Place the hold': place, 'Stop a destruction': done },
    });
    expect(placed.failure).toBeUndefined();
    expect(placed.calls.map(({ step }) => step)).toEqual(['Place the hold', 'Stop a destruction', 'Place the hold']);
    expect(placed.calls[1]!.input).toEqual({ tenant: input('').tenant });
    const stuck = await execute('carry-out-request', input('hold'), {
      ...{
        ...handlers,
        'Place the hold': () => ({ done: false }),
        'Stop a destruction': failing(WORKFLOW_ERRORS.refused),
      },
    });
    expect(stuck.failure).toBeDefined();
    expect(stuck.steps).toContain('Record the failure');
  });
});

describe('finish-destructions', () => {
  const handlers = { 'Record the failure': () => ({ failed: true }) };
  /** Answers page after page. */
  const pages =
    (...answers: object[]): Handler =>
    () =>
      answers.shift();

  it('sees every tenant, call after call, first the keys and then what is left', async () => {
    const { failure, calls } = await execute(
      'finish-destructions',
      {},
      {
        ...handlers,
        'Finish what is due': pages({ done: false, after: 'b' }, { done: true, after: 'd' }),
        'Remove what is left': pages({ done: false, after: 'c' }, { done: true, after: 'd' }),
      },
    );
    expect(failure).toBeUndefined();
    expect(calls.map(({ step, input }) => [step, input.after])).toEqual([
      ...[
        ['Finish what is due', ''],
        ['Finish what is due', 'b'],
      ],
      ...[
        ['Remove what is left', ''],
        ['Remove what is left', 'c'],
      ],
    ]);
  });

  it('looks after one tenant alone where it is named, and removes nothing', async () => {
    const tenant = 'abcdefghijklmnopqrstuvwxy2';
    const one = { ...handlers, 'Look after one tenant': () => ({ done: true, tenant }) };
    const { failure, calls } = await execute('finish-destructions', { tenant }, one);
    expect([failure, calls.map(({ input }) => input)]).toEqual([undefined, [{ tenant }]]);
  });

  it.each(['Finish what is due', 'Remove what is left', 'Look after one tenant'])(
    'tells people where "%s" fails',
    async id => {
      const over = { 'Finish what is due': pages({ done: true, after: '' }), [id]: failing(WORKFLOW_ERRORS.refused) };
      const input = id === 'Look after one tenant' ? { tenant: 't' } : {};
      const { failure, steps } = await execute('finish-destructions', input, { ...handlers, ...over });
      expect(failure).toBeDefined();
      expect(steps).toContain('Record the failure');
    },
  );
});
