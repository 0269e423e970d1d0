/**
 * Replication of one vault to others: the replication role and rules, in CloudFormation's spelling. Uses names instead of
 * references, because each side must exist before the other refers to it. Invariants: locks and holds are replicated;
 * delete markers never are, so that an object hidden or removed in one region is not hidden or removed in another.
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { awsRegion, type RegionName, vaultBucketArn, vaultKeyAlias, vaultKeyAliasArn } from '../names.ts';
import { accept } from './accepted.ts';

export interface ReplicationProps {
  readonly deployment: Deployment;
  readonly from: RegionName;
  readonly to: readonly RegionName[];
}

/** S3 replicates 99.9 % of the objects within this time, and reports those that take longer. */
const TIME_CONTROL = { Minutes: 15 };

export function replicationRuleId(to: RegionName): string {
  return `to-${to}`;
}

/** Can read stored objects with their locks, and write copies. The caller grants the use of `from`'s vault key. */
export function replicationRole(scope: Construct, id: string, { deployment, from, to }: ReplicationProps): iam.Role {
  const role = new iam.Role(scope, id, {
    assumedBy: new iam.ServicePrincipal('s3.amazonaws.com'),
    description: 'Copies the vault to the other regions.',
  });
  const source = vaultBucketArn(deployment, from);
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: [
        's3:GetReplicationConfiguration',
        's3:ListBucket',
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      resources: [source, `${source}/*`],
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['s3:ReplicateObject', 's3:ReplicateTags', 's3:ObjectOwnerOverrideToBucketOwner'],
      resources: to.map(target => `${vaultBucketArn(deployment, target)}/*`),
    }),
  );
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
      resources: to.map(target => keysOf(deployment, target)),
      conditions: vaultKeyOnly(deployment),
    }),
  );
  accept(
    role,
    'AwsSolutions-IAM5',
    'Replicates every object of the vault; in the other regions, the condition identifies the key by its alias.',
  );
  return role;
}

/** Decrypts under the vault key of that region, identified by its alias. */
export function grantOpenVaultKey(role: iam.Role, deployment: Deployment, region: RegionName): void {
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [keysOf(deployment, region)],
      conditions: vaultKeyOnly(deployment),
    }),
  );
}

function keysOf(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:kms:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:key/*`;
}

function vaultKeyOnly(deployment: Deployment) {
  return { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] } };
}

/**
 * One rule per target: with time control between primary and secondary, without it to the tertiary, whose own lifecycle
 * rules move large objects to a cold class.
 */
export function replicationRules({ deployment, from, to }: ReplicationProps) {
  const bothWays = deployment.source.standby !== undefined;
  return to.map((target, index) => {
    const hot = from !== 'tertiary' && target !== 'tertiary';
    return {
      Id: replicationRuleId(target),
      Priority: index + 1,
      Status: 'Enabled',
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Disabled' },
      SourceSelectionCriteria: {
        SseKmsEncryptedObjects: { Status: 'Enabled' },
        // An extended lock or a hold on a copy is replicated to the original.
        ...(bothWays && hot && { ReplicaModifications: { Status: 'Enabled' } }),
      },
      Destination: {
        Bucket: vaultBucketArn(deployment, target),
        EncryptionConfiguration: { ReplicaKmsKeyID: vaultKeyAliasArn(deployment, target) },
        ...(hot && { ReplicationTime: { Status: 'Enabled', Time: TIME_CONTROL } }),
        Metrics: { Status: 'Enabled', ...(hot && { EventThreshold: TIME_CONTROL }) },
      },
    };
  });
}
