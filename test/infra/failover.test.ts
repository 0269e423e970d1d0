/** A deployment with a fail-over: what each region has for it, who may do what, and what a deployment without one keeps. */
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { FailoverSettings } from '../../lib/domain/failover-settings.ts';
import { slotAlarms } from '../../lib/infra/constructs/slot-alarms.ts';
import { deployedOperations } from '../../lib/infra/deployed-operations.ts';
import { type DeploymentInput, parseDeployment } from '../../lib/infra/deployment.ts';
import { diskOf } from '../../lib/infra/source-place.ts';
import { alarmsOfStandby } from '../../lib/planner/option-cost.ts';
import { interpret } from '../support/interpreted-machine.ts';
import {
  ACCOUNT,
  definitions,
  FAILOVER_DEPLOYMENT,
  type Loose,
  plainText,
  STANDBY_DEPLOYMENT,
  statements,
  synthesized,
} from './synthesized.ts';

const templates = () => synthesized(FAILOVER_DEPLOYMENT).templates;
const list = (value: Loose): Loose[] => (Array.isArray(value) ? value : [value]);
const parse = (change: Partial<DeploymentInput>) =>
  parseDeployment({ ...example, account: ACCOUNT, ...change }, 'test');

/** Also of policies that did not fit into a role's own, which CDK moves into managed ones. */
function allowed(stack: string) {
  const template = templates().get(`holdfast-${stack}`)!;
  const beside = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).flatMap(policy =>
    policy.Properties.PolicyDocument.Statement.map((statement: Loose) => ({
      role: (policy.Properties.Roles ?? []).map(plainText).join(),
      statement,
    })),
  );
  return [...statements(template), ...beside]
    .filter(({ role, statement }) => role !== '' && statement.Effect === 'Allow')
    .map(({ role, statement }) => ({
      role: role.replace(/[0-9A-F]{8}>$/, '').replace('<Functions', ''),
      actions: list(statement.Action) as string[],
      resources: list(statement.Resource).map(plainText),
    }));
}

const rolesThat = (stack: string, action: string, resource = '') =>
  [
    ...new Set(
      allowed(stack)
        .filter(each => each.actions.includes(action) && each.resources.some(one => one.includes(resource)))
        .map(each => each.role),
    ),
  ].sort();

