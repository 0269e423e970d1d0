/**
 * Who reaches the vault from another account: only where the vault has an account of its own. Deployed before the stacks of
 * the database's account, by whoever deploys the vault. Stateless: without it nobody reaches the vault, and nothing is lost.
 * One stack for the primary region and one for all others: a role for each function and person would exceed the
 * megabyte of a template.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DestroyKeysRole } from '../constructs/destroy-keys-role.ts';
import { VaultRoles } from '../constructs/vault-roles.ts';
import type { Deployment } from '../deployment.ts';

export interface VaultAccessStackProps extends StackProps {
  readonly deployment: Deployment;
}

/** Roles of the regions beside the primary: filled through the primary's stack. */
export class VaultAccessElsewhereStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, { ...props, suppressTemplateIndentation: true });
  }
}

export class VaultAccessStack extends Stack {
  /** Filled by the stacks of the database's account, whose functions say what they need. */
  readonly roles: VaultRoles;

  /** `elsewhere`: the stack of the other regions. */
  constructor(scope: Construct, id: string, props: VaultAccessStackProps, elsewhere: VaultAccessElsewhereStack) {
    super(scope, id, { ...props, suppressTemplateIndentation: true });
    const { deployment } = props;
    this.roles = new VaultRoles(this, 'Roles', deployment, new Construct(elsewhere, 'Roles'));
    new DestroyKeysRole(this, 'DestroyKeys', deployment);
  }
}
