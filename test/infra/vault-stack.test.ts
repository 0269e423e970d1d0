import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { vaultLifecycle } from '../../lib/infra/constructs/vault-lifecycle.ts';
import { REGIONS, type RegionName } from '../../lib/infra/names.ts';
import type { VaultStack } from '../../lib/infra/stacks/vault-stack.ts';
import { synthesized } from './synthesized.ts';

const templates = new Map<RegionName, Template>();
let stacks: ReadonlyMap<RegionName, VaultStack>;

beforeAll(() => {
  const app = synthesized();
  stacks = app.vaults;
  for (const [region, stack] of stacks) templates.set(region, app.templates.get(stack.stackName)!);
});

describe.each(REGIONS)('the vault of the %s region', region => {
  it('is versioned, locked in compliance mode, encrypted under its own key and closed to the public', () => {
    templates.get(region)!.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: `holdfast-vault-111122223333-${example.regions[region]}`,
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 30 } },
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('removes leftover checkpoints of snapshots, and moves only large objects of tenants to colder classes', () => {
    const { Rules } = Object.values(templates.get(region)!.findResources('AWS::S3::Bucket'))[0]!.Properties
      .LifecycleConfiguration;
    expect(Rules).toContainEqual(
      expect.objectContaining({
        ...{ Prefix: 'checkpoints/', ExpirationInDays: 3, Status: 'Enabled' },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      }),
    );
    const expiring = Rules.filter((rule: object) => 'ExpirationInDays' in rule);
    expect(expiring.map((rule: { Prefix: string }) => rule.Prefix)).toEqual([
      'checkpoints/',
      'key-copies/',
      'removals/',
    ]);
    expect(expiring[1]).toMatchObject({ ExpirationInDays: 5, NoncurrentVersionExpiration: { NoncurrentDays: 1 } });
    const cooling = Rules.filter((rule: object) => 'Transitions' in rule);
    expect(cooling).toEqual([expect.objectContaining({ Prefix: 'tenants/', ObjectSizeGreaterThan: '131072' })]);
    expect(cooling[0].Transitions.map((move: { StorageClass: string }) => move.StorageClass)).toEqual(
      region === 'tertiary' ? ['GLACIER_IR'] : ['STANDARD_IA', 'GLACIER_IR'],
    );
  });

  it('lets S3 see what is read and what is not, where the deployment says so, but in the tertiary', () => {
    const cooled = vaultLifecycle(region, 'intelligent')
      .at(-1)!
      .transitions!.map(move => move.storageClass.value);
    expect(cooled).toEqual(region === 'tertiary' ? ['GLACIER_IR'] : ['INTELLIGENT_TIERING']);
  });

  it('refuses requests without TLS and denies everyone bypassing retention', () => {
    templates.get(region)!.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({ Sid: 'NobodyBypassesRetention', Effect: 'Deny' }),
        ]),
      },
    });
  });

  it('is retained when its stack is deleted, and its stack has termination protection', () => {
    expect(stacks.get(region)!.terminationProtection).toBe(true);
    for (const type of ['AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::DynamoDB::GlobalTable']) {
      for (const resource of Object.values(templates.get(region)!.findResources(type))) {
        expect(resource.DeletionPolicy).toBe('RetainExceptOnCreate');
      }
    }
  });

  it('grants no one permission to delete an object or to shorten its retention', () => {
    const granted = Object.values(templates.get(region)!.findResources('AWS::IAM::Policy')).flatMap(policy =>
      policy.Properties.PolicyDocument.Statement.flatMap((statement: { Effect: string; Action: string | string[] }) =>
        statement.Effect === 'Allow' ? statement.Action : [],
      ),
    );
    expect(granted.filter(action => /Delete|Bypass|PutObjectRetention|^s3:\*$|^\*$/.test(action))).toEqual([]);
  });
});

describe('the primary vault', () => {
  it('replicates to both other regions, with time control to the secondary, and leaves storage classes to their lifecycle rules', () => {
    templates.get('primary')!.hasResourceProperties('AWS::S3::Bucket', {
      ReplicationConfiguration: {
        Rules: [
          Match.objectLike({
            Status: 'Enabled',
            DeleteMarkerReplication: { Status: 'Disabled' },
            SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
            Destination: Match.objectLike({ ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } } }),
          }),
          Match.objectLike({ Destination: Match.objectLike({ StorageClass: Match.absent() }) }),
        ],
      },
    });
  });

  it('has the catalog in three regions, recoverable and protected against deletion', () => {
    templates.get('primary')!.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: ['eu-west-1', 'eu-north-1', 'eu-central-1'].map(region =>
        Match.objectLike({
          Region: region,
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ),
    });
  });

  it('keeps no copy of the table of keys for longer than a destruction takes, in any region', () => {
    templates.get('primary')!.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: 'holdfast-keys',
      Replicas: ['eu-west-1', 'eu-north-1', 'eu-central-1'].map(region =>
        Match.objectLike({
          Region: region,
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
        }),
      ),
    });
  });

  it('has an asymmetric multi-region signing key', () => {
    templates.get('primary')!.hasResourceProperties('AWS::KMS::Key', {
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      MultiRegion: true,
    });
  });
});

describe('the table of the catalog', () => {
  it('expires items only by an attribute that no item of the catalog has; the key table expires none', () => {
    const tables = Object.values(templates.get('primary')!.findResources('AWS::DynamoDB::GlobalTable'));
    const dropped = tables.map(({ Properties }) => [Properties.TableName, Properties.TimeToLiveSpecification]);
    expect(Object.fromEntries(dropped)).toEqual({
      'holdfast-catalog': { AttributeName: 'expires', Enabled: true },
      'holdfast-keys': undefined,
    });
  });
});
