/** The secondary region with a standby database: what exists there, what it works on, and what must never exist there. */
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  definitions,
  type Loose,
  plainText,
  STANDBY_DEPLOYMENT,
  type Synthesized,
  statements,
  synthesized,
  WITH_STANDBY,
} from './synthesized.ts';

const apps = new Map<string, Synthesized>();
beforeAll(() => {
  for (const mode of ['dedicated', 'pooled'] as const)
    apps.set(mode, synthesized({ ...STANDBY_DEPLOYMENT, keys: { mode } }));
});
const templateOf = (stack: string, mode = 'dedicated'): Template => apps.get(mode)!.templates.get(`holdfast-${stack}`)!;
const list = (value: Loose): Loose[] => (Array.isArray(value) ? value : [value]);
const allowed = (template: Template) =>
  statements(template).flatMap(({ role, statement }) =>
    statement.Effect === 'Allow'
      ? [{ role, actions: list(statement.Action) as string[], resources: list(statement.Resource).map(plainText) }]
      : [],
  );

describe('without a standby database', () => {
  it('there are no standby stacks, and nothing is replicated back', () => {
    const { templates } = synthesized();
    expect([...templates.keys()].filter(name => name.includes('standby'))).toEqual([]);
    templates.get('holdfast-replica-secondary')!.resourceCountIs('Custom::HoldfastReturnReplication', 0);
    expect(JSON.stringify(templates.get('holdfast-vault-primary')!.toJSON())).not.toContain('ReplicaModifications');
  });

  it('the keys still have replicas: they must survive the loss of a region', () => {
    const { templates } = synthesized();
    for (const role of ['secondary', 'tertiary'])
      templates.get(`holdfast-replica-${role}`)!.resourceCountIs('AWS::KMS::ReplicaKey', 1);
  });
});

describe('the replicas of the keys', () => {
  it.each([
    ['dedicated', ['alias/holdfast/signing']],
    ['pooled', ['alias/holdfast/pool', 'alias/holdfast/signing']],
  ])('with %s keys have the aliases of their primaries in both other regions, and are kept', (mode, aliases) => {
    for (const role of ['secondary', 'tertiary']) {
      const template = templateOf(`replica-${role}`, mode);
      const named = Object.values(template.findResources('AWS::KMS::Alias')).map(item => item.Properties.AliasName);
      expect(named.sort()).toEqual(aliases);
      const replicas = Object.values(template.findResources('AWS::KMS::ReplicaKey'));
      expect(replicas).toHaveLength(aliases.length);
      for (const replica of replicas)
        expect(replica).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
      expect(apps.get(mode)!.replicas.get(role as 'secondary')!.terminationProtection).toBe(true);
    }
  });

  it('look up their primary by alias at deployment: no stack exports to another', () => {
    const template = templateOf('replica-secondary');
    const lookups = Object.values(template.findResources('Custom::HoldfastKeyLookup')).map(item =>
      JSON.parse(plainText(item.Properties.Create)),
    );
    expect(lookups).toEqual([
      expect.objectContaining({
        ...{ service: 'KMS', action: 'describeKey', region: 'eu-central-1' },
        parameters: { KeyId: 'alias/holdfast/signing' },
      }),
    ]);
    for (const each of apps.get('dedicated')!.templates.values()) {
      const text = JSON.stringify(each.toJSON());
      expect(text).not.toMatch(/Fn::ImportValue|Custom::CrossRegionExport/);
    }
  });
});

it('only the steps that replicate tenants’ keys, prove replicas and prove holds may call another region', () => {
  const elsewhere = allowed(templateOf('protection')).filter(({ resources }) =>
    resources.some(resource => /(eu-west-1|eu-north-1)/.test(resource)),
  );
  expect([...new Set(elsewhere.map(({ role }) => role.replace(/[0-9A-F]{8}>$/, '')))].sort()).toEqual([
    '<FunctionskeepholdsRole',
    '<FunctionsreplicatekeysRole',
    '<FunctionsverifyreplicasRole',
  ]);
  for (const region of ['eu-west-1', 'eu-north-1'])
    for (const action of ['kms:DescribeKey', 'kms:CreateAlias'])
      expect(
        elsewhere.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources),
      ).toContain(`arn:<AWS::Partition>:kms:${region}:<AWS::AccountId>:key/*`);
});

