/**
 * The first deployment of an installation, which may fail halfway. With `--context first=true` nothing protects yet what
 * CloudFormation has to remove again: then the same command works a second time. Without it, which is the default and
 * applies to every later deployment, everything is protected (docs/decisions/0026-a-first-deployment-can-fail.md).
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Of everything that cannot be recreated: CloudFormation keeps it when it leaves the template, is replaced or its stack is
 * deleted, and removes it only if the deployment that created it fails.
 */
export const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

export function isFirstDeployment(scope: Construct): boolean {
  const given: unknown = scope.node.tryGetContext('first');
  return given === true || given === 'true';
}