describe('a deployment with a fail-over', () => {
  it('says in every region the same of the places, the database and what leads the application', () => {
    const { failover } = deployedOperations(parse(FAILOVER_DEPLOYMENT), '.');
    expect(FailoverSettings.parse(failover)).toMatchObject({
      home: 'eu-central-1',
      places: [
        { region: 'eu-central-1', witness: false, bucket: `holdfast-vault-${ACCOUNT}-eu-central-1` },
        { region: 'eu-west-1', witness: false },
        { region: 'eu-north-1', witness: true },
      ],
      database: { clusters: { 'eu-west-1': `arn:aws:rds:eu-west-1:${ACCOUNT}:cluster:saas-standby` } },
      traffic: { values: { 'eu-central-1': 'primary.example.com', 'eu-west-1': 'secondary.example.com' } },
    });
  });

  it('needs a standby, pooled keys, an account, and one account for everything', () => {
    const { failover } = FAILOVER_DEPLOYMENT;
    expect(() => parse({ failover, keys: { mode: 'pooled' } })).toThrow(/source.standby/);
    expect(() => parse({ ...STANDBY_DEPLOYMENT, failover })).toThrow(/pooled keys/);
    expect(() => parseDeployment({ ...example, ...FAILOVER_DEPLOYMENT }, 'test')).toThrow(/account/);
    const vault = { account: '444455556666' };
    expect(() => parse({ ...FAILOVER_DEPLOYMENT, vault })).toThrow(/vault account/);
  });

  it.each([
    ['recovery', 'eu-central-1', 'eu-west-1'],
    ['recovery-standby', 'eu-west-1', 'eu-central-1'],
  ])('lets one function of %s promote, and only what the deployment names', (stack, here, there) => {
    for (const action of ['rds:FailoverGlobalCluster', 'rds:SwitchoverGlobalCluster'])
      expect(rolesThat(stack, action)).toEqual(['failoverRole']);
    expect(rolesThat(stack, 'route53:ChangeResourceRecordSets')).toEqual(['failoverRole']);
    const promoting = allowed(stack).filter(({ actions }) => actions.includes('rds:FailoverGlobalCluster'));
    expect(promoting.flatMap(({ resources }) => resources)).toEqual([
      'arn:<AWS::Partition>:rds::<AWS::AccountId>:global-cluster:saas-world',
      `arn:aws:rds:eu-central-1:${ACCOUNT}:cluster:saas-production`,
      `arn:aws:rds:eu-west-1:${ACCOUNT}:cluster:saas-standby`,
    ]);
    const leaving = `arn:<AWS::Partition>:lambda:${there}:<AWS::AccountId>:function:holdfast-leave-region`;
    expect(rolesThat(stack, 'lambda:InvokeFunction', leaving)).toEqual(['failoverRole', 'proberegionRole']);
    const start = `arn:<AWS::Partition>:states:${here}:${ACCOUNT}:stateMachine:holdfast-fail-over`;
    expect(rolesThat(stack, 'states:StartExecution', start)).toEqual(['approveRole', 'requestfailoverRole']);
  });

  it('lets only the fail-over, the probe that notes a suspicion, and the shipper write the state of the regions', () => {
    const keeps = (stack: string) => rolesThat(stack, 's3:PutObject', '/places/eu-north-1/region-states/');
    const keeping = ['failoverRole', 'proberegionRole', 'requestfailoverRole'];
    expect(keeps('recovery')).toEqual(keeping);
    expect(keeps('recovery-standby')).toEqual(keeping);
    expect(keeps('protection')).toEqual(['shiplogRole']);
    expect(keeps('protection-standby')).toEqual(['shiplogRole']);
  });

  it('gives the secondary region an audit trail of its own, which replication cannot mix with the primary’s', () => {
    const stores = (stack: string, prefix: string) => rolesThat(stack, 's3:PutObject', `/${prefix}`);
    expect(stores('recovery-standby', 'audit/')).toEqual(stores('recovery-standby', 'places/eu-west-1/audit/'));
    const events = allowed('recovery-standby').flatMap(({ resources }) => resources);
    expect(events.filter(resource => /eu-west-1\/audit\//.test(resource) && !/places/.test(resource))).toEqual([]);
    expect(stores('recovery', 'audit/')).not.toEqual([]);
  });

  it('has protection in the secondary region, on the same schedules, and nothing there that expires', () => {
    const template = templates().get('holdfast-protection-standby')!;
    expect([...definitions(template).keys()].sort()).toEqual([
      'holdfast-back-up-fleet',
      'holdfast-fold-incrementals',
      'holdfast-verify-fleet',
    ]);
    const names = Object.values(template.findResources('AWS::Scheduler::Schedule')).map(each => each.Properties.Name);
    expect(names.sort()).toEqual(['holdfast-fold', 'holdfast-full', 'holdfast-ship', 'holdfast-verify']);
    expect(rolesThat('protection-standby', 's3:DeleteObjectVersion')).toEqual([]);
  });

  it('looks at the other region every minute, in both', () => {
    for (const stack of ['recovery', 'recovery-standby'])
      templates()
        .get(`holdfast-${stack}`)!
        .hasResourceProperties('AWS::Scheduler::Schedule', {
          ...{ Name: 'holdfast-probe-region', ScheduleExpression: 'rate(1 minute)' },
        });
  });

  it('has as many alarms in the secondary as the bill counts', () => {
    const made = templates().get('holdfast-observability-standby')!.findResources('AWS::CloudWatch::Alarm');
    expect(Object.keys(made)).toHaveLength(alarmsOfStandby(parse(FAILOVER_DEPLOYMENT)));
  });

  it('alarms in both regions when a fail-over stops', () => {
    for (const stack of ['observability', 'observability-standby'])
      templates()
        .get(`holdfast-${stack}`)!
        .hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: 'holdfast-fail-over-failed' });
  });

  it('alarms in both regions while the other looks lost, or nobody looks', () => {
    for (const stack of ['observability', 'observability-standby'])
      templates()
        .get(`holdfast-${stack}`)!
        .hasResourceProperties('AWS::CloudWatch::Alarm', {
          ...{ AlarmName: 'holdfast-region-suspected', MetricName: 'RegionSuspected', Threshold: 0 },
          ...{ TreatMissingData: 'breaching', EvaluationPeriods: 1 },
        });
  });

  it('watches the slot in the secondary region, against its limit and against the disk of the instance there', () => {
    const named = templates().get('holdfast-observability-standby')!;
    named.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: 'holdfast-slot-retained-wal' });
    expect(JSON.stringify(named.toJSON())).not.toContain('slot-fills-disk');
    const database = { kind: 'replica' as const, primaryInstance: 'app-db', secondaryInstance: 'app-copy' };
    const source = { ...example.source, ...FAILOVER_DEPLOYMENT.source, instance: 'app-db' };
    const deployment = parse({ ...FAILOVER_DEPLOYMENT, source, failover: { database } });
    expect(diskOf(deployment, 'primary')).toBe('app-db');
    expect(diskOf(deployment, 'secondary')).toBe('app-copy');
    expect(slotAlarms(deployment, 'secondary').map(({ name }) => name)).toContain('slot-fills-disk');
    // A cluster has no disk that could fill.
    const cluster = parse({ ...FAILOVER_DEPLOYMENT, source });
    expect(diskOf(cluster, 'secondary')).toBeUndefined();
  });

  it('leaves the decision to a person, and says why', () => {
    const failover = { ...FAILOVER_DEPLOYMENT.failover!, automatic: true as never };
    expect(() => parse({ ...FAILOVER_DEPLOYMENT, failover })).toThrow(/not possible on AWS: every place would ask/);
  });
});

