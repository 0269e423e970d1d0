/**
 * Permissions of people who use an installation from the command line: six managed policies to attach to their roles,
 * built from the same grants as the functions. Invariants: an operator cannot read rows (no pack, no segment), an approver
 * can only decide, and only the hands-on policy includes the database login.
 */
import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { governanceKindPrefix } from '../../domain/governance-key.ts';
import { installationParameter } from '../../domain/installation.ts';
import { TENANTS_PREFIX } from '../../domain/object-key.ts';
import type { Deployment } from '../deployment.ts';
import {
  awsRegion,
  executionsArn,
  globalName,
  hasPeopleRoles,
  type WorkRegion,
  workflowArn,
  workflowsIn,
} from '../names.ts';
import { VAULT_PEOPLE } from '../vault-names.ts';
import { accept } from './accepted.ts';
import {
  grantLogIn,
  grantNotify,
  grantReadApprovals,
  grantReadCatalog,
  grantReadTenantsList,
  grantUseCatalog,
} from './access.ts';
import { grantReadAudit } from './access-audit.ts';
import { grantReadRequests } from './access-governance.ts';
import { grantOpenTenantKeys, grantSeeTenantKeys, grantSign, grantUseTenantKeys, grantVerify } from './access-keys.ts';
import { MANIFESTS, RECORDS, REPORTS_FOR_PEOPLE } from './access-reports.ts';
import { grantReadHolds, grantReadObjects, grantWriteVault } from './access-vault.ts';
import { allow, type Grantee } from './grant.ts';
import type { InstallationDescription } from './installation-description.ts';
import { PeopleRoles } from './people-roles.ts';
import type { VaultRoles } from './vault-roles.ts';

export interface PeopleProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
  readonly installation: InstallationDescription;
  /** The function behind the approval URL. */
  readonly approve: lambda.IFunction;
  /** The function behind the URL for holds and releases. @default - a standby has none */
  readonly requestAction?: lambda.IFunction;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
  /** The functions behind the URLs at which operators request restores, acknowledge failures and ask about logs. */
  readonly forOperators: readonly lambda.IFunction[];
}

const PLANS = `${TENANTS_PREFIX}*/restore-plans/*`;
/** What decides whether something expires: signed documents, in which people and matters are sealed for auditors. */
const RETENTION = [
  `${TENANTS_PREFIX}*/retention/*`,
  ...(['holds', 'policies', 'destructions', 'departures', 'drills'] as const).map(
    kind => `${governanceKindPrefix(kind)}*`,
  ),
];

/** What nobody was named for in the account of the vault is allowed to nobody. */
const NOBODY: Grantee = { addToRolePolicy: () => {} };

export class People extends Construct {
  readonly operator: iam.ManagedPolicy;
  /** For operators, beside theirs: a managed policy holds 6,144 characters, and each state machine takes some. */
  readonly workflows: iam.ManagedPolicy;
  readonly approver: iam.ManagedPolicy;
  /** Absent in a standby. */
  readonly legalOfficer: iam.ManagedPolicy | undefined;
  readonly auditor: iam.ManagedPolicy;
  readonly handsOn: iam.ManagedPolicy;
  /** For operators who use the AWS console. */
  readonly console: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, props: PeopleProps) {
    super(scope, id);
    const { deployment, region } = props;
    // The descriptions must stay: changing one replaces the policy, and CloudFormation cannot replace a named resource.
    this.operator = this.policy(props, 'operator', 'Watches and starts what Holdfast does; reads no rows.', to => {
      grantCallUrls(to, props.forOperators);
      grantReadCatalog(to, deployment, region);
      grantReadObjects(to, deployment, region, [PLANS, ...MANIFESTS, ...RETENTION, ...REPORTS_FOR_PEOPLE]);
      grantOpenTenantKeys(to, deployment, region);
      // Whether the key of a tenant that is being destroyed still exists, in every region; a standby refers to no other.
      if (region === 'primary') grantSeeTenantKeys(to, deployment, region);
    });
    this.workflows = this.policy(props, 'workflows', 'Starts, watches and stops state machines.', to =>
      grantOperate(to, deployment, region),
    );
    this.approver = this.policy(props, 'approver', 'Looks at restores that wait, and approves or refuses them.', to => {
      grantCallUrls(to, [props.approve]);
      grantReadApprovals(to, deployment, region);
      grantReadRequests(to, deployment, region);
      grantReadObjects(to, deployment, region, [PLANS]);
      grantOpenTenantKeys(to, deployment, region);
    });
    const { requestAction } = props;
    this.legalOfficer =
      requestAction &&
      this.policy(
        props,
        'legal-officer',
        'Asks for legal holds and their release; reads no rows and decides nothing.',
        to => {
          grantCallUrls(to, [requestAction]);
          grantReadTenantsList(to, deployment, region);
          grantReadRequests(to, deployment, region);
          grantReadHolds(to, deployment, region);
        },
      );
    this.auditor = this.policy(props, 'auditor', 'Reads everything but rows; writes and decides nothing.', to => {
      grantReadCatalog(to, deployment, region);
      grantReadAudit(to, deployment, region);
      grantReadObjects(to, deployment, region, [PLANS, ...MANIFESTS, ...RECORDS]);
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
    this.console = this.policy(props, 'console', 'Looks at state machines, logs and alarms; reads no rows.', to =>
      grantLookInConsole(to, deployment, region),
    );
    if (hasPeopleRoles(deployment)) new PeopleRoles(this, 'Roles', { deployment, region, people: this });
  }

  private policy(
    { deployment, region, installation, vaultRoles }: PeopleProps,
    name: string,
    description: string,
    grant: (to: Grantee) => void,
  ): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(this, name, {
      managedPolicyName: globalName(deployment, region, name),
      description,
    });
    const person = VAULT_PEOPLE.find(each => each === name);
    const role = person && vaultRoles?.forPeople(region, person);
    const to: Grantee = {
      addToRolePolicy: statement => policy.addStatements(statement),
      ...(vaultRoles && { inVault: role ?? NOBODY }),
    };
    if (role) allow(to, ['sts:AssumeRole', 'sts:SetSourceIdentity'], [role.arn]);
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
  const machines = workflowsIn(deployment, region).map(name => workflowArn(deployment, name, region));
  const executions = machines.map(arn => `${executionsOf(arn)}:*`);
  allow(to, ['states:StartExecution', 'states:ListExecutions', 'states:DescribeStateMachine'], machines);
  const looking = ['DescribeExecution', 'GetExecutionHistory', 'ListMapRuns', 'DescribeStateMachineForExecution'];
  allow(
    to,
    [...looking, 'StopExecution', 'RedriveExecution'].map(action => `states:${action}`),
    executions,
  );
  // A restore is requested again instead: by whom is part of it.
  const resources = (['restore-tenant', 'restore-tenants'] as const).map(each =>
    executionsArn(deployment, each, region),
  );
  to.addToRolePolicy(
    new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['states:RedriveExecution'], resources }),
  );
  allow(to, ['states:DescribeMapRun'], [mapRuns(deployment, region)]);
}

