/**
 * A session of a role in the account of the vault, where it is not that of the caller. A function has one role there; a
 * person may have several, and gets the first that STS grants.
 */
import { StorageError } from '../domain/errors.ts';
import { type RoleSessionOptions, roleSession, type SessionCredentials } from './role-session.ts';
import { faultName, isDenial } from './transient.ts';

export interface VaultRoleChoice {
  /** ARNs, the most permitted first. */
  readonly roles: readonly string[];
  /** Of the session, for CloudTrail. */
  readonly name: string;
}

/** Characters that a session's name can have. */
const IN_NAMES = /[^\w+=,.@-]/g;

/** Resolves once the session exists. StorageError `vault-role-refused`, `session-unreachable`. */
export async function vaultSession(options: RoleSessionOptions, choice: VaultRoleChoice): Promise<SessionCredentials> {
  const name = choice.name.replace(IN_NAMES, '-').slice(0, 64);
  let denial: unknown;
  for (const role of choice.roles) {
    const session = roleSession(options, { role, name, refused });
    try {
      await session();
      return session;
    } catch (error) {
      denial = (error as Error).cause;
      if (!isDenial(denial)) throw error;
    }
  }
  throw refused(denial);
}

/** Without a cause, nobody was asked: no role is named for these people. */
function refused(cause?: unknown): StorageError {
  const fault = cause === undefined ? 'no role is named' : faultName(cause);
  return new StorageError('vault-role-refused', `STS refused the role in the account of the vault (${fault}).`, {
    hint: "Nothing was done. Deploy the vault's account before that of the database. A person's role must be named in `vault.operators`, `vault.approvers` or `vault.handsOn` of the deployment.",
    cause,
    settles: isDenial(cause),
    details: { fault },
  });
}
