/**
 * Which callers that IAM authenticated are people. A session name is a person's name only where nobody can choose it: IAM
 * Identity Center sets it to its user, and a trust policy can pin it to the IAM user or to the source identity. The
 * sessions of every other role carry what their caller wrote, or what an SDK made up.
 *
 * Invariant: one person, in however many sessions and roles, has one name; what is no person neither requests nor
 * approves.
 */
import { InputError } from './errors.ts';
import { requirePerson } from './person.ts';

const USER = /^arn:[\w-]+:iam::\d{12}:user\/(?:[!-~]*\/)?[\w+=,.@-]+$/;
const SESSION = /^arn:[\w-]+:sts::\d{12}:assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/;
/** IAM Identity Center: its permission set and a suffix of 16 digits. IAM reserves such roles for it. */
const IDENTITY_CENTER_ROLE = /^AWSReservedSSO_[\w+=,.@-]+_[0-9a-f]{16}$/;

/**
 * The caller's ARN if it identifies a person. `pinnedRoles`: names of roles whose trust policy pins the session name.
 * InputError `identity-unclear`, `identity-unpinned`.
 */
export function personOfCaller(arn: string, pinnedRoles: readonly string[]): string {
  const role = SESSION.exec(arn)?.[1];
  if (role === undefined && !USER.test(arn)) {
    throw new InputError(
      'identity-unclear',
      'The caller is not a person: neither an IAM user nor a session of a role.',
      {
        hint: 'Sign in through IAM Identity Center, as an IAM user, or with a role that pins session names to people.',
      },
    );
  }
  requirePerson(arn);
  if (role === undefined || IDENTITY_CENTER_ROLE.test(role) || pinnedRoles.includes(role)) return arn;
  throw new InputError('identity-unpinned', `The session name of the role ${role} is whatever its caller chooses.`, {
    hint: 'Sign in through IAM Identity Center, as an IAM user, or with a role that pins session names to people and that people.pinnedRoles names (docs/on-aws.md).',
  });
}

const UNVERIFIED = ' (unverified)';

/** How a name that a request only claims is recorded: it requests nothing that needs approval. */
export function unverified(name: string): string {
  return `${isUnverified(name) ? name.slice(0, -UNVERIFIED.length) : name}${UNVERIFIED}`;
}

export function isUnverified(name: string): boolean {
  return name.endsWith(UNVERIFIED);
}
