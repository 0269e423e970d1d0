/**
 * The vault of one region: an Object Lock bucket and the key that encrypts it at rest. Stateful: the stack is protected
 * against termination once it exists, and all of its resources are retained when removed from the template. The primary also contains the
 * signing key, the catalog (a global table) and the replication to the other two regions, which are therefore deployed
 * first.
 *
 * Invariant: nothing in this stack grants anyone permission to delete a version, to shorten a retention or to bypass
 * governance.
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { DONE_EXPIRY_ATTRIBUTE } from '../../domain/function-config.ts';
import { KEY_COPY_DAYS } from '../../domain/key-copy.ts';
import { accept } from '../constructs/accepted.ts';
import { deployingRoleArn } from '../constructs/deploying-role.ts';
import { guardKey } from '../constructs/guarded-key.ts';
import { replicationRole, replicationRules } from '../constructs/replication.ts';
import { sizeAsText, vaultLifecycle } from '../constructs/vault-lifecycle.ts';
import type { Deployment } from '../deployment.ts';
import { isFirstDeployment, KEPT } from '../first-deployment.ts';
import {
  awsRegion,
  catalogTableName,
  keysTableName,
  pooledKeyAlias,
  type RegionName,
  replicaRegionsOf,
  signingKeyAlias,
  vaultBucketName,
  vaultKeyAlias,
} from '../names.ts';

export interface VaultStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: RegionName;
}

export class VaultStack extends Stack {
  readonly bucket: s3.Bucket;
  readonly encryptionKey: kms.Key;
  /** Primary only. */
  readonly catalog?: dynamodb.TableV2;
  readonly keys?: dynamodb.TableV2;
  readonly signingKey?: kms.Key;
  /** Primary only, in pooled mode. */
  readonly pooledKey?: kms.Key;

  constructor(scope: Construct, id: string, props: VaultStackProps) {
    super(scope, id, {
      ...props,
      terminationProtection: !isFirstDeployment(scope),
      description: `Vault of ${props.deployment.name}. Deleting the stack keeps its bucket, tables, keys and aliases: docs/uninstall.md.`,
    });
    const { deployment, region } = props;
    this.encryptionKey = new kms.Key(this, 'VaultKey', {
      alias: vaultKeyAlias(deployment),
      description: 'Encrypts the Holdfast vault at rest. Tenant data is already sealed under the tenant keys.',
      enableKeyRotation: true,
      removalPolicy: KEPT,
    });
    keepAlias(this.encryptionKey);
    guardKey(this.encryptionKey, deployment);
    this.bucket = this.makeBucket(deployment, region);
    if (region !== 'primary') return;
    this.replicate(deployment);
    // Only idempotency records have the attribute: no item of the catalog itself ever expires.
    this.catalog = this.globalTable('Catalog', deployment, catalogTableName(deployment), ['pk', 'sk'], {
      timeToLiveAttribute: DONE_EXPIRY_ATTRIBUTE,
    });
    // No copy of a destroyed key outlives the shortest waiting period of KMS.
    this.keys = this.globalTable('Keys', deployment, keysTableName(deployment), ['branch-key-id', 'type'], {
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: KEY_COPY_DAYS },
    });
    this.signingKey = new kms.Key(this, 'SigningKey', {
      alias: signingKeyAlias(deployment),
      description: 'Signs the manifests and records of Holdfast.',
      keySpec: kms.KeySpec.ECC_NIST_P256,
      keyUsage: kms.KeyUsage.SIGN_VERIFY,
      multiRegion: true,
      removalPolicy: KEPT,
    });
    keepAlias(this.signingKey);
    guardKey(this.signingKey, deployment);
    if (deployment.keys.mode === 'pooled') {
      this.pooledKey = new kms.Key(this, 'PooledKey', {
        alias: pooledKeyAlias(deployment),
        description: 'Wraps the branch keys of the tenants of Holdfast.',
        enableKeyRotation: true,
        multiRegion: true,
        removalPolicy: KEPT,
      });
      keepAlias(this.pooledKey);
      guardKey(this.pooledKey, deployment);
    }
  }

  private makeBucket(deployment: Deployment, region: RegionName): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Vault', {
      bucketName: vaultBucketName(deployment, region),
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.encryptionKey,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      objectLockEnabled: true,
      // Every put sets its own retention; this default applies to any that does not.
      objectLockDefaultRetention: s3.ObjectLockRetention.compliance(Duration.days(deployment.retention.logDays)),
      removalPolicy: KEPT,
      lifecycleRules: vaultLifecycle(region, deployment.storage.tiering),
    });
    sizeAsText(bucket);
    accept(
      bucket,
      'AwsSolutions-S1',
      'Access can be logged by CloudTrail data events, which the account enables (docs/security.md): an access-log bucket would not be under Object Lock and could be emptied.',
    );
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'NobodyBypassesRetention',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:BypassGovernanceRetention', 's3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'],
        resources: [bucket.bucketArn, bucket.arnForObjects('*')],
        conditions: { ArnNotLike: { 'aws:PrincipalArn': deployingRoleArn(this, deployment) } },
      }),
    );
    return bucket;
  }

  private replicate(deployment: Deployment): void {
    const way = { deployment, from: 'primary', to: replicaRegionsOf(deployment) } as const;
    if (way.to.length === 0) return;
    const replication = replicationRole(this, 'ReplicationRole', way);
    this.encryptionKey.grantDecrypt(replication);
    const resource = this.bucket.node.defaultChild as s3.CfnBucket;
    resource.addPropertyOverride('ReplicationConfiguration', {
      Role: replication.roleArn,
      Rules: replicationRules(way),
    });
    resource.node.addDependency(replication);
  }

  private globalTable(
    id: string,
    deployment: Deployment,
    tableName: string,
    [partition, sort]: [string, string],
    more: Pick<dynamodb.TablePropsV2, 'timeToLiveAttribute' | 'pointInTimeRecoverySpecification'> = {},
  ) {
    const deletionProtection = !isFirstDeployment(this);
    const { pointInTimeRecoverySpecification = { pointInTimeRecoveryEnabled: true } } = more;
    const replica = { deletionProtection, pointInTimeRecoverySpecification };
    return new dynamodb.TableV2(this, id, {
      ...more,
      tableName,
      partitionKey: { name: partition, type: dynamodb.AttributeType.STRING },
      sortKey: { name: sort, type: dynamodb.AttributeType.STRING },
      billing: dynamodb.Billing.onDemand(),
      // Replicas need it. With one region too: adding the second one then adds a replica and changes nothing else.
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      encryption: dynamodb.TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification,
      deletionProtection,
      removalPolicy: KEPT,
      replicas: replicaRegionsOf(deployment).map(region => ({ region: awsRegion(deployment, region), ...replica })),
    });
  }
}

/** Keys are found, and their use is allowed, by alias: without the alias, the retained key is useless. */
function keepAlias(key: kms.Key): void {
  (key.node.findChild('Alias') as kms.Alias).applyRemovalPolicy(KEPT);
}
