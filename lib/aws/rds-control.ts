/**
 * What Holdfast requests of RDS: the description of the source cluster, a cluster snapshot, and a scratch cluster restored
 * to a moment outside Holdfast's own window (another source to compare with). Every resource is created under a given
 * name, so that a run that was killed finds it again. Only clusters with the scratch tag are ever deleted here.
 */
import {
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  type DBCluster,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
  RestoreDBClusterToPointInTimeCommand,
  type Tag,
} from '@aws-sdk/client-rds';
import { HoldfastError, InputError, SourceError, TargetError } from '../domain/errors.ts';
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

export interface ScratchRequest {
  readonly source: string;
  /** Name of the scratch cluster; its one instance is `<name>-1`. */
  readonly name: string;
  /** The restore, drill or failover that needs it. */
  readonly purpose: string;
  /** Absent: the latest restorable time. */
  readonly time?: Date;
  readonly instanceClass: string;
  readonly subnetGroup: string;
  readonly securityGroups: readonly string[];
}

const SCRATCH_TAG = 'holdfast:scratch';

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

/**
 * Starts a scratch cluster with one instance at that moment of the source. Idempotent: continues where it stopped.
 * TargetError `outside-cluster-window` with the possible range.
 */
export async function restoreScratch(rds: RDSClient, request: ScratchRequest): Promise<void> {
  await mapRdsErrors(request.source, async () => {
    const source = await clusterOf(rds, request.source);
    refuseOutside(request, ofCluster(source));
    const tags = toTags({ [SCRATCH_TAG]: request.purpose });
    const there = await clusterOf(rds, request.name).catch(unlessGone);
    const restore = () =>
      rds.send(
        new RestoreDBClusterToPointInTimeCommand({
          DBClusterIdentifier: request.name,
          SourceDBClusterIdentifier: request.source,
          ...(request.time ? { RestoreToTime: request.time } : { UseLatestRestorableTime: true }),
          DBSubnetGroupName: request.subnetGroup,
          VpcSecurityGroupIds: [...request.securityGroups],
          DeletionProtection: false,
          Tags: tags,
        }),
      );
    if (!there) await unlessThere('DBClusterAlreadyExists', restore);
    await unlessThere('DBInstanceAlreadyExists', () =>
      rds.send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: `${request.name}-1`,
          DBClusterIdentifier: request.name,
          DBInstanceClass: request.instanceClass,
          Engine: source.Engine,
          PubliclyAccessible: false,
          Tags: tags,
        }),
      ),
    );
  });
}

/** The scratch cluster once cluster and instance are available; undefined while they are being created. */
export async function scratchReady(rds: RDSClient, name: string): Promise<SourceDescription | undefined> {
  return mapRdsErrors(name, async () => {
    const cluster = await clusterOf(rds, name);
    const found = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: `${name}-1` }));
    const states = [cluster.Status ?? '', found.DBInstances?.[0]?.DBInstanceStatus ?? ''];
    const bad = states.find(state => /fail|incompatible|inaccessible|restore-error/.test(state));
    if (bad) {
      throw new SourceError('scratch-failed', `The scratch cluster ${name} could not be restored (${bad}).`, {
        hint: 'Check its events in the RDS console, delete it and start again.',
        details: { cluster: name, state: bad },
      });
    }
    return states.every(state => state === 'available') ? ofCluster(cluster) : undefined;
  });
}

/** Deletes instance and cluster without a final snapshot. InputError `not-scratch` for any cluster without the tag. */
export async function deleteScratch(rds: RDSClient, name: string): Promise<void> {
  try {
    const cluster = await clusterOf(rds, name);
    if (!cluster.TagList?.some(tag => tag.Key === SCRATCH_TAG)) {
      throw new InputError('not-scratch', `The cluster ${name} is not a scratch cluster of Holdfast.`, {
        hint: 'Nothing was deleted. Holdfast deletes only clusters with its scratch tag.',
      });
    }
    for (const { DBInstanceIdentifier } of cluster.DBClusterMembers ?? []) {
      await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true })).catch(unlessGone);
    }
    await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: name, SkipFinalSnapshot: true }));
  } catch (error) {
    if (rdsName(error) === 'DBClusterNotFound') return;
    throw error instanceof HoldfastError ? error : rdsFailure(error, name);
  }
}

async function clusterOf(rds: RDSClient, cluster: string): Promise<DBCluster> {
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

function refuseOutside({ time, source }: ScratchRequest, { earliest, latest }: SourceDescription): void {
  if (time === undefined || !((earliest && time < earliest) || (latest && time > latest))) return;
  throw new TargetError(
    'outside-cluster-window',
    `The cluster ${source} cannot be restored to ${time.toISOString()}.`,
    {
      hint: `Its restorable window is ${earliest?.toISOString() ?? 'unknown'} to ${latest?.toISOString() ?? 'unknown'}.`,
      details: { earliest: earliest?.toISOString() ?? null, latest: latest?.toISOString() ?? null },
    },
  );
}

function toTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

async function unlessThere(fault: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (rdsName(error) !== fault) throw error;
  }
}

function unlessGone(error: unknown): undefined {
  if (!['DBClusterNotFound', 'DBInstanceNotFound', 'InvalidDBInstanceState'].includes(rdsName(error))) throw error;
}

async function mapRdsErrors<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HoldfastError ? error : rdsFailure(error, name);
  }
}

/** RDS uses the same error name with and without this suffix. */
function rdsName(error: unknown): string {
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
