/**
 * Grants for fail-overs; in a deployment without one they grant nothing. Invariants: only the functions of a fail-over write
 * the state of the regions, and the shipper, which begins it; only one function promotes, and only the databases that the
 * deployment names.
 */
import { Aws } from 'aws-cdk-lib';
import { LOG_MANIFESTS_PREFIX, placePrefix, REGION_STATES_PREFIX } from '../../domain/object-key.ts';
import type { Deployment } from '../deployment.ts';
import {
  awsRegion,
  executionsArn,
  functionName,
  type RegionName,
  regionsOf,
  type WorkRegion,
  workflowArn,
} from '../names.ts';
import { grantReadObjects, grantStoreObjects } from './access-vault.ts';
import { allow, type Grantee } from './grant.ts';

/** Reads in every region which one is active. */
export function grantSeeRegions(fn: Grantee, deployment: Deployment, _region: RegionName): void {
  if (deployment.failover === undefined) return;
  for (const place of regionsOf(deployment)) grantReadObjects(fn, deployment, place, statesOf(deployment, place));
}

/** Stores in every region which one is active, each term once. With grantSign. */
export function grantKeepRegions(fn: Grantee, deployment: Deployment, region: RegionName): void {
  if (deployment.failover === undefined) return;
  grantSeeRegions(fn, deployment, region);
  for (const place of regionsOf(deployment)) grantStoreObjects(fn, deployment, place, statesOf(deployment, place));
}

function statesOf(deployment: Deployment, place: RegionName): string[] {
  return [`${placePrefix(awsRegion(deployment, place))}${REGION_STATES_PREFIX}*`];
}

/** Lists the runs of the log in the vault of the other region. */
export function grantListOtherLog(fn: Grantee, deployment: Deployment, region: RegionName): void {
  if (deployment.failover !== undefined)
    grantReadObjects(fn, deployment, otherOf(region), [`${LOG_MANIFESTS_PREFIX}*`]);
}

/** Starts a fail-over to this region, for the entries that know who asks and who approves. */
export function grantStartFailover(fn: Grantee, deployment: Deployment, region: RegionName): void {
  if (deployment.failover === undefined) return;
  allow(fn, ['states:StartExecution'], [workflowArn(deployment, 'fail-over', region)]);
  allow(fn, ['states:DescribeExecution'], [executionsArn(deployment, 'fail-over', region)]);
}

/** Sees which region's database serves. */
export function grantSeeServing(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const { failover } = deployment;
  if (failover === undefined) return;
  if (failover.database.kind === 'global-cluster')
    allow(fn, ['rds:DescribeGlobalClusters'], [globalCluster(failover.database.globalCluster)]);
  else allow(fn, ['rds:DescribeDBInstances'], [instance(deployment, region)]);
}

/** Makes the database of this region the one that serves. */
export function grantPromote(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const { failover } = deployment;
  if (failover === undefined) return;
  grantSeeServing(fn, deployment, region);
  const { database } = failover;
  if (database.kind === 'replica') {
    allow(fn, ['rds:PromoteReadReplica'], [instance(deployment, region)]);
    return;
  }
  const members = [database.primaryArn, database.secondaryArn];
  const actions = ['rds:FailoverGlobalCluster', 'rds:SwitchoverGlobalCluster'];
  allow(fn, actions, [globalCluster(database.globalCluster), ...members]);
}

/** Stops and allows the application's writes in the other region. */
export function grantLeaveOther(fn: Grantee, deployment: Deployment, region: RegionName): void {
  if (deployment.failover === undefined) return;
  const place = awsRegion(deployment, otherOf(region));
  const name = functionName(deployment, 'leave-region');
  allow(fn, ['lambda:InvokeFunction'], [`arn:${Aws.PARTITION}:lambda:${place}:${Aws.ACCOUNT_ID}:function:${name}`]);
}

/** Leads the application to this region. */
export function grantMoveTraffic(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const traffic = deployment.failover?.traffic;
  if (traffic?.kind === 'record') {
    const zone = `arn:${Aws.PARTITION}:route53:::hostedzone/${traffic.hostedZone}`;
    allow(fn, ['route53:ChangeResourceRecordSets'], [zone], {
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': [traffic.name.toLowerCase().replace(/\.$/, '')],
        'route53:ChangeResourceRecordSetsRecordTypes': ['CNAME'],
        'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
      },
    });
  }
  if (traffic?.kind === 'parameter') {
    const place = awsRegion(deployment, region);
    allow(fn, ['ssm:PutParameter'], [`arn:${Aws.PARTITION}:ssm:${place}:${Aws.ACCOUNT_ID}:parameter${traffic.name}`]);
  }
}

function otherOf(region: RegionName): WorkRegion {
  return region === 'primary' ? 'secondary' : 'primary';
}

/** It has no region. */
function globalCluster(identifier: string): string {
  return `arn:${Aws.PARTITION}:rds::${Aws.ACCOUNT_ID}:global-cluster:${identifier}`;
}

function instance(deployment: Deployment, region: RegionName): string {
  const { database } = deployment.failover!;
  if (database.kind !== 'replica') throw new Error('The deployment names no instances.');
  const identifier = region === 'primary' ? database.primaryInstance : database.secondaryInstance;
  return `arn:${Aws.PARTITION}:rds:${awsRegion(deployment, region)}:${Aws.ACCOUNT_ID}:db:${identifier}`;
}
