/** What the policies for people allow, according to MiniStack's policy evaluator. */
import { beforeAll, describe, expect, it } from 'vitest';
import { installationParameter } from '../../lib/domain/installation.ts';
import { exportPartKey, restorePlanKey } from '../../lib/domain/object-key.ts';
import { AUDITORS, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type Asked, answer, type Principal, peopleOf, REGION, type World, worldOf } from './policy-simulation.ts';
import { ACCOUNT, DRILLS, FAILOVER_DEPLOYMENT, STANDBY_DEPLOYMENT, synthesized } from './synthesized.ts';

const A = tenantRef('an installation', tenantId('acme'));
const BUCKET = `arn:aws:s3:::holdfast-vault-${ACCOUNT}-${REGION}`;
const states = (kind: string, name: string): string => `arn:aws:states:${REGION}:${ACCOUNT}:${kind}:${name}`;
const catalog = (action: string, partition: string): Asked => ({
  ...{ action: `dynamodb:${action}`, resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/holdfast-catalog` },
  context: { 'dynamodb:LeadingKeys': [partition] },
});
const object = (action: string, key: string): Asked => ({ action: `s3:${action}`, resource: `${BUCKET}/${key}` });
const key = (action: string, owner?: string): Asked => ({
  ...{ action: `kms:${action}`, resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/mrk-0123456789abcdef` },
  ...(owner !== undefined && { context: { 'kms:EncryptionContext:holdfast:owner': owner } }),
});
const APPROVE = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:holdfast-approve`;
const REQUEST = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:holdfast-request-restore`;
const INVESTIGATE = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:holdfast-investigate`;
/** A call of a function through its URL, as IAM asks for it: twice. */
const throughUrl = (resource: string): Asked[] => [
  { action: 'lambda:InvokeFunctionUrl', resource, context: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
  { action: 'lambda:InvokeFunction', resource, context: { 'lambda:InvokedViaFunctionUrl': 'true' } },
];
const regional = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const any = (action: string): Asked => ({ action, resource: '*' });
const logs = (group: string): Asked[] =>
  ['FilterLogEvents', 'GetLogEvents'].map(action => ({
    action: `logs:${action}`,
    resource: regional('logs', `log-group:${group}:log-stream:one`),
  }));
const parameter: Asked = {
  action: 'ssm:GetParameter',
  resource: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${installationParameter('holdfast')}`,
};
const secret: Asked = {
  action: 'secretsmanager:GetSecretValue',
  resource: `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:holdfast/database-AbCdEf`,
};

let world: World;
let people: Map<string, Principal>;
beforeAll(async () => {
  await policyEvaluator();
  const all = synthesized();
  world = worldOf(all);
  people = peopleOf(all.templates.get('holdfast-recovery')!);
}, SETUP_TIMEOUT_MS);

async function expectAnswers(who: string, asked: readonly Asked[], allowed: boolean): Promise<void> {
  for (const each of asked) {
    const got = (await answer(world, people.get(who)!, each)) === 'Allowed';
    expect(`${each.action} ${each.resource} ${got}`).toBe(`${each.action} ${each.resource} ${allowed}`);
  }
}

const ROWS = [`tenants/${A}/packs/1-0000`, 'log/packs/1-0000', exportPartKey(A, '0mfs8t2xk-4k2j9x1q', 'list')].map(
  name => object('GetObject', name),
);
const PLAN = [object('GetObject', restorePlanKey(A, 'r1')), key('Decrypt', A)];

/** What no operator does in the console: change what is deployed, silence alarms, read logs of others. */
const BEYOND_THE_CONSOLE: Asked[] = [
  ...['states:UpdateStateMachine', 'states:DeleteStateMachine', 'states:CreateStateMachine'].map(any),
  ...['cloudwatch:DeleteAlarms', 'cloudwatch:DisableAlarmActions', 'cloudwatch:SetAlarmState'].map(any),
  ...['another-FunctionsLogs', 'holdfast-database', '/aws/rds/cluster/saas/postgresql'].flatMap(logs),
  ...[
    'logs:DeleteLogGroup',
    'lambda:GetFunction',
    'scheduler:UpdateSchedule',
    'dynamodb:Scan',
    'xray:GetTraceSummaries',
  ].map(any),
];

