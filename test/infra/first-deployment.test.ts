/**
 * What a deployment may remove again if it fails, and what stays when an installation is removed: as the templates say, and
 * as the pages say.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { allStacks, type Loose, plainText, STANDBY_DEPLOYMENT, synthesized, unsynthesized } from './synthesized.ts';

const DEPLOYMENT = { ...STANDBY_DEPLOYMENT, keys: { mode: 'pooled' as const } };
const usual = synthesized(DEPLOYMENT);
const first = unsynthesized(DEPLOYMENT, { first: 'true' });
const stateful = (name: string) => /-(?:vault|replica)-/.test(name);

const page = readFileSync(join(import.meta.dirname, '../../docs/uninstall.md'), 'utf8');
/** Rows of the table of what stays: stack, resource. */
const listed = [...page.matchAll(/^\| `NAME-([a-z-]+)` \| ([^|]+) \|/gm)].map(
  ([, stack, what]) => `${stack} ${what!.trim()}`,
);

/** What CloudFormation keeps when it deletes the stack: the type, and the name where there is one. */
function staying(template: Template): string[] {
  const resources: Loose[] = Object.values(template.toJSON().Resources);
  return resources
    .filter(({ DeletionPolicy }) => /^Retain/.test(DeletionPolicy ?? ''))
    .map(({ Type, Properties }) => {
      const kind = KINDS[Type.replace('AWS::', '')] ?? Type;
      const name = Properties.BucketName ?? Properties.TableName ?? Properties.AliasName;
      return name === undefined ? kind : `${kind} \`${named(plainText(name))}\``;
    })
    .sort();
}
const KINDS: Record<string, string> = {
  'S3::Bucket': 'bucket',
  'DynamoDB::GlobalTable': 'table',
  'KMS::Key': 'key',
  'KMS::ReplicaKey': 'key',
  'KMS::Alias': 'alias',
};
const named = (text: string) =>
  text
    .replace('111122223333', 'ACCOUNT')
    .replace(/(eu|us)-[a-z]+-\d/, 'REGION')
    .replace('holdfast', 'NAME');

describe('the first deployment', () => {
  it('can be undone by CloudFormation: no protection, and nothing that is kept although its creation failed', () => {
    for (const stack of allStacks(first).filter(({ stackName }) => stateful(stackName))) {
      expect([stack.stackName, stack.terminationProtection]).toEqual([stack.stackName, false]);
      const text = JSON.stringify(Template.fromStack(stack).toJSON());
      expect(text).not.toMatch(/"DeletionPolicy":"Retain"|"DeletionProtectionEnabled":true/);
    }
  });

  it('lets CloudFormation remove the keys that it has just made, and nobody else', () => {
    const vault = Template.fromStack(first.vaults.get('primary')!);
    for (const { Properties } of Object.values(vault.findResources('AWS::KMS::Key'))) {
      const denies: Loose[] = Properties.KeyPolicy.Statement.filter((each: Loose) => each.Effect === 'Deny');
      for (const action of ['kms:ScheduleKeyDeletion', 'kms:DeleteAlias']) {
        const denied = denies.find(({ Action }) => [Action].flat().includes(action));
        expect(denied.Condition.ArnNotLike['aws:PrincipalArn'].map(plainText)).toEqual([
          expect.stringContaining('break-glass'),
          expect.stringContaining('cfn-exec-role'),
        ]);
      }
    }
  });

  it('is the only difference to every later one, which protects everything', () => {
    for (const stack of allStacks(usual)) {
      expect([stack.stackName, stack.terminationProtection ?? false]).toEqual([
        stack.stackName,
        stateful(stack.stackName),
      ]);
      const changed = JSON.stringify(
        Template.fromStack(allStacks(first).find(each => each.stackName === stack.stackName)!).toJSON(),
      );
      if (!stateful(stack.stackName))
        expect(JSON.stringify(usual.templates.get(stack.stackName)!.toJSON()) === changed).toBe(true);
    }
    const tables = Object.values(
      usual.templates.get('holdfast-vault-primary')!.findResources('AWS::DynamoDB::GlobalTable'),
    );
    for (const { Properties } of tables)
      for (const replica of Properties.Replicas) expect(replica.DeletionProtectionEnabled).toBe(true);
  });
});

describe('docs/uninstall.md', () => {
  it('lists exactly what stays, stack by stack', () => {
    const found = [...usual.templates].flatMap(([name, template]) =>
      staying(template).map(each => `${name.replace('holdfast-', '')} ${each}`),
    );
    expect([...listed].sort()).toEqual(found.sort());
    expect(found.length).toBeGreaterThan(15);
  });

  it('is named by the stacks that keep something, which the console shows before they are deleted', () => {
    for (const [name, template] of usual.templates) {
      const description = template.toJSON().Description ?? '';
      expect([name, description.includes('docs/uninstall.md')]).toEqual([name, staying(template).length > 0]);
    }
  });
});
