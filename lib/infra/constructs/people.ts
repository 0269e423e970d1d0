/**
 * Permissions of people who use an installation from the command line: three managed policies to attach to their roles,
 * built from the same grants as the functions. Invariants: an operator cannot read rows (no pack, no segment), an approver
 * can only decide, and only the hands-on policy includes the database login.
 */
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { installationParameter } from '../../domain/installation.ts';
import { LOG_MANIFESTS_PREFIX, TENANTS_PREFIX, tenantPrefix } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deployment } from '../deployment.ts';
import { globalName, hasPeopleRoles, type WorkRegion, workflowArn, workflowsIn } from '../names.ts';
import { accept } from './accepted.ts';
import { grantLogIn, grantNotify, grantReadApprovals, grantReadCatalog, grantUseCatalog } from './access.ts';
import { grantOpenTenantKeys, grantSign, grantUseTenantKeys, grantVerify } from './access-keys.ts';
import { grantReadObjects, grantWriteVault } from './access-vault.ts';
import type { Grantee } from './grant.ts';
import type { InstallationDescription } from './installation-description.ts';
import { PeopleRoles } from './people-roles.ts';

export interface PeopleProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
  readonly installation: InstallationDescription;
  /** The function behind the approval URL. */
  readonly approve: lambda.IFunction;
  /** The functions behind the URLs at which operators request restores and acknowledge failures. */
  readonly forOperators: readonly lambda.IFunction[];
}

const PLANS = `${TENANTS_PREFIX}*/restore-plans/*`;
/** Manifests contain tables, row counts and times; the rows are in packs. */
const MANIFESTS = [`${TENANTS_PREFIX}*/manifests/*`, `${LOG_MANIFESTS_PREFIX}*`, `${tenantPrefix(SYSTEM)}*`];

export class People extends Construct {
  readonly operator: iam.ManagedPolicy;
  readonly approver: iam.ManagedPolicy;
  readonly handsOn: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, props: PeopleProps) {
    super(scope, id);
    const { deployment, region } = props;
    // The descriptions must stay: changing one replaces the policy, and CloudFormation cannot replace a named resource.
    this.operator = this.policy(props, 'operator', 'Watches and starts what Holdfast does; reads no rows.', to => {
      grantOperate(to, deployment, region);
      for (const fn of props.forOperators) grantCallUrl(to, fn);
      grantReadCatalog(to, deployment, region);
      grantReadObjects(to, deployment, region, [PLANS, ...MANIFESTS]);
      grantOpenTenantKeys(to, deployment, region);
    });
    this.approver = this.policy(props, 'approver', 'Looks at restores that wait, and approves or refuses them.', to => {
      grantCallUrl(to, props.approve);
      grantReadApprovals(to, deployment, region);
      grantReadObjects(to, deployment, region, [PLANS]);
      grantOpenTenantKeys(to, deployment, region);
    });
    this.handsOn = this.policy(props, 'hands-on', 'Does by hand what the restore functions do (--here).', to => {
      grantLogIn(to, deployment, region);
      grantWriteVault(to, deployment, region);
      grantUseTenantKeys(to, deployment, region);
      grantSign(to, deployment, region);
      grantUseCatalog(to, deployment, region);
      grantNotify(to, deployment, region);
    });
    if (hasPeopleRoles(deployment)) new PeopleRoles(this, 'Roles', { deployment, region, people: this });
  }

  private policy(
    { deployment, region, installation }: PeopleProps,
    name: string,
    description: string,
    grant: (to: Grantee) => void,
  ): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(this, name, {
      managedPolicyName: globalName(deployment, region, name),
      description,
    });
    const to: Grantee = { addToRolePolicy: statement => policy.addStatements(statement) };
    const parameter = Stack.of(this).formatArn({
      service: 'ssm',
      resource: `parameter${installationParameter(deployment.name)}`,
    });
    to.addToRolePolicy(new iam.PolicyStatement({ actions: ['ssm:GetParameter'], resources: [parameter] }));
    const files = installation.files.bucket.arnForObjects(installation.files.s3ObjectKey);
    to.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [files] }));
    grantVerify(to, deployment, region);
    grant(to);
    accept(
      policy,
      'AwsSolutions-IAM5',
      'Executions, objects and tenants’ keys are created at run time: state machines, prefixes and the encryption context narrow these statements (access*.ts).',
    );
    return policy;
  }
}

function grantOperate(to: Grantee, deployment: Deployment, region: WorkRegion): void {
  const machines = workflowsIn(region).map(name => workflowArn(deployment, name, region));
  const executions = machines.map(arn => `${arn.replace(':stateMachine:', ':execution:')}:*`);
  const runs = machines.map(arn => `${arn.replace(':stateMachine:', ':mapRun:')}/*`);
  const allow = (actions: string[], resources: string[]) =>
    to.addToRolePolicy(new iam.PolicyStatement({ actions, resources }));
  allow(['states:StartExecution', 'states:ListExecutions', 'states:DescribeStateMachine'], machines);
  allow(
    ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution', 'states:ListMapRuns'],
    executions,
  );
  allow(['states:DescribeMapRun'], runs);
}

/** Through the URL only: a direct invocation could claim any caller. */
function grantCallUrl(to: Grantee, fn: lambda.IFunction): void {
  const through = (action: string, conditions: object) =>
    to.addToRolePolicy(new iam.PolicyStatement({ actions: [action], resources: [fn.functionArn], conditions }));
  through('lambda:InvokeFunctionUrl', { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } });
  through('lambda:InvokeFunction', { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } });
}
