/** Grants beyond the vault (access-vault.ts) and the keys (access-keys.ts): catalog, database, notices, tasks, sessions. */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { WAITING_PARTITION } from '../../domain/approval.ts';
import { DONE_PARTITION } from '../../domain/function-config.ts';
import type { Deployment } from '../deployment.ts';
import {
  awsRegion,
  catalogTableName,
  executionsArn,
  noticesKeyAlias,
  type RegionName,
  topicArn,
  workflowArn,
} from '../names.ts';
import { databaseIn } from '../source-place.ts';
import { allow, allowInVault, type Grantee, keysWithAlias, table } from './grant.ts';

/** Publishes notices to the two topics. */
export function grantNotify(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantPublish(fn, deployment, region, ['alarm', 'info']);
}

/** Alarms only. */
export function grantAlarm(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantPublish(fn, deployment, region, ['alarm']);
}

function grantPublish(
  fn: Grantee,
  deployment: Deployment,
  region: RegionName,
  topics: readonly ('alarm' | 'info')[],
): void {
  allow(
    fn,
    ['sns:Publish'],
    topics.map(topic => topicArn(deployment, topic, region)),
  );
  allow(fn, ['kms:GenerateDataKey', 'kms:Decrypt'], [keysWithAlias(deployment, region)], {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [noticesKeyAlias(deployment)] },
  });
}

/** Starts the one state machine that takes snapshots, and sees what became of its executions for gaps. */
export function grantStartBackups(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const machine = workflowArn(deployment, 'back-up-fleet', region);
  allow(fn, ['states:StartExecution'], [machine]);
  allow(fn, ['states:DescribeExecution'], [`${machine.replace(':stateMachine:', ':execution:')}:gap-*`]);
}

/** Starts the state machines that have a schedule. */
export function grantStartScheduled(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const scheduled = [
    ...(['back-up-fleet', 'fold-incrementals', 'verify-fleet', 'expire-backups'] as const),
    ...(['archive-fleet', 'keep-holds', 'verify-audit', 'finish-destructions', 'build-report'] as const),
    ...(deployment.drills ? (['run-drill'] as const) : []),
  ];
  allow(
    fn,
    ['states:StartExecution'],
    scheduled.map(workflow => workflowArn(deployment, workflow, region)),
  );
}

