/**
 * The replica of one of our multi-region keys in this stack's region, under the same alias as its primary. Without it, the
 * key is lost with its region: nothing could be verified any more, and in pooled mode nothing opened. CloudFormation
 * requires the primary key's ARN; it is looked up by alias when the stack is deployed, so that no stack exports to another
 * (docs/decisions/0012-standby-region.md).
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { KEPT } from '../first-deployment.ts';
import { guardStatements } from './guarded-key.ts';

export interface KeyReplicaProps {
  readonly deployment: Deployment;
  /** Alias of both the primary key and the replica. */
  readonly alias: string;
  readonly description: string;
}

export class KeyReplica extends Construct {
  constructor(scope: Construct, id: string, { deployment, alias, description }: KeyReplicaProps) {
    super(scope, id);
    const region = deployment.regions.primary;
    const lookup = {
      service: 'KMS',
      action: 'describeKey',
      region,
      parameters: { KeyId: alias },
      outputPaths: ['KeyMetadata.Arn'],
      physicalResourceId: PhysicalResourceId.of(alias),
    };
    const primary = new AwsCustomResource(this, 'Primary', {
      resourceType: 'Custom::HoldfastKeyLookup',
      onCreate: lookup,
      onUpdate: lookup,
      policy: AwsCustomResourcePolicy.fromStatements([
        new iam.PolicyStatement({
          actions: ['kms:DescribeKey'],
          resources: [`arn:${Aws.PARTITION}:kms:${region}:${Aws.ACCOUNT_ID}:key/*`],
          conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [alias] } },
        }),
      ]),
      installLatestAwsSdk: false,
    });
    const replica = new kms.CfnReplicaKey(this, 'Replica', {
      primaryKeyArn: primary.getResponseField('KeyMetadata.Arn'),
      description,
      // Like every key of the vault stacks: the account's IAM policies decide, within the guards.
      keyPolicy: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({
            principals: [new iam.AccountRootPrincipal()],
            actions: ['kms:*'],
            resources: ['*'],
          }),
          ...guardStatements(this, deployment),
        ],
      }),
    });
    replica.applyRemovalPolicy(KEPT);
    const named = new kms.CfnAlias(this, 'Alias', { aliasName: alias, targetKeyId: replica.attrKeyId });
    named.applyRemovalPolicy(KEPT);
  }
}
