/**
 * With which credentials the vault is reached: the caller's own, or those of a role in the account of the vault. Invariant:
 * where there is such a role, nothing of the vault is ever asked with the caller's own credentials.
 */
import { STSClient } from '@aws-sdk/client-sts';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { vaultSession } from '../aws/vault-session.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { systemClock } from '../local/system-clock.ts';

export interface VaultCaller {
  /** Roles there, the most permitted first: for people. Absent: the role of the configuration, if it has one. */
  readonly vaultRoles?: readonly string[];
  /** Who calls, for CloudTrail. */
  readonly caller?: string;
}

export type VaultTarget = Pick<AwsTarget, 'region' | 'profile' | 'credentials'>;

/** StorageError `vault-role-refused`, `session-unreachable`. */
export async function vaultTarget(
  { name, vaultRole }: Pick<FunctionConfig, 'name' | 'vaultRole'>,
  own: Pick<AwsTarget, 'region' | 'profile'>,
  { vaultRoles: roles = vaultRole === undefined ? undefined : [vaultRole], caller = name }: VaultCaller,
): Promise<VaultTarget> {
  if (roles === undefined) return own;
  const sts = new STSClient(clientOptions(own));
  const credentials = await vaultSession({ sts, clock: systemClock }, { roles, name: caller });
  return { region: own.region, credentials };
}
