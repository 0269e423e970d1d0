/**
 * Accepted findings of cdk-nag: each with its reason, beside the resource that it concerns, and in the template for
 * auditors of the account. Uses the metadata format of cdk-nag, so that deploying does not need cdk-nag.
 */
import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

interface Suppression {
  readonly id: string;
  readonly reason: string;
  readonly applies_to?: readonly string[];
}

/** Accepts a finding for the construct and everything in it. `appliesTo` narrows it to findings such as `Resource::<arn>`. */
export function accept(construct: IConstruct, id: string, reason: string, appliesTo?: readonly string[]): void {
  const suppression: Suppression = { id, reason, ...(appliesTo && { applies_to: appliesTo }) };
  for (const node of construct.node.findAll()) {
    if (!CfnResource.isCfnResource(node)) continue;
    const known = (node.getMetadata('cdk_nag')?.rules_to_suppress ?? []) as Suppression[];
    node.addMetadata('cdk_nag', { rules_to_suppress: [...known, suppression] });
  }
}
