/**
 * Roles that people assume under their own name, for accounts without IAM Identity Center. A role's session name is free
 * text of whoever assumes it, and approvals are counted by it: so the trust policies pin it.
 *
 * Invariant: nobody gets a session of these roles under a name other than that of their IAM user or, for a session that
 * an identity provider started, its source identity, which no later session can change.
 */
import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { InputError } from '../../domain/errors.ts';
import type { Deployment } from '../deployment.ts';
import { type PeopleRole, peopleRoleName, type WorkRegion } from '../names.ts';

export interface PeopleRolesProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
  readonly people: Readonly<
    Record<'operator' | 'workflows' | 'console' | 'approver' | 'auditor', iam.IManagedPolicy>
  > & {
    /** Absent in a standby, and the role with it. */
    readonly legalOfficer: iam.IManagedPolicy | undefined;
  };
}

const ASSUME = 'sts:AssumeRole';
const SET_SOURCE_IDENTITY = 'sts:SetSourceIdentity';
/** Policy variables, which IAM fills in. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: policy variables
const USER_NAME = '${aws:username}';
const SOURCE_IDENTITY = '${aws:SourceIdentity}';
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: policy variables

export class PeopleRoles extends Construct {
  constructor(scope: Construct, id: string, { deployment, region, people }: PeopleRolesProps) {
    super(scope, id);
    refuseTooMany(deployment.people);
    const role = (name: PeopleRole, managedPolicies: iam.IManagedPolicy[]) => {
      const made = new iam.Role(this, name, {
        roleName: peopleRoleName(deployment, region, name),
        description: `${deployment.name}: people, each under their own name`,
        // Replaced below: a principal of the CDK cannot express it.
        assumedBy: new iam.AccountRootPrincipal(),
        managedPolicies,
        maxSessionDuration: Duration.hours(4),
      });
      (made.node.defaultChild as iam.CfnRole).assumeRolePolicyDocument = trustOf(deployment.people);
    };
    role('operators', [people.operator, people.workflows, people.console]);
    role('approvers', [people.approver]);
    if (people.legalOfficer) role('legal-officers', [people.legalOfficer]);
    role('auditors', [people.auditor]);
  }
}

/** IAM refuses a trust policy of more than 2,048 characters; about 600 of them are the statements below. */
function refuseTooMany({ signInAccounts, signInRoles }: Deployment['people']): void {
  // `"arn:aws:iam::111122223333:root",`, in two statements.
  const size = signInRoles.reduce((sum, arn) => sum + arn.length + 3, signInAccounts.length * 80);
  if (size <= 1400) return;
  throw new InputError('bad-deployment', 'people: signInAccounts and signInRoles do not fit into one trust policy.', {
    hint: 'Name fewer accounts and roles: IAM accepts 2,048 characters.',
  });
}

/**
 * Compares with what the caller cannot choose; a variable that the caller does not have matches nothing.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
function trustOf({ signInAccounts, signInRoles }: Deployment['people']): iam.PolicyDocument {
  const users = signInAccounts.map(id => new iam.AccountPrincipal(id));
  const sessions = signInRoles.map(arn => new iam.ArnPrincipal(arn));
  const statements = [
    trust(users, [ASSUME], {
      Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      StringEquals: { 'sts:RoleSessionName': USER_NAME },
    }),
    trust(users, [SET_SOURCE_IDENTITY], { StringEquals: { 'sts:SourceIdentity': USER_NAME } }),
    trust(sessions, [ASSUME, SET_SOURCE_IDENTITY], { StringEquals: { 'sts:RoleSessionName': SOURCE_IDENTITY } }),
  ];
  return new iam.PolicyDocument({ statements: statements.filter(each => each.principals.length > 0) });
}

function trust(principals: iam.IPrincipal[], actions: string[], conditions: iam.Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({ principals, actions, conditions });
}
