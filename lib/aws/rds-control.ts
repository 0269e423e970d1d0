/**
 * What Holdfast requests of RDS: the description of the source, and a cluster snapshot under a given name, so that a run that
 * was killed finds it again. Nothing is deleted here (rds-scratch.ts).
 */
import {
  CreateDBClusterSnapshotCommand,
  type DBCluster,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';
import { HoldfastError, InputError } from '../domain/errors.ts';
import { faultName, serviceFailure } from './transient.ts';

export interface SourceDescription {
  readonly kind: 'cluster' | 'instance';
  readonly identifier: string;
  readonly arn: string;
  /** For IAM authentication policies: `cluster-…` or `db-…`. */
  readonly resourceId: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly status: string;
  readonly host: string;
  readonly port: number;
  readonly database: string | undefined;
  readonly iamAuthentication: boolean;
  readonly encrypted: boolean;
  /** The cluster's own point-in-time window. */
  readonly earliest: Date | undefined;
  readonly latest: Date | undefined;
}

/** InputError `no-such-database`. */
export async function describeRdsSource(
  rds: RDSClient,
  source: { cluster: string } | { instance: string },
): Promise<SourceDescription> {
  return mapRdsErrors('cluster' in source ? source.cluster : source.instance, async () => {
    if ('cluster' in source) return ofCluster(await clusterOf(rds, source.cluster));
    const found = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: source.instance }));
    const instance = found.DBInstances![0]!;
    return {
      kind: 'instance',
      identifier: instance.DBInstanceIdentifier!,
      arn: instance.DBInstanceArn!,
      resourceId: instance.DbiResourceId!,
      engine: instance.Engine!,
      engineVersion: instance.EngineVersion!,
      status: instance.DBInstanceStatus!,
      host: instance.Endpoint?.Address ?? '',
      port: instance.Endpoint?.Port ?? 5432,
      database: instance.DBName,
      iamAuthentication: instance.IAMDatabaseAuthenticationEnabled ?? false,
      encrypted: instance.StorageEncrypted ?? false,
      earliest: undefined,
      latest: instance.LatestRestorableTime,
    };
  });
}

/** Starts a snapshot of the entire cluster. Idempotent: the same name returns the same snapshot. */
export async function snapshotCluster(
  rds: RDSClient,
  cluster: string,
  name: string,
  tags: Record<string, string> = {},
): Promise<{ arn: string; status: string }> {
  return mapRdsErrors(cluster, async () => {
    try {
      const made = await rds.send(
        new CreateDBClusterSnapshotCommand({
          DBClusterIdentifier: cluster,
          DBClusterSnapshotIdentifier: name,
          Tags: toTags(tags),
        }),
      );
      return { arn: made.DBClusterSnapshot!.DBClusterSnapshotArn!, status: made.DBClusterSnapshot!.Status! };
    } catch (error) {
      if (rdsName(error) !== 'DBClusterSnapshotAlreadyExists') throw error;
      const found = await rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: name }));
      const snapshot = found.DBClusterSnapshots![0]!;
      return { arn: snapshot.DBClusterSnapshotArn!, status: snapshot.Status! };
    }
  });
}

/** Throws as RDS does. */
export async function clusterOf(rds: RDSClient, cluster: string): Promise<DBCluster> {
  return (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: cluster }))).DBClusters![0]!;
}

function ofCluster(cluster: DBCluster): SourceDescription {
  return {
    kind: 'cluster',
    identifier: cluster.DBClusterIdentifier!,
    arn: cluster.DBClusterArn!,
    resourceId: cluster.DbClusterResourceId!,
    engine: cluster.Engine!,
    engineVersion: cluster.EngineVersion!,
    status: cluster.Status!,
    host: cluster.Endpoint ?? '',
    port: cluster.Port ?? 5432,
    database: cluster.DatabaseName,
    iamAuthentication: cluster.IAMDatabaseAuthenticationEnabled ?? false,
    encrypted: cluster.StorageEncrypted ?? false,
    earliest: cluster.EarliestRestorableTime,
    latest: cluster.LatestRestorableTime,
  };
}

export function toTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** `name`: of what was asked for. */
export async function mapRdsErrors<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HoldfastError ? error : rdsFailure(error, name);
  }
}

/** RDS uses the same error name with and without this suffix. */
export function rdsName(error: unknown): string {
  return faultName(error).replace(/Fault$/, '');
}

/** Maps an RDS error to ours. */
export function rdsFailure(cause: unknown, name: string): HoldfastError {
  if (/^(DBCluster|DBInstance|GlobalCluster)NotFound$/.test(rdsName(cause))) {
    return new InputError('no-such-database', `RDS has no cluster or instance ${name} in this region.`, {
      hint: 'Check the identifier and the region in the configuration.',
      cause,
    });
  }
  return serviceFailure('rds-refused', `RDS (${name})`, cause);
}
