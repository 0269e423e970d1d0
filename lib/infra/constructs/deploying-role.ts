/**
 * The role with which CloudFormation deploys a stack, for the policies that admit it: that of any bootstrap stack, unless
 * the app's synthesizer names another one. Without it, an upgrade could not change these policies.
 */
import { Aws, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { deployRoleArn } from '../names.ts';

const OF_BOOTSTRAP = /:role\/cdk-[^/]*-cfn-exec-role-/;

export function deployingRoleArn(scope: Construct, deployment: Deployment): string {
  const { synthesizer } = Stack.of(scope);
  if (!(synthesizer instanceof DefaultStackSynthesizer)) return deployRoleArn(deployment);
  const named = synthesizer.cloudFormationExecutionRoleArn;
  if (OF_BOOTSTRAP.test(named)) return deployRoleArn(deployment);
  return named
    .replaceAll('$' + '{AWS::Partition}', Aws.PARTITION)
    .replaceAll('$' + '{AWS::AccountId}', Stack.of(scope).account)
    .replaceAll('$' + '{AWS::Region}', Stack.of(scope).region);
}
