/**
 * Names that several stacks, regions and functions must agree on. They are computed, not exported between stacks, so that
 * every stack can be deployed, replaced and read on its own, without cross-region references.
 */
import { Aws } from 'aws-cdk-lib';
import { WORKFLOW_NAMES, type Workflow } from '../domain/workflows.ts';
import type { Deployment } from './deployment.ts';

export type RegionName = 'primary' | 'secondary' | 'tertiary';

/** Regions with functions: all of Holdfast in the primary, only recovery in the secondary. */
export type WorkRegion = Exclude<RegionName, 'tertiary'>;

export const REGIONS: readonly RegionName[] = ['primary', 'secondary', 'tertiary'];

/** Regions with a copy of the vault. */
export type ReplicaRegion = Exclude<RegionName, 'primary'>;

/** Those that the deployment has, the primary first. */
export function regionsOf({ regions }: Pick<Deployment, 'regions'>): RegionName[] {
  return REGIONS.filter(region => regions[region] !== undefined);
}

export function replicaRegionsOf(deployment: Pick<Deployment, 'regions'>): ReplicaRegion[] {
  return regionsOf(deployment).filter(region => region !== 'primary');
}

/** What AWS calls that region. */
export function awsRegion({ regions }: Pick<Deployment, 'regions'>, region: RegionName): string {
  const name = regions[region];
  if (name === undefined) throw new Error(`The deployment has no ${region} region.`);
  return name;
}

function accountOf(deployment: Deployment): string {
  return deployment.account ?? Aws.ACCOUNT_ID;
}

/** Account of buckets, keys and tables. */
export function vaultAccountOf(deployment: Deployment): string {
  return deployment.vault?.account ?? accountOf(deployment);
}

export function vaultBucketName(deployment: Deployment, region: RegionName): string {
  return `${deployment.name}-vault-${vaultAccountOf(deployment)}-${awsRegion(deployment, region)}`;
}

export function vaultBucketArn(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:s3:::${vaultBucketName(deployment, region)}`;
}

export function vaultKeyAlias(deployment: Deployment): string {
  return `alias/${deployment.name}/vault`;
}

/** S3 replication accepts an alias as the key, so the key id of the other region need not be known. */
export function vaultKeyAliasArn(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:kms:${awsRegion(deployment, region)}:${vaultAccountOf(deployment)}:${vaultKeyAlias(deployment)}`;
}

export function signingKeyAlias(deployment: Deployment): string {
  return `alias/${deployment.name}/signing`;
}

/** The table of tenant keys: tombstones of destroyed keys, and the branch keys of pooled mode. */
export function keysTableName(deployment: Deployment): string {
  return `${deployment.name}-keys`;
}

/** The state machines of that region: a standby only restores, unless it can take over. */
export function workflowsIn(
  { drills, failover, clusterBackups }: Pick<Deployment, 'drills' | 'failover' | 'clusterBackups'>,
  region: WorkRegion,
): readonly Workflow[] {
  const absent = [...(drills ? [] : ['run-drill']), ...(failover ? [] : ['fail-over'])];
  if (clusterBackups === undefined) absent.push('read-cluster-backup');
  if (region === 'primary') return WORKFLOW_NAMES.filter(name => !absent.includes(name));
  const protecting = ['back-up-fleet', 'fold-incrementals', 'verify-fleet', 'fail-over'] as const;
  return ['restore-tenant', 'restore-tenants', ...(failover === undefined ? [] : protecting)];
}

export function workflowName(deployment: Deployment, workflow: Workflow): string {
  return `${deployment.name}-${workflow}`;
}

/** Metric of the steps that a container was to do: a filter of logs gives a metric no dimension. */
export function longRestoreFailures({ name }: Deployment): string {
  return `LongRestoreFailures ${name}`;
}

export function workflowArn(deployment: Deployment, workflow: Workflow, region: RegionName = 'primary'): string {
  return `${regional(deployment, 'states', region)}:stateMachine:${workflowName(deployment, workflow)}`;
}

/** Executions of a state machine, whatever their names. */
export function executionsArn(deployment: Deployment, workflow: Workflow, region: RegionName): string {
  return `${workflowArn(deployment, workflow, region).replace(':stateMachine:', ':execution:')}:*`;
}

/** `alarm` needs immediate attention; `info` can be read later. */
export function topicName(deployment: Deployment, severity: 'alarm' | 'info'): string {
  return `${deployment.name}-${severity}`;
}

export function topicArn(deployment: Deployment, severity: 'alarm' | 'info', region: RegionName = 'primary'): string {
  return `${regional(deployment, 'sns', region)}:${topicName(deployment, severity)}`;
}

/** Of the watch in the secondary region, which depends on nothing in the primary. */
export function watchTopicName(deployment: Deployment): string {
  return `${deployment.name}-watch`;
}

/** Where the alarms of that region are sent, with a standby or without. */
export function alarmTopicArn(deployment: Deployment, region: WorkRegion): string {
  if (region === 'primary') return topicArn(deployment, 'alarm');
  return `${regional(deployment, 'sns', region)}:${watchTopicName(deployment)}`;
}

