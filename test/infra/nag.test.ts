/** The AWS Solutions rules over every stack: every finding is accepted, and every acceptance has a reason. */
import { Aspects } from 'aws-cdk-lib';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { allStacks, CLUSTER_BACKUPS, CONSOLE, DRILLS, unsynthesized, VAULT_DEPLOYMENT } from './synthesized.ts';

let stacks: CloudFormationStackArtifact[];
beforeAll(() => {
  const unchecked = unsynthesized({
    ...{ ...VAULT_DEPLOYMENT, drills: DRILLS, clusterBackups: CLUSTER_BACKUPS, statusPage: {} },
    console: CONSOLE,
  });
  Aspects.of(unchecked.app).add(new AwsSolutionsChecks());
  const assembly = unchecked.app.synth();
  stacks = allStacks(unchecked).map(stack => assembly.getStackArtifact(stack.artifactId));
});

describe('cdk-nag', () => {
  it('has no finding that is not accepted', () => {
    expect(stacks).toHaveLength(20);
    const found = stacks.flatMap(stack => stack.messages.filter(({ level }) => level !== 'info'));
    expect(found.map(({ id, entry }) => `${id} ${entry.data}`)).toEqual([]);
  });

  it('accepts no finding without a verifiable reason', () => {
    const accepted = stacks.flatMap(({ template }) =>
      Object.values(template.Resources as Record<string, { Metadata?: Record<string, never> }>).flatMap(
        resource =>
          (resource.Metadata?.cdk_nag as { rules_to_suppress: { id: string; reason: string }[] } | undefined)
            ?.rules_to_suppress ?? [],
      ),
    );
    expect([...new Set(accepted.map(({ id }) => id))].sort()).toEqual([
      // Of the API of the console.
      'AwsSolutions-APIG4',
      // Of the public status page, and of the console.
      ...['AwsSolutions-CFR1', 'AwsSolutions-CFR2', 'AwsSolutions-CFR3', 'AwsSolutions-CFR4'],
      // Of the people of the console.
      ...['AwsSolutions-COG3', 'AwsSolutions-COG8'],
      // These two concern the function that CDK adds for API calls during deployment.
      'AwsSolutions-IAM4',
      'AwsSolutions-IAM5',
      'AwsSolutions-L1',
      'AwsSolutions-S1',
      'AwsSolutions-SQS3',
    ]);
    for (const { reason } of accepted) expect(reason.length).toBeGreaterThan(30);
  });
});