describe('replication back', () => {
  const rules = () =>
    JSON.parse(
      plainText(
        Object.values(templateOf('replica-secondary').findResources('Custom::HoldfastReturnReplication'))[0]!.Properties
          .Create,
      ),
    ).parameters;

  it('copies what a restore writes in the secondary to the primary and the tertiary, with locks, never deletions', () => {
    const { Bucket, ReplicationConfiguration } = rules();
    expect(Bucket).toBe('holdfast-vault-111122223333-eu-west-1');
    expect(ReplicationConfiguration.Rules).toEqual(
      [
        ['primary', 'eu-central-1', 1],
        ['tertiary', 'eu-north-1', 2],
      ].map(([to, region, Priority]) =>
        expect.objectContaining({
          ...{ ID: `to-${to}`, Priority, Status: 'Enabled' },
          DeleteMarkerReplication: { Status: 'Disabled' },
          Destination: expect.objectContaining({
            Bucket: `arn:<AWS::Partition>:s3:::holdfast-vault-111122223333-${region}`,
            EncryptionConfiguration: {
              ReplicaKmsKeyID: `arn:<AWS::Partition>:kms:${region}:111122223333:alias/holdfast/vault`,
            },
          }),
        }),
      ),
    );
  });

  it('replicates changed locks and holds of a copy to the original, in both directions', () => {
    const on = { SseKmsEncryptedObjects: { Status: 'Enabled' }, ReplicaModifications: { Status: 'Enabled' } };
    expect(rules().ReplicationConfiguration.Rules[0].SourceSelectionCriteria).toEqual(on);
    templateOf('vault-primary').hasResourceProperties('AWS::S3::Bucket', {
      ReplicationConfiguration: {
        Rules: [
          Match.objectLike({ Id: 'to-secondary', SourceSelectionCriteria: on }),
          Match.objectLike({ Id: 'to-tertiary' }),
        ],
      },
    });
  });

  it('is configured by an API call after both buckets: the template of the secondary, deployed first, does not mention it', () => {
    const [bucket] = Object.values(templateOf('vault-secondary').findResources('AWS::S3::Bucket'));
    expect(bucket!.Properties.ReplicationConfiguration).toBeUndefined();
    const { replicas, vaults } = apps.get('dedicated')!;
    expect(replicas.get('secondary')!.dependencies).toContain(vaults.get('primary'));
    expect(vaults.get('primary')!.dependencies).toContain(vaults.get('secondary'));
  });

  it('lets the deployment function only put these rules on this bucket, pass this role and look up these keys', () => {
    const [caller] = [...new Set(allowed(templateOf('replica-secondary')).map(({ role }) => role))].filter(role =>
      /^<AWS/.test(role),
    );
    expect(
      allowed(templateOf('replica-secondary'))
        .filter(({ role }) => role === caller)
        .map(({ actions, resources }) => [actions, resources]),
    ).toEqual([
      [['kms:DescribeKey'], ['arn:<AWS::Partition>:kms:eu-central-1:<AWS::AccountId>:key/*']],
      [['s3:PutReplicationConfiguration'], ['arn:<AWS::Partition>:s3:::holdfast-vault-111122223333-eu-west-1']],
      [['iam:PassRole'], [expect.stringMatching(/^<ReturnRole\w+\.Arn>$/)]],
    ]);
  });
});

