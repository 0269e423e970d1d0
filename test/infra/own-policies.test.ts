/** A deployment's own Cedar policies: what is wrong is refused before anything is deployed, and what is right decides. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { deployedGovernance } from '../../lib/infra/deployed-governance.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { ownPolicies } from '../../lib/infra/own-policies.ts';
import { authorizer } from '../../lib/operations/governance/authorize.ts';
import { unsynthesized } from './synthesized.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-policies-'));
const A = tenantRef('an-installation', tenantId('acme'));
const operator: Principal = { name: 'olga', proof: 'iam', roles: ['operator'], tenants: [] };

/** The file with this text, named as a deployment names it. */
function fileWith(text: string): string[] {
  writeFileSync(join(directory, 'own.cedar'), text);
  return ['own.cedar'];
}
const read = (text: string) => ownPolicies(fileWith(text), directory);
const FORBID = `// Äußerste Vorsicht.\n@id("no-restores")\nforbid (principal, action == Action::"restore", resource);\n`;

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was refused.');
}

describe('policies of a deployment', () => {
  it('are deployed with the functions, and decide beside those of Holdfast', async () => {
    const deployment = parseDeployment(example, 'example');
    const { policies } = deployedGovernance(deployment, read(FORBID));
    const decided = (permission: 'restore' | 'snapshot') => authorizer(policies)(operator, permission, A);
    expect(await decided('restore')).toEqual({ allowed: false, policies: ['no-restores'] });
    expect(await decided('snapshot')).toEqual({ allowed: true, policies: ['operator'] });
    expect((await authorizer()(operator, 'restore', A)).allowed).toBe(true);
  });

  it.each([
    ['does not parse', `${FORBID}\npermit (principal, action, resource)\n`, /line 5, .*unexpected/],
    [
      'names an action that there is not',
      `${FORBID}@id("b")\nforbid (\n  principal, action == Action::"nope", resource);\n`,
      /line 6, .*Action::"nope"/,
    ],
    [
      'reads an attribute that there is not',
      `${FORBID}@id("b")\nforbid (principal, action, resource)\nwhen { principal.team == "a" };\n`,
      /line 6, .*team/,
    ],
    ['has no id', `${FORBID}forbid (principal, action, resource);\n`, /line 4, .*@id/],
    [
      'takes an id of Holdfast',
      `@id("operator")\nforbid (principal, action, resource);\n`,
      /line 1, .*"operator" is in use/,
    ],
    ['has an id twice', `${FORBID}\n${FORBID}`, /line 6, .*"no-restores" is in use/],
    ['is a template', `@id("t")\npermit (principal == ?principal, action, resource);\n`, /templates/],
  ])('that %s are refused, with the file, the line and what to do', (_, text, message) => {
    const refused = thrownBy(() => read(text));
    expect(refused).toMatchObject({ code: 'bad-policy', hint: expect.stringMatching(/Correct the file/) });
    expect(refused.message).toMatch(/The policies in own\.cedar, line \d+, cannot be used/);
    expect(refused.message).toMatch(message);
  });

  it('that are missing or wrong stop the synthesis', () => {
    const stacksWith = (policies: string[]) => () => unsynthesized({ policies });
    expect(thrownBy(stacksWith(['none.cedar']))).toMatchObject({ code: 'no-policy-file' });
    writeFileSync(join(directory, 'wrong.cedar'), 'permit');
    expect(thrownBy(stacksWith([join(directory, 'wrong.cedar')]))).toMatchObject({ code: 'bad-policy' });
  });
});