/** The bucket of the public status page. */
export function statusBucketName(deployment: Deployment, region: RegionName): string {
  return `${deployment.name}-status-${accountOf(deployment)}-${awsRegion(deployment, region)}`;
}

/** The bucket of the console's pages. */
export function consoleBucketName(deployment: Deployment): string {
  return `${deployment.name}-console-${accountOf(deployment)}-${awsRegion(deployment, 'primary')}`;
}

/** First label of the page where people sign in with the stack's own user pool: unique in its region. */
export function signInDomain(deployment: Deployment): string {
  return `${deployment.name}-${accountOf(deployment)}`;
}

export function noticesKeyAlias(deployment: Deployment): string {
  return `alias/${deployment.name}/notices`;
}

export function functionName(deployment: Deployment, handler: string): string {
  return `${deployment.name}-${handler}`;
}

export function deadLetterQueueName(deployment: Deployment): string {
  return `${deployment.name}-not-started`;
}

/** What recipients of messages wait for and were sent, and the alarms that they acknowledge. */
export function messagesTableName(deployment: Deployment): string {
  return `${deployment.name}-messages`;
}

/** Messages that were given up. */
export function undeliveredQueueName(deployment: Deployment): string {
  return `${deployment.name}-messages-undelivered`;
}

/** Beginning of an ARN in that region. */
function regional(deployment: Deployment, service: string, region: RegionName): string {
  return `arn:${Aws.PARTITION}:${service}:${awsRegion(deployment, region)}:${accountOf(deployment)}`;
}

/** Name of a resource that is global to an account (dashboards, managed policies): the primary's has no suffix. */
export function globalName(deployment: Deployment, region: RegionName, part?: string): string {
  const standby = region === 'primary' ? undefined : 'standby';
  return [deployment.name, part, standby].filter(Boolean).join('-');
}

/** Everything about every key, and created only when it is needed (docs/decisions/0025-keys-outlive-administrators.md). */
export function breakGlassRoleArn(deployment: Deployment): string {
  const name = deployment.keys.breakGlassRole ?? `${deployment.name}-break-glass`;
  return `arn:${Aws.PARTITION}:iam::${vaultAccountOf(deployment)}:role/${name}`;
}

/** Destroys a tenant's key on purpose. */
export function destroyKeysRoleName(deployment: Deployment): string {
  return `${deployment.name}-destroy-keys`;
}

export function destroyKeysRoleArn(deployment: Deployment): string {
  return `arn:${Aws.PARTITION}:iam::${vaultAccountOf(deployment)}:role/${destroyKeysRoleName(deployment)}`;
}

/** The roles with which CloudFormation deploys the stacks, of any bootstrap qualifier. */
export function deployRoleArn(deployment: Deployment): string {
  return `arn:${Aws.PARTITION}:iam::${vaultAccountOf(deployment)}:role/cdk-*-cfn-exec-role-*`;
}

/** In the account of the keys, which is watched there. */
export function defaultBusArn(deployment: Deployment, region: RegionName): string {
  return `arn:${Aws.PARTITION}:events:${awsRegion(deployment, region)}:${vaultAccountOf(deployment)}:event-bus/default`;
}

/** Roles that a person assumes under their own name; both regions' roles are known in both. */
const PEOPLE_ROLES = ['operators', 'approvers', 'legal-officers', 'auditors'] as const;
export type PeopleRole = (typeof PEOPLE_ROLES)[number];

/** Governed actions are asked for in the primary region: a standby has nothing that a legal officer could call. */
export function peopleRolesIn(region: WorkRegion): readonly PeopleRole[] {
  return region === 'primary' ? PEOPLE_ROLES : PEOPLE_ROLES.filter(role => role !== 'legal-officers');
}

export function peopleRoleName(deployment: Deployment, region: WorkRegion, role: PeopleRole): string {
  return globalName(deployment, region, role);
}

/** Names of the roles whose session names are people: the stacks' own, and those that the deployment names. */
export function pinnedRoleNames(deployment: Deployment): string[] {
  const regions: readonly WorkRegion[] = deployment.source.standby ? ['primary', 'secondary'] : ['primary'];
  const own = regions.flatMap(region => peopleRolesIn(region).map(role => peopleRoleName(deployment, region, role)));
  return [...(hasPeopleRoles(deployment) ? own : []), ...deployment.people.pinnedRoles];
}

/** Whether the recovery stack has roles for people, or they come from elsewhere. */
export function hasPeopleRoles({ people }: Pick<Deployment, 'people'>): boolean {
  return people.signInAccounts.length + people.signInRoles.length > 0;
}

/**
 * Whether functions of that region create tenants' keys. Elsewhere a dedicated key would be a different one under the same
 * alias; branch keys are in one table, and a region that takes over needs them for new tenants.
 */
export function makesKeys({ keys, failover }: Pick<Deployment, 'keys' | 'failover'>, region: RegionName): boolean {
  return region === 'primary' || (region === 'secondary' && failover !== undefined && keys.mode === 'pooled');
}

export function pooledKeyAlias(deployment: Deployment): string {
  return `alias/${deployment.name}/pool`;
}

export function catalogTableName(deployment: Deployment): string {
  return `${deployment.name}-catalog`;
}
