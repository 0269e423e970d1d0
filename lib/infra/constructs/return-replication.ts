/**
 * The way back: what a restore in the standby writes into the secondary's vault (its record, its plan) reaches the
 * primary and the tertiary by itself, with its locks. S3 takes a rule only once its target exists, and the primary's
 * bucket, whose rules name the secondary's, is made after it: so these rules are put by a call after both, and not by the
 * bucket's own template, which says nothing of replication and therefore leaves them alone.
 */
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { vaultBucketArn, vaultBucketName } from '../names.ts';
import { grantOpenVaultKey, replicationRole, replicationRules } from './replication.ts';

export class ReturnReplication extends Construct {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const way = { deployment, from: 'secondary', to: ['primary', 'tertiary'] } as const;
    const role = replicationRole(this, 'Role', way);
    grantOpenVaultKey(role, deployment, 'secondary');
    const put = {
      service: 'S3',
      action: 'putBucketReplication',
      parameters: {
        Bucket: vaultBucketName(deployment, 'secondary'),
        ReplicationConfiguration: {
          Role: role.roleArn,
          Rules: replicationRules(way).map(({ Id, ...rule }) => ({ ID: Id, ...rule })),
        },
      },
      physicalResourceId: PhysicalResourceId.of('return-replication'),
    };
    const rules = new AwsCustomResource(this, 'Rules', {
      resourceType: 'Custom::HoldfastReturnReplication',
      onCreate: put,
      onUpdate: put,
      // No onDelete: copies go on until somebody decides otherwise by hand.
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({
          actions: ['s3:PutReplicationConfiguration'],
          resources: [vaultBucketArn(deployment, 'secondary')],
        }),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [role.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 's3.amazonaws.com' } },
        }),
      ]),
      installLatestAwsSdk: false,
    });
    rules.node.addDependency(role);
  }
}
