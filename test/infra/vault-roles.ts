/** The roles on both sides of a vault account, with their policies as AWS resolves them, from the synthesized templates. */
import type { Template } from 'aws-cdk-lib/assertions';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { type Asked, type Principal, resolved, type World, worldOf } from './policy-simulation.ts';
import { ACCOUNT, type Loose, type Synthesized, synthesized, VAULT_ACCOUNT, VAULT_DEPLOYMENT } from './synthesized.ts';

/** Stacks in the account of the vault. */
export const OF_VAULT = /^holdfast-(vault|replica)-/;
/** Roles there for people. */
export const OF_PEOPLE = /^holdfast-vault-(hands-on|auditor|operator|legal-officer|approver)(-secondary)?$/;
export const DESTROYS_KEYS = 'holdfast-destroy-keys';

export interface TwoAccounts {
  readonly app: Synthesized;
  readonly world: World;
  /** The same deployment in one account. */
  readonly single: World;
  readonly vault: ReadonlyMap<string, NamedRole>;
  readonly work: ReadonlyMap<string, NamedRole>;
}

export const MODES = ['dedicated', 'pooled'] as const;

/** By mode of the keys; with the evaluator ready. Takes SETUP_TIMEOUT_MS. */
export async function twoAccountsByMode(): Promise<ReadonlyMap<string, TwoAccounts>> {
  await policyEvaluator();
  return new Map(MODES.map(mode => [mode, twoAccounts(mode)]));
}

function twoAccounts(mode: (typeof MODES)[number]): TwoAccounts {
  const app = synthesized({ ...VAULT_DEPLOYMENT, keys: { mode } });
  const { vault: _, ...one } = VAULT_DEPLOYMENT;
  const single = worldOf(synthesized({ ...one, keys: { mode } }));
  return { app, single, world: worldOf(app), vault: vaultRolesOf(app), work: workRolesOf(app) };
}

/** Somebody whose own policies allow everything. */
export function person(name: string, account = ACCOUNT): Principal {
  const identity = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  return { name, role: `arn:aws:iam::${account}:role/${name}`, identity };
}

/** Statements as sets, in the words of one account, without what takes the roles of the other. */
export function allowedBy(statements: readonly Loose[]): string[] {
  return statements
    .filter(each => !takesRole(each))
    .map(each => JSON.stringify(each).replaceAll(VAULT_ACCOUNT, ACCOUNT))
    .sort();
}

export function takesRole(statement: Loose): boolean {
  return [statement.Action].flat().includes('sts:AssumeRole');
}

/** To take this role. A trust policy has no resource, which the evaluator wants. */
export function toTake(role: NamedRole): Asked {
  const Statement = role.trust.Statement.map((each: Loose) => ({ ...each, Resource: '*' }));
  return {
    ...{ action: 'sts:AssumeRole', resource: role.role, owner: VAULT_ACCOUNT },
    policy: { ...role.trust, Statement },
  };
}

export interface NamedRole extends Principal {
  /** The trust policy. */
  readonly trust: Loose;
  readonly maxSessionSeconds: number;
}

/** Roles of the account of the vault, by name. */
function vaultRolesOf({ templates }: Synthesized): Map<string, NamedRole> {
  const stacks = ['holdfast-vault-access', 'holdfast-vault-access-elsewhere'];
  return new Map(stacks.flatMap(stack => [...namedRoles(templates.get(stack)!, VAULT_ACCOUNT)]));
}

/** Roles with names of the account of the database, by name. */
function workRolesOf({ templates }: Synthesized): Map<string, NamedRole> {
  const stacks = [...templates].filter(([name]) => !OF_VAULT.test(name)).map(([, template]) => template);
  return new Map(stacks.flatMap(template => [...namedRoles(template, ACCOUNT)]));
}

function namedRoles(template: Template, account: string): Map<string, NamedRole> {
  const roles = Object.entries(template.findResources('AWS::IAM::Role'));
  return new Map(
    roles
      .filter(([, { Properties }]) => Properties.RoleName !== undefined)
      .map(([id, { Properties }]) => [
        Properties.RoleName,
        {
          ...{ name: Properties.RoleName, role: `arn:aws:iam::${account}:role/${Properties.RoleName}` },
          identity: statementsOf(template, id, account),
          trust: resolved(Properties.AssumeRolePolicyDocument, {}, account),
          maxSessionSeconds: Properties.MaxSessionDuration,
        },
      ]),
  );
}

function statementsOf(template: Template, roleId: string, account: string): Loose[] {
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((each: Loose) => each.Ref === roleId))
    .flatMap(({ Properties }) => resolved(Properties.PolicyDocument.Statement, {}, account));
}
