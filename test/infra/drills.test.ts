/** Drills on AWS: what a deployment gets for the section `drills`, and what the state machine does whatever fails. */
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { WORKFLOW_ERRORS } from '../../lib/domain/error-kind.ts';
import { deployedOperations } from '../../lib/infra/deployed-operations.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { alarmsMade } from '../../lib/planner/fleet-cost.ts';
import { type Handler, interpret } from '../support/interpreted-machine.ts';
import {
  DRILLS,
  definitions,
  type Loose,
  plainText,
  STANDBY_DEPLOYMENT,
  stackTemplate,
  synthesized,
} from './synthesized.ts';

const operations = (drills: object, regions: object = example.regions) =>
  deployedOperations(parseDeployment({ ...example, regions, drills }, 'deployment.ts'), import.meta.dirname);

describe('a deployment', () => {
  it('without drills has no state machine, schedule or alarm of them', () => {
    const { templates } = synthesized(STANDBY_DEPLOYMENT);
    for (const template of templates.values()) {
      const text = JSON.stringify(template.toJSON());
      expect(text).not.toMatch(/run-drill|FailedDrills|holdfast-drill/);
    }
  });

  it('starts every kind when it is due, that of a lost region only where it can be tried', () => {
    const kinds = ['single-tenant', 'several-tenants', 'accident', 'whole-system'];
    expect(operations({}).drills).toEqual({ kinds, atOnce: 4 });
    expect(operations(DRILLS!).drills).toMatchObject({ kinds: [...kinds, 'region'], region: 'eu-west-1' });
    expect(operations(DRILLS!, { primary: 'eu-central-1' }).drills).not.toHaveProperty('region');
    expect(operations({ kinds: ['accident'] }).drills).toMatchObject({ kinds: ['accident'] });
    expect(JSON.stringify(operations(DRILLS!))).not.toMatch(/password|:kms:/);
  });

  it('carries the text of its own check, and refuses a file that is not there', () => {
    const { drills } = operations({ acceptanceSql: 'drills.test.ts' });
    expect(drills!.acceptanceSql).toMatch(/^\/\*\* Drills on AWS/);
    expect(() => operations({ acceptanceSql: 'nothing.sql' })).toThrowError('cannot be read');
    expect(() => operations({ kinds: ['game-day'] })).toThrowError('kinds');
    expect(() => operations({ acceptanceHook: 'http://example.com' })).toThrowError('https');
  });

  it('looks every day for what is due', () => {
    const schedules = stackTemplate('protection', { drills: {} }).findResources('AWS::Scheduler::Schedule');
    const [found] = Object.values(schedules).filter(({ Properties }) => Properties.Name === 'holdfast-drills');
    expect(found!.Properties).toMatchObject({ ScheduleExpression: 'cron(0 22 * * ? *)', State: 'ENABLED' });
    expect(plainText(found!.Properties.Target.Input)).toContain('"due":true');
  });

  it('has as many more alarms as the cost estimate says, and each keeps its state', () => {
    const made = Object.values(stackTemplate('observability', { drills: {} }).findResources('AWS::CloudWatch::Alarm'));
    const settings = { regions: example.regions, keys: { mode: 'dedicated' as const }, drills: {} };
    expect(made).toHaveLength(alarmsMade({ ...settings, tiers: { default: 'standard', tenants: {} } }));
    const alarm = (name: string) =>
      made.find(({ Properties }) => Properties.AlarmName === `holdfast-${name}`)!.Properties;
    for (const name of ['drill-failed', 'drill-slow']) expect(alarm(name).TreatMissingData).toBe('ignore');
    expect(alarm('drill-late')).toMatchObject({ TreatMissingData: 'breaching', EvaluationPeriods: 2, Threshold: 0 });
    expect(alarm('run-drill-failed').OKActions).toBeUndefined();
  });
});