/** What the policy for state machines allows, and no other. */
const WORKFLOWS: Asked[] = [
  { action: 'states:StartExecution', resource: states('stateMachine', 'holdfast-restore-tenant') },
  { action: 'states:ListExecutions', resource: states('stateMachine', 'holdfast-back-up-fleet') },
  ...[
    ...['DescribeExecution', 'GetExecutionHistory', 'ListMapRuns', 'DescribeStateMachineForExecution'],
    ...['StopExecution', 'RedriveExecution'],
  ].map(action => ({
    action: `states:${action}`,
    resource: states('execution', 'holdfast-back-up-fleet:one'),
  })),
  { action: 'states:DescribeMapRun', resource: states('mapRun', 'holdfast-back-up-fleet/shards:one') },
];

describe('an operator', () => {
  it('starts, watches and stops state machines with a policy of their own, which reads nothing else', async () => {
    await expectAnswers('holdfast-workflows', [parameter, ...WORKFLOWS], true);
    const mayNot: Asked[] = [
      // Who restores again is a new requester.
      { action: 'states:RedriveExecution', resource: states('execution', 'holdfast-restore-tenant:one') },
      { action: 'states:StartExecution', resource: states('stateMachine', 'another') },
      { action: 'states:SendTaskSuccess', resource: '*' },
      ...[...ROWS, ...PLAN, catalog('Query', 'tenants'), ...throughUrl(REQUEST), ...throughUrl(APPROVE), secret],
      ...BEYOND_THE_CONSOLE,
    ];
    await expectAnswers('holdfast-workflows', mayNot, false);
  });

  it('requests, and reads catalog, manifests and previews', async () => {
    const may: Asked[] = [
      parameter,
      catalog('Query', 'tenants'),
      catalog('GetItem', `tenant#${A}#restores`),
      object('GetObject', `tenants/${A}/manifests/snapshot/1.json`),
      object('GetObject', 'log/manifests/1.json'),
      ...throughUrl(REQUEST),
      ...throughUrl(INVESTIGATE),
      ...PLAN,
    ];
    await expectAnswers('holdfast-operator', may, true);
  });

  it('cannot read rows, write, delete, decide or log in to the database', async () => {
    const mayNot: Asked[] = [
      ...ROWS,
      ...WORKFLOWS,
      ...['PutObject', 'DeleteObject', 'DeleteObjectVersion', 'PutObjectRetention'].map(action =>
        object(action, `tenants/${A}/manifests/snapshot/1.json`),
      ),
      ...['PutItem', 'DeleteItem', 'Scan'].map(action => catalog(action, `tenant#${A}#approvals`)),
      key('Decrypt'),
      key('GenerateDataKey', A),
      { action: 'states:DescribeExecution', resource: states('execution', 'another:one') },
      ...BEYOND_THE_CONSOLE,
      ...throughUrl(APPROVE),
      // Directly, a request could claim any caller.
      { action: 'lambda:InvokeFunction', resource: REQUEST },
      { action: 'lambda:InvokeFunction', resource: INVESTIGATE },
      catalog('PutItem', `tenant#${A}#requests`),
      secret,
      { action: 'states:SendTaskSuccess', resource: '*' },
      { action: 'states:StartExecution', resource: states('stateMachine', 'another') },
    ];
    await expectAnswers('holdfast-operator', mayNot, false);
  });
});

