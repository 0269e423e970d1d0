/** Which role in the account of the vault a caller gets, and what happens if STS grants none. */
import type { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { vaultSession } from '../../../lib/aws/vault-session.ts';
import { testClock } from '../../support/local-deps.ts';

const ROLES = ['hands-on', 'operator', 'approver'].map(name => `arn:aws:iam::444455556666:role/holdfast-vault-${name}`);
const HOUR_MS = 3600_000;
const fault = (name: string, httpStatusCode = 403) =>
  Object.assign(new Error('Said.'), { name, $metadata: { httpStatusCode, attempts: 6 } });

/** STS that grants some roles, denies the others, and remembers what it was asked. */
function stsThat(grants: (role: string) => boolean, denial = fault('AccessDenied')) {
  const asked: Partial<AssumeRoleCommand['input']>[] = [];
  const clock = testClock(new Date('2026-03-01T00:00:00Z'));
  const send = async ({ input }: AssumeRoleCommand) => {
    asked.push(input);
    if (!grants(input.RoleArn!)) throw denial;
    const Expiration = new Date(clock.now().getTime() + HOUR_MS);
    return { Credentials: { AccessKeyId: input.RoleArn, SecretAccessKey: 's', SessionToken: 't', Expiration } };
  };
  return { asked, clock, options: { sts: { send } as unknown as STSClient, clock } };
}

describe('a session in the account of the vault', () => {
  it('is of the first role that STS grants, under the name of the caller, without a policy of its own', async () => {
    const { options, asked } = stsThat(role => role !== ROLES[0]);
    const session = await vaultSession(options, { roles: ROLES, name: 'ann@example.com' });
    expect(await session()).toMatchObject({ accessKeyId: ROLES[1] });
    expect(asked.map(each => each.RoleArn)).toEqual(ROLES.slice(0, 2));
    expect(asked.at(-1)).toEqual({ RoleArn: ROLES[1], RoleSessionName: 'ann@example.com', DurationSeconds: 3600 });
  });

  it('is kept, and renewed before a function could outlive it', async () => {
    const { options, asked, clock } = stsThat(() => true);
    const session = await vaultSession(options, { roles: ROLES.slice(0, 1), name: 'holdfast' });
    const first = await session();
    clock.advance(39 * 60_000);
    expect(await session()).toBe(first);
    clock.advance(2 * 60_000);
    expect(await session()).not.toBe(first);
    expect(asked).toHaveLength(2);
  });

  it('has a name that STS accepts, whatever the caller is called', async () => {
    const { options, asked } = stsThat(() => true);
    await vaultSession(options, { roles: ROLES, name: `Ann Ä/B ${'x'.repeat(80)}` });
    expect(asked[0]!.RoleSessionName).toMatch(/^[\w+=,.@-]{2,64}$/);
  });

  it('is refused if every role is, or none is named, and says what to deploy', async () => {
    const { options } = stsThat(() => false);
    const refused = { code: 'vault-role-refused', retry: 'operator', hint: expect.stringContaining('vault.operators') };
    await expect(vaultSession(options, { roles: ROLES, name: 'ann' })).rejects.toMatchObject({
      ...refused,
      // Minutes after a deployment the role may not be effective yet.
      settles: true,
    });
    await expect(vaultSession(options, { roles: [], name: 'ann' })).rejects.toMatchObject({
      ...refused,
      settles: false,
    });
  });

  it('is not looked for in another role if the answer is no denial', async () => {
    const expired = stsThat(() => false, fault('ExpiredToken'));
    await expect(vaultSession(expired.options, { roles: ROLES, name: 'ann' })).rejects.toMatchObject({
      ...{ code: 'vault-role-refused', settles: false, details: { fault: 'ExpiredToken' } },
    });
    const away = stsThat(() => false, fault('ServiceUnavailable', 503));
    await expect(vaultSession(away.options, { roles: ROLES, name: 'ann' })).rejects.toMatchObject({
      ...{ code: 'session-unreachable', retry: 'auto' },
    });
    for (const { asked } of [expired, away]) expect(asked).toHaveLength(1);
  });
});