/** ARN of the executions of a state machine, without their names. */
function executionsOf(machine: string): string {
  return machine.replace(':stateMachine:', ':execution:');
}

/** Of every state machine, in one ARN, for the size of the policies. They have counts and names of executions, and no input. */
function mapRuns(deployment: Deployment, region: WorkRegion): string {
  return `arn:${Aws.PARTITION}:states:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:mapRun:${deployment.name}-*/*`;
}

/** What the console shows of state machines, failures and alarms, and nothing that contains a row. */
function grantLookInConsole(to: Grantee, deployment: Deployment, region: WorkRegion): void {
  const { name } = deployment;
  const arn = (service: string, resource: string) =>
    `arn:${Aws.PARTITION}:${service}:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:${resource}`;
  const machines = workflowsIn(deployment, region).map(each => workflowArn(deployment, each, region));
  // Shards run as child executions, which Step Functions names after their map run.
  const children = machines.map(machine => `${executionsOf(machine)}/*`);
  allow(to, ['states:DescribeExecution', 'states:GetExecutionHistory'], children);
  allow(to, ['states:ListExecutions'], [mapRuns(deployment, region)]);
  // IAM narrows none of these lists.
  allow(
    to,
    ['states:ListStateMachines', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'logs:DescribeLogGroups'],
    ['*'],
  );
  allow(to, ['cloudwatch:DescribeAlarmHistory'], [arn('cloudwatch', `alarm:${name}-*`)]);
  allow(
    to,
    ['cloudwatch:GetDashboard'],
    [`arn:${Aws.PARTITION}:cloudwatch::${Aws.ACCOUNT_ID}:dashboard/${globalName(deployment, region)}`],
  );
  const stacks = region === 'primary' ? ['protection', 'recovery'] : ['watch', 'recovery-standby'];
  const containers = deployment.longRestores ? [`${name}-${stacks[1]}-RestoreTask*`] : [];
  if (deployment.statusPage) stacks.push(`status-page-${region}`);
  if (deployment.console && region === 'primary') stacks.push('console');
  const functions = stacks.map(stack => `${name}-${stack}-Functions*`);
  const groups = [`/aws/vendedlogs/states/${name}-*`, ...functions, ...containers];
  allow(
    to,
    ['logs:DescribeLogStreams', 'logs:FilterLogEvents', 'logs:GetLogEvents'],
    groups.map(group => arn('logs', `log-group:${group}`)),
  );
}

/** Through the URL only: a direct invocation could claim any caller. */
function grantCallUrls(to: Grantee, functions: readonly lambda.IFunction[]): void {
  const resources = functions.map(fn => fn.functionArn);
  const through = (action: string, conditions: object) =>
    to.addToRolePolicy(new iam.PolicyStatement({ actions: [action], resources, conditions }));
  through('lambda:InvokeFunctionUrl', { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } });
  through('lambda:InvokeFunction', { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } });
}