describe.each(['dedicated', 'pooled'])('the standby with %s keys', mode => {
  const recovery = () => templateOf('recovery-standby', mode);

  it('only restores and requests approvals: no schedule, shipper, snapshot, expiry or rebuild', () => {
    expect([...definitions(recovery()).keys()]).toEqual(['holdfast-restore-tenant', 'holdfast-restore-tenants']);
    const names = Object.values(recovery().findResources('AWS::Lambda::Function')).map(
      item => item.Properties.FunctionName,
    );
    expect(names.sort()).toEqual(
      [
        'acknowledge-failure',
        'apply-restore',
        'approve',
        'begin-member',
        'check-restore',
        'clean-staging',
        'hand-over-restore',
        'investigate',
        'note-member',
        'plan-group',
        'plan-restore',
        'preview-restore',
        'record-restore-failure',
        'request-approval',
        'request-restore',
        'stage-restore',
        'summarize-group',
      ].map(name => `holdfast-${name}`),
    );
    recovery().resourceCountIs('AWS::Scheduler::Schedule', 0);
    recovery().resourceCountIs('AWS::Events::Rule', 0);
  });

  it('cannot delete an object, create a key, write the key table or start a backup', () => {
    const actions = allowed(recovery()).flatMap(each => each.actions);
    expect(
      actions.filter(action =>
        /^s3:Delete|^kms:(Create|Replicate|TagResource|GenerateDataKeyWithout|ReEncrypt)/.test(action),
      ),
    ).toEqual([]);
    // The entry for people starts restores, of many tenants too, and nothing starts anything else.
    const starting = allowed(recovery()).filter(each => each.actions.includes('states:StartExecution'));
    expect(starting.flatMap(each => each.resources)).toEqual([
      expect.stringMatching(/:eu-west-1:.*:stateMachine:holdfast-restore-tenant$/),
      expect.stringMatching(/:eu-west-1:.*:stateMachine:holdfast-restore-tenants$/),
      expect.stringMatching(/^<RestoreTenantStateMachine\w+>$/),
      // Its own distributed map.
      expect.stringMatching(/^<RestoreTenantsStateMachine\w+>$/),
    ]);
    const keyTable = allowed(recovery()).filter(({ resources }) =>
      resources.some(resource => resource.endsWith('table/holdfast-keys')),
    );
    expect(keyTable.length).toBeGreaterThan(0);
    expect([...new Set(keyTable.flatMap(each => each.actions))].sort()).toEqual(['dynamodb:GetItem', 'dynamodb:Query']);
  });

  it('refers to nothing in the primary region: all of its functions must work without it', () => {
    expect(JSON.stringify(recovery().toJSON())).not.toContain('eu-central-1');
    expect(JSON.stringify(templateOf('observability-standby', mode).toJSON())).not.toMatch(/:eu-central-1:/);
  });

  it('works on the vault, the replicas and the database of its region', () => {
    const preview = Object.values(recovery().findResources('AWS::Lambda::Function')).find(
      item => item.Properties.FunctionName === 'holdfast-preview-restore',
    )!.Properties;
    const config = JSON.parse(plainText(preview.Environment.Variables.HOLDFAST_FUNCTION));
    expect(config).toMatchObject({
      ...{ region: 'eu-west-1', bucket: 'holdfast-vault-111122223333-eu-west-1', makesKeys: false },
      source: {
        host: WITH_STANDBY.standby!.host,
        database: 'saas',
        authentication: { secretArn: WITH_STANDBY.standby!.secretArn },
      },
      ...{ table: 'holdfast-catalog', signingKey: 'alias/holdfast/signing' },
    });
    expect(config.topics.alarm).toMatch(/:sns:eu-west-1:111122223333:holdfast-alarm$/);
    expect(config.keys).toEqual(
      mode === 'pooled'
        ? { mode, key: 'alias/holdfast/pool', destroyKeys: expect.stringMatching(/:role\/holdfast-destroy-keys$/) }
        : {
            ...{ mode, replicaRegions: [] },
            roles: {
              breakGlass: expect.stringMatching(/:role\/holdfast-break-glass$/),
              destroyKeys: expect.stringMatching(/:role\/holdfast-destroy-keys$/),
            },
          },
    );
    expect(preview.VpcConfig).toMatchObject({
      SubnetIds: WITH_STANDBY.standby!.subnetIds,
      SecurityGroupIds: [WITH_STANDBY.standby!.securityGroupId],
    });
  });

  it('uses separate names for resources that are global to an account', () => {
    recovery().hasResourceProperties('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'holdfast-approver-standby' });
    templateOf('observability-standby', mode).hasResourceProperties('AWS::CloudWatch::Dashboard', {
      DashboardName: 'holdfast-standby',
    });
    templateOf('recovery', mode).hasResourceProperties('AWS::IAM::ManagedPolicy', {
      ManagedPolicyName: 'holdfast-approver',
    });
  });
});

describe('the alarms of the standby', () => {
  const alarms = () =>
    Object.values(templateOf('observability-standby').findResources('AWS::CloudWatch::Alarm')).map(
      item => item.Properties,
    );

  it('fire if a restore there fails or its record is not replicated back', () => {
    expect(
      alarms()
        .map(item => item.AlarmName)
        .sort(),
    ).toEqual(
      [
        'integrity-failed',
        'replication-failed-primary',
        'replication-failed-tertiary',
        'restore-failed',
        'restore-tenant-failed',
        'restore-tenants-failed',
      ].map(name => `holdfast-${name}`),
    );
    const back = alarms().find(item => item.AlarmName === 'holdfast-replication-failed-primary')!;
    expect(Object.fromEntries(back.Dimensions.map((each: Loose) => [each.Name, each.Value]))).toEqual({
      SourceBucket: 'holdfast-vault-111122223333-eu-west-1',
      DestinationBucket: 'holdfast-vault-111122223333-eu-central-1',
      RuleId: 'to-primary',
    });
    expect(
      plainText(
        alarms()
          .find(item => item.AlarmName === 'holdfast-restore-tenant-failed')!
          .Metrics.map((m: Loose) => m.MetricStat?.Metric.Dimensions?.[0].Value ?? ''),
      ),
    ).toContain(':states:eu-west-1:');
  });

  it('never treat missing data as breaching: a standby is silent by design', () => {
    expect(new Set(alarms().map(item => item.TreatMissingData))).toEqual(new Set(['ignore', 'notBreaching']));
  });

  it('notify the same recipients', () => {
    const found = Object.values(templateOf('observability-standby').findResources('AWS::SNS::Subscription')).map(
      item => item.Properties.Endpoint,
    );
    expect(found).toEqual(['a@example.com', 'a@example.com']);
  });
});
