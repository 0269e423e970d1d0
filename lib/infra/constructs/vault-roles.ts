/**
 * The roles in the account of the vault: for each function one with what it may do there, for those that work for one
 * tenant a second one for their sessions, and one for each kind of people. Each is assumed by exactly the roles of its duty
 * in the account of the database. Invariant: no trust policy admits an account: the principal is the account only because
 * IAM accepts no role that does not exist yet, and the condition names the role.
 */
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import type { RegionName, WorkRegion } from '../names.ts';
import {
  functionRoleArn,
  functionRoleName,
  inVaultAccount,
  rolesOfPeople,
  sessionRoleName,
  type VaultPerson,
  vaultRoleName,
} from '../vault-names.ts';
import { accept } from './accepted.ts';
import type { Grantee } from './grant.ts';

/** Both sides of a function. */
export interface VaultCrossing {
  /** Of the function's role in its own account: the trust policies here compare it. */
  readonly roleName: string;
  readonly role: VaultRole;
  /** If the function works for one tenant at a time. */
  readonly tenantRole?: VaultRole;
}

export interface VaultRole extends Grantee {
  readonly arn: string;
}

/** Sessions of roles that were assumed with a role's session last an hour at most. */
const LONGEST = Duration.hours(1);
const ASSUME = 'sts:AssumeRole';

export class VaultRoles extends Construct {
  private readonly deployment: Deployment;
  private readonly elsewhere: Construct;

  /** `elsewhere`: where the roles of other regions than the primary are. */
  constructor(scope: Construct, id: string, deployment: Deployment, elsewhere: Construct) {
    super(scope, id);
    this.deployment = deployment;
    this.elsewhere = elsewhere;
  }

  forFunction(region: RegionName, fn: string, forOneTenant: boolean): VaultCrossing {
    const { deployment } = this;
    const trust = trustOf([functionRoleArn(deployment, region, fn)], [ASSUME]);
    const what = `${deployment.name}: what ${fn} may do in the vault`;
    const tenantRole = () =>
      this.make(region, sessionRoleName(deployment, region, fn), `${what}, for one tenant`, trust);
    return {
      roleName: functionRoleName(deployment, region, fn),
      role: this.make(region, vaultRoleName(deployment, region, fn), what, trust),
      ...(forOneTenant && { tenantRole: tenantRole() }),
    };
  }

  /** Undefined if the deployment names nobody. */
  forPeople(region: WorkRegion, person: VaultPerson): VaultRole | undefined {
    const from = rolesOfPeople(this.deployment, region, person);
    if (from.length === 0) return undefined;
    const name = vaultRoleName(this.deployment, region, person);
    const what = `${this.deployment.name}: what people with ${person} may do in the vault`;
    return this.make(region, name, what, trustOfPeople(from));
  }

  private make(region: RegionName, roleName: string, description: string, trust: iam.PolicyStatement): VaultRole {
    const role = new iam.Role(region === 'primary' ? this : this.elsewhere, roleName, {
      ...{ roleName, description, maxSessionDuration: LONGEST },
      // Replaced below: a principal of the CDK cannot express it.
      assumedBy: new iam.AccountRootPrincipal(),
    });
    (role.node.defaultChild as iam.CfnRole).assumeRolePolicyDocument = new iam.PolicyDocument({ statements: [trust] });
    const policy = new iam.Policy(role, 'Permissions', { roles: [role] });
    accept(
      policy,
      'AwsSolutions-IAM5',
      'Objects of the vault and tenants’ keys are created at run time: buckets and prefixes, key aliases and the encryption context narrow these statements (access*.ts).',
    );
    return {
      arn: inVaultAccount(this.deployment, roleName),
      addToRolePolicy: statement => policy.addStatements(statement),
    };
  }
}

function accountsOf(arns: readonly string[]): string[] {
  return [...new Set(arns.map(arn => arn.split(':').at(4)!))];
}

function trustOf(from: readonly string[], actions: string[], more: iam.Conditions = {}): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: accountsOf(from).map(account => new iam.AccountPrincipal(account)),
    actions,
    conditions: { ArnLike: { 'aws:PrincipalArn': from }, ...more },
  });
}

/**
 * A session whose identity provider set its source identity keeps it in the next one, which the trust policy must allow.
 * `IfExists`: what is kept is not asked for, and only a request that asks for one has `sts:SourceIdentity`. A session
 * without a source identity can set none, because the variable then matches nothing.
 *
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_sourceidentity
 */
function trustOfPeople(from: readonly string[]): iam.PolicyStatement {
  // One statement: a trust policy holds 2,048 characters (vault-place.ts).
  return trustOf(from, [ASSUME, 'sts:SetSourceIdentity'], {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    StringEqualsIfExists: { 'sts:SourceIdentity': '${aws:SourceIdentity}' },
  });
}