/** Opens, renews and closes failures, and nothing else in the catalog. */
export function grantKeepFailures(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];
  allowInVault(fn, actions, [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['failures'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

const RESTORES = ['restore-tenant', 'restore-tenants'] as const;

/** Starts restores, for the entry that knows who asks. */
export function grantStartRestores(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allow(
    fn,
    ['states:StartExecution'],
    RESTORES.map(workflow => workflowArn(deployment, workflow, region)),
  );
}

/** Sees whether restores still run. */
export function grantSeeRestores(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allow(
    fn,
    ['states:DescribeExecution'],
    RESTORES.map(workflow => executionsArn(deployment, workflow, region)),
  );
}

/** Starts restores of single tenants. */
export function grantStartTenantRestores(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allow(fn, ['states:StartExecution'], [workflowArn(deployment, 'restore-tenant', region)]);
}

/** Sees how far restores of single tenants are. */
export function grantFollowRestores(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const executions = executionsArn(deployment, 'restore-tenant', region);
  allow(fn, ['states:DescribeExecution', 'states:GetExecutionHistory'], [executions]);
}

/** Keeps groups of tenants that are restored together, and nothing else in the catalog. */
export function grantKeepGroups(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['dynamodb:UpdateItem'], [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['group#*'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Takes the turns of tenants between snapshots and restores, and nothing else in the catalog. */
export function grantTakeTurns(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];
  allowInVault(fn, actions, [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant#*#turns'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Writes decisions on restores, and the index of those that wait, and nothing else in the catalog. */
export function grantDecideApprovals(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
  allowInVault(fn, actions, [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant#*#approvals', WAITING_PARTITION] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Counts what tenants ask for, and nothing else in the catalog. */
export function grantTakeQuotas(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['dynamodb:UpdateItem'], [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant#*#quotas'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Writes down who requests a restore, and nothing else in the catalog. */
export function grantStampRequests(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];
  allowInVault(fn, actions, [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant#*#requests'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Sees what RDS keeps of the source: backups, snapshots and replicas. */
export function grantSeeClusterBackups(fn: Grantee): void {
  const actions = ['Clusters', 'ClusterSnapshots', 'ClusterAutomatedBackups'];
  const ofInstances = ['Instances', 'Snapshots', 'InstanceAutomatedBackups'];
  allow(
    fn,
    [...[...actions, ...ofInstances].map(what => `rds:DescribeDB${what}`), 'rds:DescribeGlobalClusters'],
    // A global cluster has no region.
    [`arn:${Aws.PARTITION}:rds:*:${Aws.ACCOUNT_ID}:*`],
  );
}

/** Answers the task that waits for a person. IAM has no resource for it: the token identifies the task. */
export function grantAnswerTasks(fn: Grantee): void {
  allow(fn, ['states:SendTaskSuccess', 'states:SendTaskFailure'], ['*']);
}

/** Reads catalog items by key. */
export function grantReadCatalog(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, catalogTableName(deployment))]);
}

/** Reads which tenants there are, and nothing else in the catalog. */
export function grantReadTenantsList(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['tenants'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Reads the approvals in the catalog, and nothing else. */
export function grantReadApprovals(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(fn, ['dynamodb:GetItem', 'dynamodb:Query'], [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant#*#approvals'] },
  });
}

/** Reads and writes catalog items by key; does not include Scan. */
export function grantUseCatalog(fn: Grantee, deployment: Deployment, region: RegionName): void {
  allowInVault(
    fn,
    [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
    ],
    [table(deployment, region, catalogTableName(deployment))],
  );
}

/** Reads and writes the idempotency records, in their one partition of the catalog's table. */
export function grantIdempotency(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
  allowInVault(fn, actions, [table(deployment, region, catalogTableName(deployment))], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [DONE_PARTITION] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  });
}

/** Connects to the source database from its network, and logs in. */
export function grantReachDatabase(fn: lambda.Function, deployment: Deployment, region: RegionName): void {
  grantUseNetwork(fn);
  grantLogIn(fn, deployment, region);
}

/** Logs in to the database: reads its password, or gets a token for its user. */
export function grantLogIn(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const { authentication } = databaseIn(deployment, region);
  if (authentication.kind === 'secret') {
    grantReadSecret(fn, authentication, awsRegion(deployment, region));
    return;
  }
  // By resource id: IAM does not identify databases by their names.
  const name = `dbuser:${authentication.resourceId ?? '*'}/${authentication.user}`;
  allow(
    fn,
    ['rds-db:connect'],
    [`arn:${Aws.PARTITION}:rds-db:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:${name}`],
  );
}

/** Reads the login of a database. `region`: of the secret. */
export function grantReadSecret(
  fn: Grantee,
  { secretArn, secretKeyArn }: { readonly secretArn: string; readonly secretKeyArn?: string | undefined },
  region: string,
): void {
  allow(fn, ['secretsmanager:GetSecretValue'], [secretArn]);
  // Under a customer's key Secrets Manager decrypts as the caller, for this secret.
  if (secretKeyArn === undefined) return;
  const service = `secretsmanager.${region}.${Aws.URL_SUFFIX}`;
  allow(fn, ['kms:Decrypt'], [secretKeyArn], {
    StringEquals: { 'kms:ViaService': service, 'kms:EncryptionContext:SecretARN': secretArn },
  });
}

/**
 * What the Lambda service needs to place a function in a VPC. The function's own code does not need it and is denied.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
export function grantUseNetwork(fn: lambda.Function): void {
  const actions = [
    ...['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
    ...['ec2:DescribeSubnets', 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
  ];
  allow(fn, actions, ['*']);
  const { region, account } = fn.stack;
  const own = `arn:${Aws.PARTITION}:lambda:${region}:${account}:function:${(fn.node.defaultChild as lambda.CfnFunction).functionName}`;
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      ...{ effect: iam.Effect.DENY, actions, resources: ['*'] },
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': own } },
    }),
  );
}

/** Assumes these roles: for sessions of one tenant, and in the account of the vault. */
export function grantAssume(fn: Grantee, roleArns: string[]): void {
  allow(fn, ['sts:AssumeRole'], roleArns);
}
