/** Under which names the roles for people can be assumed, according to an independent policy evaluator. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { pinnedRoleNames } from '../../lib/infra/names.ts';
import { ACCOUNT, type Loose, plainText, STANDBY_DEPLOYMENT, synthesized } from './synthesized.ts';

const PROVIDER = `arn:aws:iam::${ACCOUNT}:role/from-the-identity-provider`;
const SIGN_IN = { people: { signInAccounts: [ACCOUNT], signInRoles: [PROVIDER] } };
const template = synthesized(SIGN_IN).templates.get('holdfast-recovery')!;
const roles = Object.values(template.findResources('AWS::IAM::Role')).filter(
  ({ Properties }) => Properties.RoleName !== undefined,
);
const MFA = { 'aws:MultiFactorAuthPresent': 'true' };

/** What AWS says to someone who may assume every role as far as their own policies go. */
async function assumes(principal: string, context: Record<string, string>, action = 'AssumeRole'): Promise<boolean[]> {
  return Promise.all(
    roles.map(async ({ Properties }) => {
      const simulated = await runSimulation(
        {
          request: {
            ...{ principal, action: `sts:${action}`, contextVariables: context },
            resource: { resource: `arn:aws:iam::${ACCOUNT}:role/${Properties.RoleName}`, accountId: ACCOUNT },
          },
          identityPolicies: [
            {
              name: 'all',
              policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] },
            },
          ],
          ...{ serviceControlPolicies: [], resourceControlPolicies: [] },
          resourcePolicy: trusted(Properties.AssumeRolePolicyDocument),
        },
        {},
      );
      if (simulated.resultType === 'error') throw new Error(JSON.stringify(simulated.errors));
      return simulated.overallResult === 'Allowed';
    }),
  );
}

function trusted(document: Loose): Loose {
  const text = (value: Loose) => plainText(value).replaceAll('<AWS::Partition>', 'aws');
  return {
    ...document,
    Statement: document.Statement.map((each: Loose) => ({
      ...each,
      Principal: { AWS: [each.Principal.AWS].flat().map(text) },
    })),
  };
}

describe('the roles for people', () => {
  it('are two, with the policies of operators and approvers', () => {
    expect(roles.map(({ Properties }) => Properties.RoleName)).toEqual(['holdfast-operators', 'holdfast-approvers']);
    for (const { Properties } of roles) expect(Properties.ManagedPolicyArns).toHaveLength(1);
  });

  it('are assumed by an IAM user under the own user name, with MFA', async () => {
    const ann = `arn:aws:iam::${ACCOUNT}:user/ann`;
    const as = (name: string, more: object = MFA) =>
      assumes(ann, { 'aws:username': 'ann', 'sts:RoleSessionName': name, ...more });
    expect(await as('ann')).toEqual([true, true]);
    for (const name of ['bob', 'Ann', 'ann2', 'aws-sdk-js-1764320000000', '*'])
      expect([name, ...(await as(name))]).toEqual([name, false, false]);
    expect(await as('ann', {})).toEqual([false, false]);
  });

  it('are assumed by a session of the identity provider under its source identity, and by no other role', async () => {
    const session = (role: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/anything`;
    const as = (role: string, name: string, more: Record<string, string> = { 'aws:SourceIdentity': 'ann' }) =>
      assumes(session(role), {
        ...{ 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/${role}`, 'sts:RoleSessionName': name },
        ...MFA,
        ...more,
      });
    expect(await as('from-the-identity-provider', 'ann')).toEqual([true, true]);
    expect(await as('from-the-identity-provider', 'bob')).toEqual([false, false]);
    expect(await as('from-the-identity-provider', 'ann', {})).toEqual([false, false]);
    expect(await as('Engineer', 'ann')).toEqual([false, false]);
  });

  it('let an IAM user set no source identity but the own user name', async () => {
    const set = (identity: string) =>
      assumes(
        `arn:aws:iam::${ACCOUNT}:user/ann`,
        { 'aws:username': 'ann', 'sts:SourceIdentity': identity },
        'SetSourceIdentity',
      );
    expect(await set('ann')).toEqual([true, true]);
    expect(await set('bob')).toEqual([false, false]);
  });

  it('do not exist unless the deployment says who signs in', () => {
    const named = Object.values(synthesized().templates.get('holdfast-recovery')!.findResources('AWS::IAM::Role'));
    expect(named.filter(({ Properties }) => Properties.RoleName !== undefined)).toEqual([]);
  });

  it('are the ones whose sessions count as people, in both regions, beside those that the deployment names', () => {
    const names = (people: object) =>
      pinnedRoleNames(parseDeployment({ ...example, ...STANDBY_DEPLOYMENT, people }, 'example'));
    expect(names({ pinnedRoles: ['OnCall'] })).toEqual(['OnCall']);
    expect(names({ ...SIGN_IN.people, pinnedRoles: ['OnCall'] })).toEqual([
      ...['holdfast-operators', 'holdfast-approvers'],
      ...['holdfast-operators-standby', 'holdfast-approvers-standby', 'OnCall'],
    ]);
  });
});
