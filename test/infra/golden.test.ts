/**
 * The protection stack as CloudFormation gets it, kept in the repository so that a review sees what a change does to
 * the account. Digests of code are left out. After a change that is meant: `npx vitest run test/infra/golden -u`.
 */
import { expect, it } from 'vitest';
import { type Loose, plainText, synthesized } from './synthesized.ts';

it('gives the template that was reviewed', async () => {
  const template = synthesized().templates.get('holdfast-protection')!.toJSON();
  await expect(`${JSON.stringify(normalized(template), null, 2)}\n`).toMatchFileSnapshot(
    'golden/holdfast-protection.template.golden',
  );
});

function normalized(value: Loose): Loose {
  if (typeof value === 'string') return value.replaceAll(/[0-9a-f]{64}/g, '<digest>');
  if (Array.isArray(value)) return value.map(normalized);
  if (value === null || typeof value !== 'object') return value;
  if (value['Fn::Join']) return normalized(plainText(value));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, normalized(member)]));
}
