/**
 * Replication of one vault to others: the role that copies and the rules it copies by, in CloudFormation's spelling.
 * By names and not by references, since each side exists before the other knows of it. Invariants: locks and holds go
 * along; a delete marker never does, so that nothing that one region hides or removes is hidden or removed in another.
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { type RegionName, vaultBucketArn, vaultKeyAlias, vaultKeyAliasArn } from '../names.ts';
import { accept } from './accepted.ts';

export interface ReplicationProps {
  readonly deployment: Deployment;
  readonly from: RegionName;
  readonly to: readonly RegionName[];
}

/** Minutes in which S3 promises 99.9 % of the objects, and says so where it takes longer. */
const TIME_CONTROL = { Minutes: 15 };

export function replicationRuleId(to: RegionName): string {
  return `to-${to}`;
}

/** May read what is stored, with its locks, and write copies. Opening `from`'s vault key is the caller's to grant. */
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
    'Copies every object of the vault; in the other regions the key is found by its alias, which the condition names.',
  );
  return role;
}

/** Opens the vault key of that region, found by its alias. */
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
  return `arn:${Aws.PARTITION}:kms:${deployment.regions[region]}:${Aws.ACCOUNT_ID}:key/*`;
}

function vaultKeyOnly(deployment: Deployment) {
  return { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [vaultKeyAlias(deployment)] } };
}

/**
 * One rule for each target: with time control between primary and secondary, without it to the tertiary, whose own
 * lifecycle moves large objects to a cold class.
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
        // A lock lengthened, or a hold placed, on a copy reaches the original.
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
