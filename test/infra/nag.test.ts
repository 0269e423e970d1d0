/** AWS Solutions' rules over every stack: nothing found that is not accepted, and nothing accepted without a reason. */
import { Aspects } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { allStacks, type Synthesized, synthesized, WITH_STANDBY } from './synthesized.ts';

let app: Synthesized;
beforeAll(() => {
  app = synthesized({ source: WITH_STANDBY }, it => Aspects.of(it).add(new AwsSolutionsChecks()));
});

describe('cdk-nag', () => {
  it('finds nothing that is not accepted', () => {
    const stacks = allStacks(app);
    expect(stacks).toHaveLength(10);
    const found = stacks.flatMap(stack => {
      // Each of these synthesizes the whole app again.
      const said = Annotations.fromStack(stack);
      const any = Match.anyValue();
      return [...said.findError('*', any), ...said.findWarning('*', any)].map(({ id, entry }) => `${id} ${entry.data}`);
    });
    expect(found).toEqual([]);
  });

  it('accepts nothing without a reason that a person can check', () => {
    const accepted = [...app.templates.values()].flatMap(template =>
      Object.values(template.toJSON().Resources as Record<string, { Metadata?: Record<string, never> }>).flatMap(
        resource =>
          (resource.Metadata?.cdk_nag as { rules_to_suppress: { id: string; reason: string }[] } | undefined)
            ?.rules_to_suppress ?? [],
      ),
    );
    expect([...new Set(accepted.map(({ id }) => id))].sort()).toEqual([
      // These two are about the function that CDK brings along for calls while deploying.
      'AwsSolutions-IAM4',
      'AwsSolutions-IAM5',
      'AwsSolutions-L1',
      'AwsSolutions-S1',
      'AwsSolutions-SQS3',
    ]);
    for (const { reason } of accepted) expect(reason.length).toBeGreaterThan(30);
  });
});
