/**
 * Replication back: what a restore in the standby writes to the secondary's vault (its record, its plan) is replicated to
 * the primary and the tertiary, with its locks. S3 accepts a rule only if its target exists, and the primary's bucket,
 * whose rules refer to the secondary's, is created after it: so an API call puts these rules once both exist. The
 * secondary bucket's own template does not mention replication and therefore leaves them unchanged.
 */
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { regionsOf, vaultBucketArn, vaultBucketName } from '../names.ts';
import { grantOpenVaultKey, replicationRole, replicationRules } from './replication.ts';

export class ReturnReplication extends Construct {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    const to = regionsOf(deployment).filter(region => region !== 'secondary');
    const way = { deployment, from: 'secondary', to } as const;
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
      // No onDelete: replication continues until it is removed by hand.
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