describe('an operator in the console', () => {
  it('lists state machines, opens child executions, sees alarms and the logs of failures, and nothing more', async () => {
    const may: Asked[] = [
      parameter,
      ...['DescribeExecution', 'GetExecutionHistory'].map(action => ({
        action: `states:${action}`,
        resource: states('execution', 'holdfast-back-up-fleet/Shards:child'),
      })),
      { action: 'states:ListExecutions', resource: states('mapRun', 'holdfast-back-up-fleet/Shards:one') },
      ...['states:ListStateMachines', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'].map(any),
      { action: 'cloudwatch:DescribeAlarmHistory', resource: regional('cloudwatch', 'alarm:holdfast-backup-failed') },
      ...['/aws/vendedlogs/states/holdfast-restore-tenant', 'holdfast-protection-FunctionsshiplogLogs1-2'].flatMap(
        logs,
      ),
    ];
    await expectAnswers('holdfast-console', may, true);
    const mayNot: Asked[] = [
      ...ROWS,
      ...PLAN,
      { action: 'states:RedriveExecution', resource: states('execution', 'holdfast-back-up-fleet:one') },
      catalog('Query', 'tenants'),
      { action: 'states:StartExecution', resource: states('stateMachine', 'holdfast-restore-tenant') },
      ...BEYOND_THE_CONSOLE,
    ];
    await expectAnswers('holdfast-console', mayNot, false);
  });
});

describe('an approver', () => {
  it('reads what waits and its preview or plan, and decides through the URL', async () => {
    const may: Asked[] = [
      parameter,
      catalog('Query', `tenant#${A}#approvals`),
      catalog('GetItem', `tenant#${A}#approvals`),
      ...[...PLAN, REQUEST_RECORD, key('Decrypt', 'auditors')],
      ...throughUrl(APPROVE),
    ];
    await expectAnswers('holdfast-approver', may, true);
  });

  it('can do nothing else: a direct invocation could claim any caller', async () => {
    const mayNot: Asked[] = [
      { action: 'lambda:InvokeFunction', resource: APPROVE },
      catalog('PutItem', `tenant#${A}#approvals`),
      ...[EVENT, HOLD_RECORD, ...WRITES],
      ...throughUrl(INVESTIGATE),
      catalog('Query', 'tenants'),
      catalog('GetItem', `tenant#${A}#backups`),
      object('GetObject', `tenants/${A}/manifests/snapshot/1.json`),
      ...ROWS,
      { action: 'states:StartExecution', resource: states('stateMachine', 'holdfast-restore-tenant') },
      secret,
    ];
    await expectAnswers('holdfast-approver', mayNot, false);
  });
});

const ACTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:holdfast-request-action`;
const HOLD_RECORD = object('GetObject', `governance/holds/${A}/records/0mb2c4f1a-3f8a2c1d/hold`);
const REQUEST_RECORD = object('GetObject', `governance/requests/${A}/0mb2c4f1a-3f8a2c1d/request`);
const EVENT = object('GetObject', `audit/${A}/000000000001`);
const WRITES = ['PutObject', 'DeleteObject', 'DeleteObjectVersion', 'PutObjectRetention', 'PutObjectLegalHold'].flatMap(
  action =>
    [`governance/holds/${A}/x`, `audit/${A}/000000000001`, `tenants/${A}/manifests/x`].map(to => object(action, to)),
);

describe('a legal officer', () => {
  it('asks through the URL, and reads requests, holds and the list of tenants', async () => {
    const may = [
      ...throughUrl(ACTION),
      HOLD_RECORD,
      REQUEST_RECORD,
      key('Decrypt', 'auditors'),
      catalog('Query', 'tenants'),
    ];
    await expectAnswers('holdfast-legal-officer', [parameter, ...may], true);
  });

  it('reads no event, backup or row, writes nothing and decides nothing', async () => {
    const mayNot: Asked[] = [
      ...[EVENT, ...ROWS, ...PLAN, ...WRITES, ...throughUrl(APPROVE), ...throughUrl(REQUEST)],
      ...[{ action: 'lambda:InvokeFunction', resource: ACTION }, catalog('GetItem', `tenant#${A}#backups`), secret],
    ];
    await expectAnswers('holdfast-legal-officer', mayNot, false);
  });
});

