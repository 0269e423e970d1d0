/** Building blocks of the grants in access-vault.ts, access-keys.ts and access.ts: a statement, and its ARNs. */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Deployment } from '../deployment.ts';
import { awsRegion, type RegionName } from '../names.ts';

/** A function, or anything else that adds a statement to its role. */
export type Grantee = Pick<lambda.Function, 'addToRolePolicy'>;
export type TenantGrant = (to: Grantee, deployment: Deployment, region: RegionName) => void;

export function allow(fn: Grantee, actions: string[], resources: string[], conditions?: object): void {
  fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));
}

export function keysWithAlias(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:kms:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:key/*`;
}

export function table(deployment: Deployment, region: RegionName, name: string): string {
  return `arn:${Aws.PARTITION}:dynamodb:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:table/${name}`;
}
