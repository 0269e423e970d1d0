/**
 * Building blocks of the grants in access-vault.ts, access-keys.ts and access.ts: a statement, the account that it is for,
 * and its ARNs.
 */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Deployment } from '../deployment.ts';
import { awsRegion, type RegionName } from '../names.ts';

/** A function, or anything else that adds a statement to its role. */
export interface Grantee extends Pick<lambda.Function, 'addToRolePolicy'> {
  /** Its role in the account of the vault. Absent: the vault is in the grantee's own account. */
  readonly inVault?: Pick<lambda.Function, 'addToRolePolicy'>;
}
export type TenantGrant = (to: Grantee, deployment: Deployment, region: RegionName) => void;

/** On what is in the grantee's own account: database, notices, state machines. */
export function allow(
  fn: Pick<Grantee, 'addToRolePolicy'>,
  actions: string[],
  resources: string[],
  conditions?: object,
): void {
  fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));
}

/** On what is in the account of the vault: buckets, keys, catalog, table of keys. */
export function allowInVault(fn: Grantee, actions: string[], resources: string[], conditions?: object): void {
  allow(fn.inVault ?? fn, actions, resources, conditions);
}

/** In the account of the role that has the statement: see Grantee. */
export function keysWithAlias(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:kms:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:key/*`;
}

export function table(deployment: Deployment, region: RegionName, name: string): string {
  return `arn:${Aws.PARTITION}:dynamodb:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:table/${name}`;
}
