/**
 * The guards of a key of the stacks. CloudFormation keeps the right to put its policy: KMS refuses a policy that its caller
 * could not change, and an upgrade must be able to.
 */
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { keyGuards } from '../../domain/key-policy.ts';
import type { Deployment } from '../deployment.ts';
import { breakGlassRoleArn, deployRoleArn } from '../names.ts';

export function guardKey(key: kms.Key, deployment: Deployment): void {
  for (const statement of guardStatements(deployment)) key.addToResourcePolicy(statement);
}

export function guardStatements(deployment: Deployment): iam.PolicyStatement[] {
  const guards = keyGuards(breakGlassRoleArn(deployment), { PutKeyPolicy: deployRoleArn(deployment) });
  return guards.map(statement => iam.PolicyStatement.fromJson(statement));
}
