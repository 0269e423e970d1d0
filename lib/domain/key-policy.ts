/**
 * Who may make a key unusable: nobody but the break-glass role, whatever the account's IAM policies allow. Locks keep
 * objects; this keeps what opens them. The tenants' own keys (created at run time) and the keys of the stacks follow the
 * same rules. See docs/decisions/0025-keys-outlive-administrators.md.
 *
 * Invariant: nobody can schedule the deletion of a key that has the tag `holdfast:held`, and nobody but the break-glass role
 * that of a key which all tenants share.
 */
import { AUDITORS, SYSTEM } from './tenant.ts';

/** Tag of the key of a tenant under legal hold, or of one that must stay for another reason; its value is `true`. */
export const HELD_TAG = 'holdfast:held';
export const OWNER_TAG = 'holdfast:owner';

/** ARNs of roles. They need not exist: a policy compares the text. */
export interface KeyRoles {
  /** Everything about every key. Created when it is needed, and removed afterwards. */
  readonly breakGlass: string;
  /** Destroys a tenant's key on purpose, and nothing else. */
  readonly destroyKeys: string;
}

interface KeyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly AWS: string };
  readonly Action: string | readonly string[];
  readonly Resource: '*';
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Requests after which a key no longer opens what was sealed under it, or is no longer found. */
export const KEY_DANGERS = [
  'DisableKey',
  'DeleteImportedKeyMaterial',
  'UpdatePrimaryRegion',
  'DeleteAlias',
  'UpdateAlias',
  'ScheduleKeyDeletion',
  'PutKeyPolicy',
] as const;

/** Statements that deny `KEY_DANGERS` to everyone except the break-glass role and, per request, the others named. */
export function keyGuards(
  breakGlass: string,
  others: Partial<Record<(typeof KEY_DANGERS)[number], string>> = {},
): KeyStatement[] {
  const alone = KEY_DANGERS.filter(action => others[action] === undefined);
  const deny = (Sid: string, actions: readonly string[], except: readonly string[]): KeyStatement => ({
    ...{ Sid, Effect: 'Deny', Principal: '*', Action: actions.map(action => `kms:${action}`), Resource: '*' },
    Condition: { ArnNotLike: { 'aws:PrincipalArn': except } },
  });
  return [
    deny('OnlyBreakGlass', alone, [breakGlass]),
    ...Object.entries(others).map(([action, role]) => deny(`Only${action}`, [action], [breakGlass, role])),
  ];
}

/** The policy of a tenant's key and of its replicas, as a document. */
export function tenantKeyPolicy({ breakGlass, destroyKeys }: KeyRoles): string {
  const [, partition, , , account] = breakGlass.split(':');
  const statements: KeyStatement[] = [
    {
      ...{ Sid: 'TheAccountDecides', Effect: 'Allow', Action: 'kms:*', Resource: '*' },
      Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    },
    ...keyGuards(breakGlass, { ScheduleKeyDeletion: destroyKeys }),
    {
      ...{ Sid: 'HeldKeysStay', Effect: 'Deny', Principal: '*', Action: 'kms:ScheduleKeyDeletion', Resource: '*' },
      Condition: { StringEquals: { [`aws:ResourceTag/${HELD_TAG}`]: ['true'] } },
    },
    {
      ...{ Sid: 'SharedKeysStay', Effect: 'Deny', Principal: '*', Action: 'kms:ScheduleKeyDeletion', Resource: '*' },
      Condition: {
        StringEquals: { [`aws:ResourceTag/${OWNER_TAG}`]: [SYSTEM, AUDITORS] },
        ArnNotLike: { 'aws:PrincipalArn': [breakGlass] },
      },
    },
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