it('a deployment without a fail-over has none of it', () => {
  const { templates: without } = synthesized(STANDBY_DEPLOYMENT);
  expect(deployedOperations(parse(STANDBY_DEPLOYMENT), '.')).not.toHaveProperty('failover');
  expect([...without.keys()]).not.toContain('holdfast-protection-standby');
  for (const template of without.values())
    expect(JSON.stringify(template.toJSON())).not.toMatch(/fail-?over|leave-region|places\//i);
});

describe('the state machine fail-over', () => {
  const machine = () => definitions(templates().get('holdfast-recovery-standby')!).get('holdfast-fail-over');
  const input = { tenant: 'system', request: '0mfs8t2xk-4k2j9x1q', action: 'fail-over' };

  it('calls again until the fail-over is done, and waits in between', async () => {
    let calls = 0;
    const { failure, steps } = await interpret(machine(), input, { 'Fail over': () => ({ done: ++calls === 3 }) });
    expect(failure).toBeUndefined();
    expect(steps).toEqual(['Fail over', 'Fail over', 'Fail over']);
    expect(Object.values<Loose>(machine().States).filter(state => state.Type === 'Wait')).toHaveLength(1);
  });

  it('records a step that failed, and fails', async () => {
    const { failure, calls } = await interpret(machine(), input, {
      'Fail over': () => {
        throw Object.assign(new Error('{}'), { name: 'HoldfastRefused' });
      },
      'Record the failure': () => ({ failed: true }),
    });
    expect(failure).toBeDefined();
    expect(calls.at(-1)).toMatchObject({ step: 'Record the failure', input: { workflow: 'fail-over' } });
  });
});
