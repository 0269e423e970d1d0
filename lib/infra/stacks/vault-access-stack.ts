/**
 * Who reaches the vault from another account: only where the vault has an account of its own. Deployed before the stacks of
 * the database's account, by whoever deploys the vault. Stateless: without it nobody reaches the vault, and nothing is lost.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DestroyKeysRole } from '../constructs/destroy-keys-role.ts';
import { VaultRoles } from '../constructs/vault-roles.ts';
import type { Deployment } from '../deployment.ts';

export interface VaultAccessStackProps extends StackProps {
  readonly deployment: Deployment;
}

export class VaultAccessStack extends Stack {
  /** Filled by the stacks of the database's account, whose functions say what they need. */
  readonly roles: VaultRoles;

  constructor(scope: Construct, id: string, props: VaultAccessStackProps) {
    // A role for each function and person: with indentation the template nears CloudFormation's limit of a megabyte.
    super(scope, id, { ...props, suppressTemplateIndentation: true });
    const { deployment } = props;
    this.roles = new VaultRoles(this, 'Roles', deployment);
    new DestroyKeysRole(this, 'DestroyKeys', deployment);
  }
}
