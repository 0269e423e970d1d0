/** Under which names the roles for people can be assumed, according to an independent policy evaluator. */
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { pinnedRoleNames } from '../../lib/infra/names.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { REGION } from './policy-simulation.ts';
import { ACCOUNT, type Loose, plainText, STANDBY_DEPLOYMENT, synthesized } from './synthesized.ts';

const PROVIDER = `arn:aws:iam::${ACCOUNT}:role/from-the-identity-provider`;
const SIGN_IN = { people: { signInAccounts: [ACCOUNT], signInRoles: [PROVIDER] } };
const template = synthesized(SIGN_IN).templates.get('holdfast-recovery')!;
const NAMES = ['holdfast-operators', 'holdfast-approvers', 'holdfast-legal-officers', 'holdfast-auditors'];
const ALL = NAMES.map(() => true);
const NONE = NAMES.map(() => false);
const rolesOf = (of: Template) =>
  Object.values(of.findResources('AWS::IAM::Role')).filter(({ Properties }) => NAMES.includes(Properties.RoleName));
const roles = rolesOf(template);
const MFA = { 'aws:MultiFactorAuthPresent': 'true' };

/** What AWS says to someone who may assume every role as far as their own policies go. */
async function assumes(role: string, keys: Record<string, string>, action = 'AssumeRole'): Promise<boolean[]> {
  const { ask } = await policyEvaluator();
  const decisions = roles.map(({ Properties }) =>
    ask({
      principal: role
        .replace(':iam:', ':sts:')
        .replace(':role/', ':assumed-role/')
        .replace(/(assumed-role.*)$/, '$1/session'),
      ...{ role, account: ACCOUNT, region: REGION, action: `sts:${action}`, keys },
      resource: `arn:aws:iam::${ACCOUNT}:role/${Properties.RoleName}`,
      identity: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] },
      policy: trusted(Properties.AssumeRolePolicyDocument, keys),
      required: true,
    }),
  );
  return (await Promise.all(decisions)).map(decision => decision === 'Allow');
}

/** As IAM reads it: the evaluator knows no policy variables, and wants a resource, which a trust policy has not. */
function trusted(document: Loose, keys: Record<string, string>): Loose {
  const text = (value: Loose) => plainText(value).replaceAll('<AWS::Partition>', 'aws');
  const filledIn = JSON.parse(
    // A variable without a value matches nothing.
    JSON.stringify(document).replaceAll(
      /\$\{([\w:]+)\}/g,
      (_, key: string) => keys[key] ?? 'no value of this variable',
    ),
  );
  return {
    ...filledIn,
    Statement: filledIn.Statement.map((each: Loose) => ({
      ...each,
      Resource: '*',
      Principal: { AWS: [each.Principal.AWS].flat().map(text) },
    })),
  };
}

describe('the roles for people', () => {
  it('are four, with the policies of operators, approvers, legal officers and auditors', () => {
    expect(roles.map(({ Properties }) => Properties.RoleName)).toEqual(NAMES);
    const policies = roles.map(({ Properties }) => Properties.ManagedPolicyArns.map(plainText).join());
    expect(policies).toEqual([
      expect.stringMatching(/operator.*console/),
      expect.stringMatching(/^<Peopleapprover\w+>$/),
      expect.stringMatching(/^<Peoplelegalofficer\w+>$/),
      expect.stringMatching(/^<Peopleauditor\w+>$/),
    ]);
  });

  it('are assumed by an IAM user under the own user name, with MFA', async () => {
    const ann = `arn:aws:iam::${ACCOUNT}:user/ann`;
    const as = (name: string, more: object = MFA) =>
      assumes(ann, { 'aws:username': 'ann', 'sts:RoleSessionName': name, ...more });
    expect(await as('ann')).toEqual(ALL);
    for (const name of ['bob', 'Ann', 'ann2', 'aws-sdk-js-1764320000000', '*'])
      expect([name, ...(await as(name))]).toEqual([name, ...NONE]);
    expect(await as('ann', {})).toEqual(NONE);
  });

  it('are assumed by a session of the identity provider under its source identity, and by no other role', async () => {
    const as = (role: string, name: string, more: Record<string, string> = { 'aws:SourceIdentity': 'ann' }) =>
      assumes(`arn:aws:iam::${ACCOUNT}:role/${role}`, { 'sts:RoleSessionName': name, ...MFA, ...more });
    expect(await as('from-the-identity-provider', 'ann')).toEqual(ALL);
    expect(await as('from-the-identity-provider', 'bob')).toEqual(NONE);
    expect(await as('from-the-identity-provider', 'ann', {})).toEqual(NONE);
    expect(await as('Engineer', 'ann')).toEqual(NONE);
  });

  it('let an IAM user set no source identity but the own user name', async () => {
    const set = (identity: string) =>
      assumes(
        `arn:aws:iam::${ACCOUNT}:user/ann`,
        { 'aws:username': 'ann', 'sts:SourceIdentity': identity },
        'SetSourceIdentity',
      );
    expect(await set('ann')).toEqual(ALL);
    expect(await set('bob')).toEqual(NONE);
  });

  it('are refused with more accounts and roles than a trust policy holds', () => {
    const of = (accounts: number, count: number) => ({
      people: {
        signInAccounts: Array.from({ length: accounts }, (_, n) => `${100_000_000_000 + n}`),
        signInRoles: Array.from({ length: count }, (_, n) => `${PROVIDER}-${n}`),
      },
    });
    const [fits] = rolesOf(synthesized(of(9, 10)).templates.get('holdfast-recovery')!);
    const text = JSON.stringify(fits!.Properties.AssumeRolePolicyDocument).replace(
      /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g,
      '"arn:aws$1"',
    );
    expect(text).not.toContain('Fn::');
    expect(text.length).toBeLessThanOrEqual(2048);
    expect(() => synthesized(of(9, 12))).toThrowError('do not fit into one trust policy');
  });

  it('do not exist unless the deployment says who signs in', () => {
    expect(rolesOf(synthesized().templates.get('holdfast-recovery')!)).toEqual([]);
  });

  it('are the ones whose sessions count as people, in both regions, beside those that the deployment names', () => {
    const names = (people: object) =>
      pinnedRoleNames(parseDeployment({ ...example, ...STANDBY_DEPLOYMENT, people }, 'example'));
    expect(names({ pinnedRoles: ['OnCall'] })).toEqual(['OnCall']);
    expect(names({ ...SIGN_IN.people, pinnedRoles: ['OnCall'] })).toEqual([
      ...NAMES,
      ...NAMES.filter(name => !name.includes('legal')).map(name => `${name}-standby`),
      'OnCall',
    ]);
  });
});
