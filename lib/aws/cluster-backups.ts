/**
 * What RDS itself keeps of the source: automated backups, also those of other regions, snapshots, and read replicas. A
 * destruction lists them, since Holdfast can neither open nor remove them.
 *
 * Invariant: all pages are read, and nothing is left out of the list. What RDS refuses to tell is an error.
 */
import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusterAutomatedBackups,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBInstanceAutomatedBackups,
  paginateDescribeDBSnapshots,
  paginateDescribeGlobalClusters,
  type RDSClient,
} from '@aws-sdk/client-rds';
import type { ClusterBackups } from '../ports.ts';
import { rdsFailure } from './rds-control.ts';

type Listed = Awaited<ReturnType<ClusterBackups['list']>>[number];
interface Snapshot {
  readonly id: string | undefined;
  readonly type: string | undefined;
}

/** `IDENTIFIER.cluster-….REGION.rds.amazonaws.com`, or without `cluster-` an instance. */
const RDS_HOST = /^([a-z][a-z0-9-]*)\.(cluster-)?[a-z0-9-]+\.[a-z0-9-]+\.rds\.amazonaws\.com(\.cn)?$/i;

/** Of the database with that host name; of an unknown one, that nobody here can tell. StorageError `rds-refused`. */
export async function listClusterBackups(rds: RDSClient, host: string): Promise<Listed[]> {
  const [, identifier, isCluster] = RDS_HOST.exec(host) ?? [];
  if (identifier === undefined) return [unknown('its host name is no endpoint of RDS')];
  try {
    return isCluster ? await ofCluster(rds, identifier) : await ofInstance(rds, identifier);
  } catch (cause) {
    const error = rdsFailure(cause, identifier);
    if (error.code === 'no-such-database') return [unknown(`RDS knows no ${identifier} in this region`)];
    throw error;
  }
}

function unknown(why: string): Listed {
  return { what: "The database's own backups, snapshots and read replicas", ends: `unknown (${why}): ask your DBA` };
}

async function ofCluster(rds: RDSClient, identifier: string): Promise<Listed[]> {
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
  const cluster = DBClusters?.[0] ?? {};
  // A paginator writes its marker into its input.
  const own = () => ({ DBClusterIdentifier: identifier });
  const snapshots: Snapshot[] = [];
  for await (const page of paginateDescribeDBClusterSnapshots({ client: rds }, own()))
    for (const each of page.DBClusterSnapshots ?? [])
      snapshots.push({ id: each.DBClusterSnapshotIdentifier, type: each.SnapshotType });
  const retained: Listed[] = [];
  for await (const page of paginateDescribeDBClusterAutomatedBackups({ client: rds }, own()))
    for (const each of page.DBClusterAutomatedBackups ?? [])
      if (each.Status !== 'active') retained.push(keptBackups(each.DBClusterAutomatedBackupsArn, each.Status));
  return [
    automated(`the cluster ${identifier}`, cluster.BackupRetentionPeriod),
    ...retained,
    ...listSnapshots(snapshots),
    ...replicas(cluster.ReadReplicaIdentifiers),
    ...replicas(await membersBeside(rds, cluster)),
  ];
}

/** One that belongs to a cluster has its backups there. */
async function ofInstance(rds: RDSClient, identifier: string): Promise<Listed[]> {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }));
  const instance: DBInstance = DBInstances?.[0] ?? {};
  if (instance.DBClusterIdentifier !== undefined) return ofCluster(rds, instance.DBClusterIdentifier);
  const own = () => ({ DBInstanceIdentifier: identifier });
  const snapshots: Snapshot[] = [];
  for await (const page of paginateDescribeDBSnapshots({ client: rds }, own()))
    for (const each of page.DBSnapshots ?? [])
      snapshots.push({ id: each.DBSnapshotIdentifier, type: each.SnapshotType });
  const retained: Listed[] = [];
  for await (const page of paginateDescribeDBInstanceAutomatedBackups({ client: rds }, own()))
    for (const each of page.DBInstanceAutomatedBackups ?? [])
      if (each.Status !== 'active') retained.push(keptBackups(each.DBInstanceAutomatedBackupsArn, each.Status));
  const elsewhere = instance.DBInstanceAutomatedBackupsReplications ?? [];
  return [
    automated(`the instance ${identifier}`, instance.BackupRetentionPeriod),
    ...retained,
    ...elsewhere.map(copy => keptBackups(copy.DBInstanceAutomatedBackupsArn, 'replicated')),
    ...listSnapshots(snapshots),
    ...replicas([
      ...(instance.ReadReplicaDBInstanceIdentifiers ?? []),
      ...(instance.ReadReplicaDBClusterIdentifiers ?? []),
    ]),
  ];
}

/** The other clusters of its global cluster, in whichever region. */
async function membersBeside(rds: RDSClient, { DBClusterArn: own }: DBCluster): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateDescribeGlobalClusters({ client: rds }, {})) {
    for (const { GlobalClusterMembers: members = [] } of page.GlobalClusters ?? []) {
      const arns = members.flatMap(({ DBClusterArn: arn }) => (arn === undefined ? [] : [arn]));
      if (own !== undefined && arns.includes(own)) found.push(...arns.filter(arn => arn !== own));
    }
  }
  return found;
}

function automated(of: string, days = 0): Listed {
  return {
    what: `Automated backups of ${of}`,
    ends:
      days === 0 ? 'there are none: its retention is 0 days' : `${days} days after the application deletes the rows`,
  };
}

function keptBackups(arn = 'an unknown place', status = 'unknown'): Listed {
  return {
    what: `Automated backups ${arn} (${status})`,
    ends: 'when their retention there ends, or somebody deletes them',
  };
}

/** Snapshots that RDS makes by itself end with the automated backups. */
function listSnapshots(snapshots: readonly Snapshot[]): Listed[] {
  return snapshots
    .filter(({ type }) => type !== 'automated')
    .map(({ id = 'without a name', type = 'unknown' }) => ({
      what: `Snapshot ${id} (${type})`,
      ends: type === 'awsbackup' ? 'when its recovery point in AWS Backup ends' : 'when somebody deletes it',
    }));
}

function replicas(names: readonly string[] = []): Listed[] {
  return names.map(name => ({ what: `Read replica ${name}`, ends: 'when it has replayed the deletion of the rows' }));
}
