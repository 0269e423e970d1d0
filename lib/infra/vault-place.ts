/**
 * The account of the vault, where it is not that of the database: buckets, keys, catalog and the table of keys, with a role
 * for each duty there (docs/decisions/0030-a-vault-account.md).
 */
import * as z from 'zod';

/** IAM Identity Center appends characters that change when a role is provisioned again: a star, at the end only. */
const PersonRole = z
  .string()
  .regex(
    /^arn:[\w-]+:iam::\d{12}:role\/([\w+=,.@/-]+|[\w+=,.@/-]{8,}\*)$/,
    'must be the ARN of a role; a * may stand for its last characters, after at least eight others',
  );

/** For the ARNs; the rest of IAM's 2,048 is for what else is in the trust policy (vault-roles.ts). */
const CHARACTERS_OF_ROLES = 1500;

function fitATrustPolicy(arns: readonly string[]): boolean {
  const accounts = new Set(arns.map(arn => arn.split(':')[4]));
  // Each account is a principal: `"arn:aws:iam::111122223333:root",`
  return arns.reduce((sum, { length }) => sum + length + 3, accounts.size * 40) <= CHARACTERS_OF_ROLES;
}

const roles = (policy: string) =>
  z
    .array(PersonRole)
    .refine(fitATrustPolicy, 'must fit into one trust policy: name fewer roles, or one that these people share')
    .default([])
    .describe(
      `Roles of people who have the policy \`${policy}\`: their sessions may take the vault's role for it. Those of the recovery stack are known. A \`*\` at the end stands for what IAM Identity Center appends.`,
    );

export const VaultPlace = z
  .strictObject({
    account: z
      .string()
      .regex(/^\d{12}$/, 'must be the 12-digit id of an AWS account')
      .describe('Account of the buckets, keys, catalog and table of keys.'),
    operators: roles('NAME-operator'),
    approvers: roles('NAME-approver'),
    auditors: roles('NAME-auditor'),
    legalOfficers: roles('NAME-legal-officer'),
    handsOn: roles('NAME-hands-on'),
  })
  .describe(
    'Another account for the vault, with deployment permissions of its own (docs/on-aws.md, A vault account). Without it, one account has everything. Cannot be changed once there are backups.',
  );

interface Accounts {
  readonly account?: string | undefined;
  readonly vault?: z.infer<typeof VaultPlace> | undefined;
}

/** Both accounts are known, and are two: each names the roles of the other. */
export function inTwoAccounts<T extends Accounts>(schema: z.ZodType<T>): z.ZodType<T> {
  return schema
    .refine(({ account, vault }) => vault === undefined || account !== undefined, {
      path: ['account'],
      error: 'must be set if there is a vault account: the accounts name each other’s roles',
    })
    .refine(({ account, vault }) => vault === undefined || account !== vault.account, {
      path: ['vault', 'account'],
      error: 'must be another account than that of the database: without `vault`, one account has everything',
    });
}
