/**
 * The role that destroys a tenant's key on purpose: the only one besides break glass that a tenant's key policy lets
 * schedule a deletion. It writes the tombstone and schedules the key and its replicas (dedicated), or deletes the tenant's
 * branch keys (pooled). It opens nothing and deletes no object. The functions that carry destructions out take sessions of it
 * that reach one tenant's key each (aws/session-policy.ts); a person may assume it whom IAM allows to.
 */
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TENANT_KEY_ALIAS_PREFIX } from '../../domain/key-alias.ts';
import { HELD_TAG } from '../../domain/key-policy.ts';
import type { Deployment } from '../deployment.ts';
import { destroyKeysRoleName, keysTableName, regionsOf } from '../names.ts';
import { accept } from './accepted.ts';
import { allow, keysWithAlias, table } from './grant.ts';

export class DestroyKeysRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      roleName: destroyKeysRoleName(deployment),
      assumedBy: new iam.AccountRootPrincipal(),
      description: 'Destroys the key of a tenant of Holdfast, for good.',
      maxSessionDuration: Duration.hours(1),
    });
    const to = { addToRolePolicy: (statement: iam.PolicyStatement) => void this.role.addToPolicy(statement) };
    const keys = [table(deployment, 'primary', keysTableName(deployment))];
    // The tombstone, which a cancelled countdown removes.
    allow(to, ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'], keys);
    if (deployment.keys.mode === 'pooled') {
      allow(to, ['dynamodb:Query'], keys);
      return;
    }
    const everywhere = regionsOf(deployment).map(region => keysWithAlias(deployment, region));
    allow(to, ['kms:DescribeKey'], everywhere);
    allow(to, ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion', 'kms:EnableKey'], everywhere, {
      'ForAnyValue:StringLike': { 'kms:ResourceAliases': [`${TENANT_KEY_ALIAS_PREFIX}*`] },
    });
    // The key policy says so as well; this holds for a key that was made before it did.
    this.role.addToPolicy(
      new iam.PolicyStatement({
        ...{ effect: iam.Effect.DENY, actions: ['kms:ScheduleKeyDeletion'], resources: ['*'] },
        conditions: { StringEquals: { [`aws:ResourceTag/${HELD_TAG}`]: 'true' } },
      }),
    );
    accept(
      this.role,
      'AwsSolutions-IAM5',
      'Tenants’ keys are created at run time; the condition identifies them by alias.',
    );
  }
}
