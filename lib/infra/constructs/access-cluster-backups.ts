/**
 * Grants for reading the cluster's own backup; in a deployment without `clusterBackups` they grant nothing. Invariant: only
 * a database whose name begins with the installation's scratch prefix may be created, and only with the installation's tag;
 * only one with both may be deleted. The source is only restored from.
 */
import { Aws } from 'aws-cdk-lib';
import { SCRATCH_TAG, scratchPrefix } from '../../domain/cluster-backup.ts';
import type { Deployment } from '../deployment.ts';
import { awsRegion, type RegionName } from '../names.ts';
import { databaseIn } from '../source-place.ts';
import { allow, type Grantee } from './grant.ts';

/** What RDS checks beside the databases: parameter, option and subnet groups. */
const GROUPS = ['pg', 'cluster-pg', 'og', 'subgrp'];

/** Creates, sees and deletes scratch databases. */
export function grantScratchClusters(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const { clusterBackups, name } = deployment;
  if (clusterBackups === undefined) return;
  const place = awsRegion(deployment, region);
  const rds = (resource: string) => `arn:${Aws.PARTITION}:rds:${place}:${Aws.ACCOUNT_ID}:${resource}`;
  const scratch = ['cluster', 'db'].map(kind => rds(`${kind}:${scratchPrefix(name)}*`));
  const tagged = { StringEquals: { [`aws:RequestTag/${SCRATCH_TAG}`]: name } };
  const own = { StringEquals: { [`aws:ResourceTag/${SCRATCH_TAG}`]: name } };
  allow(fn, ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'], [rds('cluster:*'), rds('db:*')]);
  const groups = GROUPS.map(group => rds(`${group}:*`));
  const { databaseArn } = clusterBackups;
  const restore = databaseArn.includes(':cluster:')
    ? ['rds:RestoreDBClusterToPointInTime']
    : ['rds:RestoreDBInstanceToPointInTime'];
  allow(fn, restore, [databaseArn, ...scratch, ...groups], tagged);
  allow(fn, ['rds:CreateDBInstance'], [...scratch, ...groups], tagged);
  allow(fn, ['rds:AddTagsToResource'], scratch, tagged);
  allow(fn, ['rds:DeleteDBCluster', 'rds:DeleteDBInstance'], scratch, own);
  grantStorageKey(fn, clusterBackups.storageKeyArn, place);
}

/** RDS asks for the key as the caller, and only for itself. */
function grantStorageKey(fn: Grantee, key: string | undefined, region: string): void {
  if (key === undefined) return;
  const viaRds = { 'kms:ViaService': `rds.${region}.${Aws.URL_SUFFIX}` };
  allow(fn, ['kms:DescribeKey'], [key], { StringEquals: viaRds });
  allow(fn, ['kms:CreateGrant'], [key], { StringEquals: viaRds, Bool: { 'kms:GrantIsForAWSResource': 'true' } });
}

/** Logs in to a scratch database as in the source. With a secret, that is the same secret: grantReachDatabase. */
export function grantLogInToScratch(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const { authentication } = databaseIn(deployment, region);
  if (deployment.clusterBackups === undefined || authentication.kind === 'secret') return;
  // A scratch database gets its resource id when it is restored.
  const user = `dbuser:*/${authentication.user}`;
  const place = awsRegion(deployment, region);
  allow(fn, ['rds-db:connect'], [`arn:${Aws.PARTITION}:rds-db:${place}:${Aws.ACCOUNT_ID}:${user}`]);
}
