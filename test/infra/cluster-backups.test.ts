/**
 * Reading the cluster's own backup on AWS: the synthesized state machine, run with the steps that really ask RDS (a double of
 * it), leaves no scratch database, whatever fails; and no function may delete anything else.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { beginScratch, listScratchClusters, lookAtScratch, removeScratchCluster } from '../../lib/aws/rds-scratch.ts';
import { WORKFLOW_ERRORS } from '../../lib/domain/error-kind.ts';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { deployedOperations } from '../../lib/infra/deployed-operations.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { type ScratchStep, scratchCluster } from '../../lib/operations/snapshot/scratch-cluster.ts';
import { workflowError } from '../../lib/runtime/function-handler.ts';
import { type Handler, interpret } from '../support/interpreted-machine.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { scratchRds } from '../support/scratch-rds.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { answer, type World, worldOf } from './policy-simulation.ts';
import { ACCOUNT, CLUSTER_BACKUPS, definitions, type Loose, synthesized } from './synthesized.ts';

const INPUT = { tenant: 'acme', moment: '2025-11-03T09:00:00Z' };
const NOW = new Date('2025-12-01T10:00:00Z');
const clock = { now: () => NOW };

let machine: Loose;
let world: World;
beforeAll(async () => {
  await policyEvaluator();
  const made = synthesized({ clusterBackups: CLUSTER_BACKUPS });
  machine = definitions(made.templates.get('holdfast-recovery')!).get('holdfast-read-cluster-backup');
  world = worldOf(made);
}, SETUP_TIMEOUT_MS);

function installation(kind: 'cluster' | 'instance') {
  const rds = scratchRds(async () => ({ host: 'scratch.example', port: 5432 }));
  const notices: string[] = [];
  const source = { kind, identifier: kind === 'cluster' ? 'saas' : 'single' };
  const place = { rds: rds.rds, source, owner: 'holdfast' };
  const deps = {
    ...{ clock, name: 'holdfast' },
    notifier: { notify: async ({ code }: { code: string }) => void notices.push(code) },
    scratch: {
      begin: (asked: Parameters<typeof beginScratch>[1]) => beginScratch(place, asked),
      look: (name: string) => lookAtScratch(place, name),
      remove: (name: string) => removeScratchCluster(place, name),
      list: () => listScratchClusters(place),
    },
  };
  const ask = (asked: ScratchStep) =>
    scratchCluster(deps, asked).catch(error => {
      throw workflowError(error);
    });
  const step: Handler = ({ step: name, input }) => ask({ step: name, run: 'a1', moment: input?.moment });
  let calls = 0;
  const handlers: Record<string, Handler> = {
    'Request a scratch database': step,
    'Look at the scratch database': step,
    'Read the tenant': ({ scratch }) => {
      expect(scratch).toMatchObject({ host: 'scratch.example', port: 5432 });
      return ++calls < 3 ? { done: false, progress: { part: calls } } : { done: true, backup: 'b1', rows: 7 };
    },
    'Remove the scratch database': step,
    'Remove after a failure': step,
    'Record the failure': () => ({}),
  };
  const run = (change: Record<string, Handler> = {}) => interpret(machine, INPUT, { ...handlers, ...change });
  return { ...rds, ask, notices, run, step };
}

const named =
  (name: string): Handler =>
  () => {
    throw Object.assign(new Error('{}'), { name });
  };

describe.each(['cluster', 'instance'] as const)('the state machine, with a source that is an RDS %s', kind => {
  const isCluster = kind === 'cluster';

  it('waits for RDS, reads in several calls, and ends when the scratch database is gone', async () => {
    const { run, requests, left } = installation(kind);
    const { result, failure, calls, steps } = await run();
    expect([failure, result]).toEqual([undefined, { done: true, backup: 'b1', rows: 7 }]);
    expect(left()).toEqual([]);
    expect(steps.filter(name => name === 'Look at the scratch database').length).toBeGreaterThan(1);
    const reads = calls.filter(({ step }) => step === 'Read the tenant').map(({ input }) => input.read);
    expect(reads).toEqual([{}, ...[1, 2].map(part => ({ done: false, progress: { part } }))]);
    const name = 'holdfast-scratch-a1';
    const restored = requests.find(each => each.name.startsWith('Restore'))!.input;
    expect(restored).toMatchObject({
      ...{ VpcSecurityGroupIds: ['sg-1'], DeletionProtection: false, EnableIAMDatabaseAuthentication: true },
      DBSubnetGroupName: isCluster ? 'private' : 'p',
      [isCluster ? 'DBClusterIdentifier' : 'TargetDBInstanceIdentifier']: name,
      Tags: [
        { Key: 'holdfast:scratch', Value: 'holdfast' },
        { Key: 'holdfast:scratch-expires', Value: '2025-12-01T22:00:00.000Z' },
      ],
    });
    const instance = requests.find(
      each => each.name === (isCluster ? 'CreateDBInstance' : 'RestoreDBInstanceToPointInTime'),
    )!;
    expect(instance.input).toMatchObject({
      ...{ PubliclyAccessible: false, DBInstanceClass: isCluster ? 'db.r6g.large' : 'db.t4g.large' },
    });
    const deleted = requests.filter(each => each.name.startsWith('Delete')).map(each => each.input);
    expect(deleted.every(each => (each.DBClusterIdentifier ?? each.DBInstanceIdentifier).startsWith(name))).toBe(true);
  });

  const restoring = isCluster ? 'RestoreDBClusterToPointInTime' : 'RestoreDBInstanceToPointInTime';
  const creating = isCluster ? 'CreateDBInstance' : restoring;
  it.each([
    [restoring, false],
    [restoring, true],
    [creating, false],
    [creating, true],
  ])('leaves nothing when %s fails (after it took effect: %s)', async (request, after) => {
    const { run, fail, left } = installation(kind);
    fail(request, 'StorageQuotaExceededFault', { after });
    const { failure, steps } = await run();
    expect(failure).toBeDefined();
    expect(steps.at(-1)).toBe('Record the failure');
    expect(left()).toEqual([]);
  });

  it.each([
    ...['Request a scratch database', 'Look at the scratch database', 'Read the tenant'].flatMap(step =>
      [WORKFLOW_ERRORS.refused, WORKFLOW_ERRORS.integrity, 'Lambda.Unknown', 'States.Timeout'].map(error => [
        step,
        error,
      ]),
    ),
  ])('leaves nothing when "%s" ends with %s, and tells that failure', async (step, error) => {
    const { run, left } = installation(kind);
    const { failure, steps, calls } = await run({ [step!]: named(error!) });
    expect(failure).toBeDefined();
    expect(steps).toContain('Remove after a failure');
    expect(calls.at(-1)).toMatchObject({
      step: 'Record the failure',
      input: { workflow: 'read-cluster-backup', error: { Error: error } },
    });
    expect(left()).toEqual([]);
  });

  it('goes on removing while RDS is busy or throttles, and tells people where it refuses; the sweep removes it then', async () => {
    const { run, fail, left, ask, notices } = installation(kind);
    const deleting = isCluster ? 'DeleteDBCluster' : 'DeleteDBInstance';
    fail(deleting, 'ThrottlingException', { times: 2 });
    expect((await run()).failure).toBeUndefined();
    expect(left()).toEqual([]);
    for (const change of [{}, { 'Read the tenant': named(WORKFLOW_ERRORS.integrity) }]) {
      const again = installation(kind);
      again.fail(deleting, 'AccessDenied', { times: 1000 });
      const { steps, failure } = await again.run(change);
      expect([steps.at(-1), failure === undefined]).toEqual(['Record the failure', false]);
      expect(again.left()).not.toEqual([]);
    }
    expect([await ask({ step: 'sweep' }), notices]).toEqual([{ done: true, left: 0 }, []]);
  });
});

describe('the rights', () => {
  const rds = (resource: string) => `arn:aws:rds:eu-central-1:${ACCOUNT}:${resource}`;
  const TAG = { 'aws:ResourceTag/holdfast:scratch': 'holdfast' };
  const ASKED = { 'aws:RequestTag/holdfast:scratch': 'holdfast' };
  const NAMED = { cluster: rds('cluster:holdfast-scratch-a1'), db: rds('db:holdfast-scratch-a1-1') };
  const SOURCE = { cluster: rds('cluster:saas-production'), db: rds('db:saas-production-1') };
  const asks = (name: string, action: string, resource: string, context: Record<string, string> = {}) =>
    answer(world, world.functions.get(name)!.own, { action: `rds:${action}`, resource, context });

  it('to delete reach scratch databases with the name and the tag, and never the source', async () => {
    for (const [action, kind] of [
      ['DeleteDBCluster', 'cluster'],
      ['DeleteDBInstance', 'db'],
    ] as const) {
      expect(await asks('scratch-cluster', action, NAMED[kind], TAG)).toBe('Allowed');
      for (const [resource, context] of [
        [NAMED[kind], {}],
        [NAMED[kind], { 'aws:ResourceTag/holdfast:scratch': 'other' }],
        [SOURCE[kind], {}],
        [SOURCE[kind], TAG],
      ] as const)
        expect(await asks('scratch-cluster', action, resource, context)).toBe('ImplicitlyDenied');
    }
    for (const action of ['ModifyDBCluster', 'ModifyDBInstance', 'RebootDBInstance', 'StopDBCluster'])
      expect(await asks('scratch-cluster', action, action.includes('Cluster') ? NAMED.cluster : NAMED.db, TAG)).toBe(
        'ImplicitlyDenied',
      );
  });

  it('to create and tag ask for the tag and the name', async () => {
    expect(await asks('scratch-cluster', 'RestoreDBClusterToPointInTime', SOURCE.cluster, ASKED)).toBe('Allowed');
    for (const [action, mine, theirs] of [
      ['RestoreDBClusterToPointInTime', NAMED.cluster, rds('cluster:other')],
      ['CreateDBInstance', NAMED.db, SOURCE.db],
      ['AddTagsToResource', NAMED.cluster, SOURCE.cluster],
      ['AddTagsToResource', NAMED.db, SOURCE.db],
    ] as const) {
      expect(await asks('scratch-cluster', action, mine, ASKED)).toBe('Allowed');
      expect(await asks('scratch-cluster', action, mine)).toBe('ImplicitlyDenied');
      expect(await asks('scratch-cluster', action, theirs, ASKED)).toBe('ImplicitlyDenied');
    }
  });

  it('belong to one function, which reads no rows', async () => {
    for (const name of world.functions.keys()) {
      if (name === 'scratch-cluster') continue;
      expect(`${name} ${await asks(name, 'DeleteDBCluster', NAMED.cluster, TAG)}`).toMatch(/ImplicitlyDenied$/);
    }
    const objects = `arn:aws:s3:::holdfast-vault-${ACCOUNT}-eu-central-1/tenants/a/packs/1`;
    const reads = { action: 's3:GetObject', resource: objects, context: {} };
    expect(await answer(world, world.functions.get('scratch-cluster')!.own, reads)).toBe('ImplicitlyDenied');
  });
});

describe('the deployment', () => {
  const parse = (clusterBackups: object | undefined) =>
    parseDeployment({ ...example, ...(clusterBackups && { clusterBackups }) } as never, 'test');

  it('creates no database unless it says so, and names the database by its ARN', () => {
    expect(deployedOperations(parse(undefined), '.').clusterBackups).toBeUndefined();
    const { templates } = synthesized();
    expect([...definitions(templates.get('holdfast-recovery')!).keys()]).not.toContain('holdfast-read-cluster-backup');
    expect(deployedOperations(parse(CLUSTER_BACKUPS), '.').clusterBackups).toEqual({
      ...{ kind: 'cluster', identifier: 'saas-production' },
    });
    expect(() => parse({ databaseArn: 'saas-production' })).toThrow(HoldfastError);
  });
});