describe('run-drill', () => {
  let machine: Loose;
  beforeAll(() => {
    machine = definitions(synthesized({ drills: DRILLS }).templates.get('holdfast-recovery')!).get(
      'holdfast-run-drill',
    );
  });
  const execute = (handlers: Record<string, Handler>, input: object = { due: true }) =>
    interpret(machine, input, handlers);

  const HERE = 'Drill the tenant';
  const THERE = 'Drill the tenant from the other region';
  const job = { id: 'd', kind: 'single-tenant' };
  const named = (name: string) =>
    Object.assign(new Error(JSON.stringify({ code: 'test', message: 'm', hint: 'h' })), { name });
  const failing =
    (name: string): Handler =>
    () => {
      throw named(name);
    };
  /** Two rounds of two tenants. */
  function drill(change: Record<string, Handler> = {}, phase = 'restore'): Record<string, Handler> {
    return {
      'Plan the drill': () => ({ due: true, job, state: { rounds: 0 }, results: [] }),
      'Begin the round': ({ state, results }) => ({
        ...{ job, results: [], over: state.rounds === 2, phase, atOnce: 2 },
        state: { rounds: state.rounds + 1, seen: [...(state.seen ?? []), ...results] },
        members: [{ tenant: 'a' }, { tenant: 'b', moment: 'm' }],
      }),
      [HERE]: ({ member, progress }) =>
        progress.step === 2
          ? { done: true, result: { tenant: member.tenant, ok: true } }
          : { done: false, step: (progress.step ?? 0) + 1 },
      [THERE]: ({ member }) => ({ done: true, result: { tenant: member.tenant, there: true } }),
      'End the drill': () => ({ drill: 'd', outcome: 'passed' }),
      'Record the failure': () => ({}),
      ...change,
    };
  }
  const ended = ({ calls }: { calls: readonly { step: string; input: Loose }[] }) =>
    calls.filter(({ step }) => step === 'End the drill').map(({ input }) => input);

  it('ends where nothing is due', async () => {
    const { failure, steps } = await execute({ 'Plan the drill': () => ({ due: false }) });
    expect([failure, steps]).toEqual([undefined, ['Plan the drill']]);
  });

  it('calls each tenant until it is done, round after round, and ends with what all of them came to', async () => {
    const done = await execute(drill());
    expect(done).toMatchObject({ failure: undefined, result: { drill: 'd', outcome: 'passed' } });
    expect(done.steps.filter(step => step === HERE)).toHaveLength(12);
    expect(done.calls[0]!.input).toEqual({ input: { due: true }, execution: 'execution-1' });
    const [{ state }] = ended(done);
    expect(state.seen).toEqual(['a', 'b', 'a', 'b'].map(tenant => ({ tenant, ok: true })));
  });

  it('restores from the other region with the function that has its rights alone', async () => {
    const done = await execute(drill({}, 'region'));
    expect(done.steps).toContain(THERE);
    expect(done.steps).not.toContain(HERE);
  });

  it.each([WORKFLOW_ERRORS.refused, WORKFLOW_ERRORS.integrity, 'Sandbox.Timedout', 'States.Timeout'])(
    'keeps a %s of one tenant to that tenant, and goes on',
    async error => {
      const healthy = drill();
      const broken = drill({
        [HERE]: given => (given.member.tenant === 'a' ? failing(error)(given) : healthy[HERE]!(given)),
      });
      const done = await execute(broken);
      expect(done.failure).toBeUndefined();
      expect(ended(done)[0].state.seen).toEqual([
        ...[
          { tenant: 'a', error: expect.objectContaining({ Error: error }) },
          { tenant: 'b', ok: true },
        ],
        ...[
          { tenant: 'a', error: expect.objectContaining({ Error: error }) },
          { tenant: 'b', ok: true },
        ],
      ]);
    },
  );

  it.each([1, 2, 3])('removes the scratch database and records, though round %i does not begin', async broken => {
    let calls = 0;
    const healthy = drill();
    const done = await execute(
      drill({
        'Begin the round': given => {
          if (++calls === broken) throw named(WORKFLOW_ERRORS.refused);
          return healthy['Begin the round']!(given);
        },
      }),
    );
    expect(done).toMatchObject({ failure: undefined });
    expect(ended(done)).toMatchObject([{ job, error: { Error: WORKFLOW_ERRORS.refused } }]);
    // With what the round before it came to.
    expect(ended(done)[0].results).toHaveLength(broken === 1 ? 0 : 2);
  });

  it('tries again what is transient, in every step', async () => {
    const lost = new Map<string, number>();
    const healthy = drill();
    const shaky = Object.fromEntries(
      Object.entries(healthy).map(([step, handler]) => [
        step,
        (given: Loose) => {
          lost.set(step, (lost.get(step) ?? 0) + 1);
          if (lost.get(step) === 1) throw named(WORKFLOW_ERRORS.tryAgain);
          return handler(given);
        },
      ]),
    );
    const done = await execute(shaky);
    expect(done).toMatchObject({ failure: undefined, result: { outcome: 'passed' } });
    expect(ended(done)).toHaveLength(2);
  });

  it.each(['Plan the drill', 'End the drill'])(
    'fails and tells where %s fails: there is no record then',
    async step => {
      const done = await execute(drill({ [step]: failing(WORKFLOW_ERRORS.refused) }));
      expect(done.failure).toBeDefined();
      expect(done.calls.at(-1)).toMatchObject({ step: 'Record the failure', input: { workflow: 'run-drill' } });
    },
  );
});
