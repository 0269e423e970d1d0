/**
 * Names of the roles on both sides of a vault account. Computed on each side, because neither account's stacks can refer to
 * the other's: a trust policy compares the caller's role with a name, so that the vault can be deployed before there is one.
 */
import { Aws } from 'aws-cdk-lib';
import type { Deployment } from './deployment.ts';
import {
  hasPeopleRoles,
  type PeopleRole,
  peopleRoleName,
  peopleRolesIn,
  type RegionName,
  vaultAccountOf,
  type WorkRegion,
} from './names.ts';

/** People by the policies of the recovery stack that concern the vault, the most permitted first. */
export const VAULT_PEOPLE = ['hands-on', 'auditor', 'operator', 'legal-officer', 'approver'] as const;
export type VaultPerson = (typeof VAULT_PEOPLE)[number];

/** The role of a function in the database's account. Only with a vault account it has a name. */
export function functionRoleName(deployment: Deployment, region: RegionName, fn: string): string {
  return named([deployment.name, fn], region);
}

/** Its role in the account of the vault. */
export function vaultRoleName(deployment: Deployment, region: RegionName, duty: string): string {
  return named([deployment.name, 'vault', duty], region);
}

/** The role of its sessions for one tenant, likewise. */
export function sessionRoleName(deployment: Deployment, region: RegionName, fn: string): string {
  return named([deployment.name, 'vault', fn, 'session'], region);
}

export function functionRoleArn(deployment: Deployment, region: RegionName, fn: string): string {
  return roleArn(`${deployment.account}`, functionRoleName(deployment, region, fn));
}

export function inVaultAccount(deployment: Deployment, roleName: string): string {
  return roleArn(vaultAccountOf(deployment), roleName);
}

/** ARNs of the roles, some with a star at their end, whose sessions may take the vault's role for these people. */
export function rolesOfPeople(deployment: Deployment, region: WorkRegion, person: VaultPerson): readonly string[] {
  const { operators = [], approvers = [], auditors = [], legalOfficers = [], handsOn = [] } = deployment.vault ?? {};
  const own = (role: PeopleRole) =>
    hasPeopleRoles(deployment) && peopleRolesIn(region).includes(role)
      ? [roleArn(`${deployment.account}`, peopleRoleName(deployment, region, role))]
      : [];
  const arns: Record<VaultPerson, readonly string[]> = {
    'hands-on': handsOn,
    auditor: [...own('auditors'), ...auditors],
    operator: [...own('operators'), ...operators],
    'legal-officer': [...own('legal-officers'), ...legalOfficers],
    approver: [...own('approvers'), ...approvers],
  };
  return arns[person];
}

/** ARNs of the vault's roles for people, the most permitted first; without a vault account none. */
export function vaultPeopleRoles(deployment: Deployment, region: WorkRegion): string[] {
  if (deployment.vault === undefined) return [];
  return VAULT_PEOPLE.filter(person => rolesOfPeople(deployment, region, person).length > 0).map(person =>
    inVaultAccount(deployment, vaultRoleName(deployment, region, person)),
  );
}

function roleArn(account: string, name: string): string {
  return `arn:${Aws.PARTITION}:iam::${account}:role/${name}`;
}

/** Roles are global to an account, and functions of the same name in several regions. */
function named(parts: readonly string[], region: RegionName): string {
  return [...parts, ...(region === 'primary' ? [] : [region])].join('-');
}
