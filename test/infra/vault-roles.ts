/** The roles on both sides of a vault account, with their policies as AWS resolves them, from the synthesized templates. */
import type { Template } from 'aws-cdk-lib/assertions';
import { type Principal, resolved } from './policy-simulation.ts';
import { ACCOUNT, type Loose, type Synthesized, VAULT_ACCOUNT } from './synthesized.ts';

export interface NamedRole extends Principal {
  /** The trust policy. */
  readonly trust: Loose;
  readonly maxSessionSeconds: number;
}

/** Roles of the account of the vault, by name. */
export function vaultRolesOf({ templates }: Synthesized): Map<string, NamedRole> {
  return namedRoles(templates.get('holdfast-vault-access')!, VAULT_ACCOUNT);
}

/** Roles with names of the account of the database, by name. */
export function workRolesOf({ templates }: Synthesized): Map<string, NamedRole> {
  const ofVault = /^holdfast-(vault|replica)-/;
  const stacks = [...templates].filter(([name]) => !ofVault.test(name)).map(([, template]) => template);
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
