/** Which callers that IAM authenticated can request and approve restores. */
import { describe, expect, it } from 'vitest';
import { isUnverified, personOfCaller, unverified } from '../../../lib/domain/caller.ts';
import { samePerson } from '../../../lib/domain/person.ts';

const ACCOUNT = '111122223333';
const session = (role: string, name: string) => `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${name}`;
const SSO = 'AWSReservedSSO_Operators_0123456789abcdef';
const PINNED = ['holdfast-operators', 'holdfast-approvers'];

describe('a person', () => {
  it.each([
    `arn:aws:iam::${ACCOUNT}:user/ann`,
    `arn:aws:iam::${ACCOUNT}:user/division/team/ann.smith@example.com`,
    `arn:aws-us-gov:iam::${ACCOUNT}:user/ann`,
    session(SSO, 'ann@example.com'),
    session('AWSReservedSSO_Read_Only_0123456789abcdef', 'ann'),
    session('holdfast-operators', 'ann'),
  ])('is %s', arn => {
    expect(personOfCaller(arn, PINNED)).toBe(arn);
  });

  it.each([
    ['a role whose caller chooses the session name', session('Engineer', 'ann'), 'identity-unpinned'],
    ['a role that imitates IAM Identity Center', session('AWSReservedSSO_Operators', 'ann'), 'identity-unpinned'],
    ['a role that only contains its name', session('my-AWSReservedSSO_X_0123456789abcdef', 'ann'), 'identity-unpinned'],
    ['a pinned role in another case', session('Holdfast-Operators', 'ann'), 'identity-unpinned'],
    ['an SDK’s name', session('holdfast-operators', 'aws-sdk-js-1764320000000'), 'identity-unclear'],
    ['an SDK’s name, in any role', session('Engineer', 'aws-sdk-js-1764320000000'), 'identity-unclear'],
    ['boto’s name', session('holdfast-operators', 'botocore-session-1764320000'), 'identity-unclear'],
    ['the command line’s name', session('holdfast-operators', 'AWSCLI-Session'), 'identity-unclear'],
    ['an instance', session('holdfast-operators', 'i-0123456789abcdef0'), 'identity-unclear'],
    ['a number', session('holdfast-operators', '1764320000'), 'identity-unclear'],
    ['a build', session('holdfast-operators', 'GitHubActions'), 'identity-unclear'],
    ['the account itself', `arn:aws:iam::${ACCOUNT}:root`, 'identity-unclear'],
    ['a federated user', `arn:aws:sts::${ACCOUNT}:federated-user/ann`, 'identity-unclear'],
    ['a role without a session', `arn:aws:iam::${ACCOUNT}:role/holdfast-operators`, 'identity-unclear'],
    ['a name alone', 'ann', 'identity-unclear'],
    ['an ARN inside other text', `x ${session('holdfast-operators', 'ann')}`, 'identity-unclear'],
  ])('is not %s', (_, arn, code) => {
    expect(() => personOfCaller(arn, PINNED)).toThrowError(
      expect.objectContaining({ name: 'InputError', code, hint: expect.stringContaining('IAM Identity Center') }),
    );
  });

  it('is the same in the sessions of two roles, and in another account', () => {
    const callers = [
      session('holdfast-operators', 'ann'),
      session('holdfast-approvers', 'ann'),
      session(SSO, 'Ann@example.com'),
      'arn:aws:iam::444455556666:user/ANN',
    ];
    for (const one of callers) for (const other of callers) expect(samePerson(one, other)).toBe(true);
  });
});

describe('a name that a request only claims', () => {
  it('is recorded as unverified, once, and still is the person whom it names', () => {
    const claimed = unverified(session(SSO, 'ann'));
    expect(isUnverified(claimed)).toBe(true);
    expect(unverified(claimed)).toBe(claimed);
    expect(samePerson(claimed, 'ann')).toBe(true);
  });
});