describe('an auditor', () => {
  it('reads everything but rows: the trail, requests, holds, certificates, manifests, records and reports', async () => {
    const may: Asked[] = [
      ...[parameter, EVENT, HOLD_RECORD, REQUEST_RECORD, key('Decrypt', 'auditors'), key('Decrypt', A)],
      object('GetObject', `governance/anchors/system/000000000001`),
      object('GetObject', `governance/destructions/${A}/000001/certificate`),
      object('GetObject', `governance/evidence/system/0123`),
      object('GetObject', `tenants/${A}/manifests/restore-record/1.json`),
      object('GetObject', `tenants/${A}/retention/1`),
      object('GetObject', 'log/manifests/1.json'),
      ...['tenants', 'audit#heads', `tenant#${A}#backups`].map(partition => catalog('Query', partition)),
    ];
    await expectAnswers('holdfast-auditor', may, true);
  });

  it('reads no pack and no segment, writes, removes and signs nothing, decides nothing, starts nothing', async () => {
    const mayNot: Asked[] = [
      ...[
        ...ROWS,
        ...WRITES,
        object('GetObject', `tenants/${A}/digest-key`),
        object('GetObject', `checkpoints/${A}/1`),
      ],
      ...['PutItem', 'UpdateItem', 'DeleteItem', 'Scan'].map(action => catalog(action, 'tenants')),
      ...[key('Sign'), key('GenerateDataKey', A), key('GenerateDataKey', 'auditors'), secret],
      ...[APPROVE, REQUEST, ACTION, INVESTIGATE].flatMap(throughUrl),
      { action: 'states:StartExecution', resource: states('stateMachine', 'holdfast-verify-audit') },
      { action: 'sns:Publish', resource: regional('sns', 'holdfast-alarm') },
    ];
    await expectAnswers('holdfast-auditor', mayNot, false);
  });
});

describe('the hands-on policy', () => {
  it('allows what the restore functions are allowed, but no deletion', async () => {
    const may = [secret, ...ROWS, object('PutObject', `tenants/${A}/manifests/restore-record/1.json`), ...PLAN];
    await expectAnswers('holdfast-hands-on', [...may, key('GenerateDataKey', A)], true);
    const mayNot = ['DeleteObject', 'DeleteObjectVersion', 'BypassGovernanceRetention'].map(action =>
      object(action, `tenants/${A}/packs/1-0000`),
    );
    await expectAnswers('holdfast-hands-on', [...mayNot, ...throughUrl(APPROVE), ...throughUrl(REQUEST)], false);
  });

  it('allows to fetch an export, and to say so in the audit trail', async () => {
    const reads = [...ROWS, object('GetObject', `governance/requests/${A}/1/result`), key('Decrypt', AUDITORS)];
    const records = [object('PutObject', `audit/${A}/0000000001`), key('GenerateDataKey', AUDITORS)];
    await expectAnswers('holdfast-hands-on', [...reads, ...records], true);
  });

  it('fits, like the others, into the size limit of a managed policy', () => {
    // Real names are longer: of an installation at its maximum, with a standby, in both key modes.
    const longest = [{ ...STANDBY_DEPLOYMENT, keys: { mode: 'dedicated' as const } }, FAILOVER_DEPLOYMENT].flatMap(
      of => {
        const { templates } = synthesized({ ...of, name: 'a-name-of-20-letters', drills: DRILLS });
        return ['recovery', 'recovery-standby'].flatMap(stack => [
          ...peopleOf(templates.get(`a-name-of-20-letters-${stack}`)!).values(),
        ]);
      },
    );
    for (const { name, identity } of longest) {
      const text = JSON.stringify({ Version: '2012-10-17', Statement: identity });
      // IAM's quota; white space does not count.
      expect(`${name} ${text.length <= 6144}`).toBe(`${name} true`);
    }
  });
});
