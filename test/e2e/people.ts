/** People of the emulated account: each signs in to a role with STS, and the policies attached to that role are enforced. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { ACCOUNT, type Emulator } from './emulator.ts';
import type { SigningKeys } from './signed-requests.ts';

/** A role of a permission set, named as IAM Identity Center names it: its session names are people. Returns its ARN. */
export async function makeRole(emulator: Emulator, set: string, policies: readonly string[]): Promise<string> {
  const name = `AWSReservedSSO_${set}_0123456789abcdef`;
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' }],
  };
  await emulator.iam('CreateRole', { RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
  for (const policy of policies)
    await emulator.iam('AttachRolePolicy', {
      ...{ RoleName: name, PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/${policy}` },
    });
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** Credentials of that person in that role. */
export async function signIn(emulator: Emulator, role: string, person: string): Promise<SigningKeys> {
  const sts = new STSClient(emulator.target);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: person }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

/** Profiles of the AWS configuration: each assumes its role under that name, with the credentials of the account. */
export function profilesOf(
  region: string,
  people: Readonly<Record<string, { readonly role: string; readonly person: string }>>,
): string {
  const base = `[profile account]\nregion = ${region}\naws_access_key_id = test\naws_secret_access_key = test\n`;
  const profiles = Object.entries(people).map(
    ([profile, { role, person }]) =>
      `[profile ${profile}]\nregion = ${region}\nsource_profile = account\nrole_arn = ${role}\nrole_session_name = ${person}\n`,
  );
  return [base, ...profiles].join('\n');
}
