/**
 * The guards of a key of the stacks. CloudFormation keeps the right to put its policy: KMS refuses a policy that its caller
 * could not change, and an upgrade must be able to. During the first deployment it may also remove what it has just made.
 */
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { keyGuards } from '../../domain/key-policy.ts';
import type { Deployment } from '../deployment.ts';
import { isFirstDeployment } from '../first-deployment.ts';
import { breakGlassRoleArn } from '../names.ts';
import { deployingRoleArn } from './deploying-role.ts';

export function guardKey(key: kms.Key, deployment: Deployment): void {
  for (const statement of guardStatements(key, deployment)) key.addToResourcePolicy(statement);
}

export function guardStatements(scope: Construct, deployment: Deployment): iam.PolicyStatement[] {
  const deploying = deployingRoleArn(scope, deployment);
  const guards = keyGuards(breakGlassRoleArn(deployment), {
    PutKeyPolicy: deploying,
    ...(isFirstDeployment(scope) && { DeleteAlias: deploying, ScheduleKeyDeletion: deploying }),
  });
  return guards.map(statement => iam.PolicyStatement.fromJson(statement));
}
