/**
 * A scratch database of RDS: the source as it was at a moment, restored by RDS beside the source, read, and deleted. It is in
 * the subnets and security groups of the source, not public, and encrypted as the source is.
 *
 * Invariants: no call waits for RDS. Whatever is deleted here has the tag of this installation, which only a scratch
 * database gets. All that belongs to one run has the name of the run, so that every call can be repeated.
 */
import {
  CreateDBInstanceCommand,
  type DBCluster,
  type DBInstance,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  type RDSClient,
  RestoreDBClusterToPointInTimeCommand,
  RestoreDBInstanceToPointInTimeCommand,
  type Tag,
} from '@aws-sdk/client-rds';
import { SCRATCH_EXPIRES_TAG, SCRATCH_TAG } from '../domain/cluster-backup.ts';
import { InputError, SourceError, TargetError } from '../domain/errors.ts';
import { clusterOf, mapRdsErrors, rdsName, toTags } from './rds-control.ts';

export interface ScratchPlace {
  readonly rds: RDSClient;
  /** The source, by its identifier. */
  readonly source: { readonly kind: 'cluster' | 'instance'; readonly identifier: string };
  /** Value of the tag: name of the installation's resources. */
  readonly owner: string;
}

export interface ScratchRequest {
  /** Of the cluster, whose one instance is `NAME-1`, or of the instance. */
  readonly name: string;
  readonly time: Date;
  /** From when on the sweeper deletes it. */
  readonly expires: Date;
}

export interface ListedScratch {
  readonly name: string;
  /** Absent while RDS does not say. */
  readonly created: Date | undefined;
  readonly expires: Date | undefined;
}

/**
 * Requests it; continues where it stopped. TargetError `outside-cluster-window` with the possible range; InputError
 * `no-such-database`; StorageError `rds-refused`.
 */
export async function beginScratch(place: ScratchPlace, request: ScratchRequest): Promise<void> {
  const { rds, source, owner } = place;
  const tags = toTags({ [SCRATCH_TAG]: owner, [SCRATCH_EXPIRES_TAG]: request.expires.toISOString() });
  await mapRdsErrors(source.identifier, () =>
    source.kind === 'cluster'
      ? beginCluster(rds, source.identifier, request, tags)
      : beginInstance(rds, source.identifier, request, tags),
  );
}

async function beginCluster(rds: RDSClient, identifier: string, request: ScratchRequest, tags: Tag[]): Promise<void> {
  const source = await clusterOf(rds, identifier);
  refuseOutside(identifier, request.time, source.EarliestRestorableTime, source.LatestRestorableTime);
  const members = source.DBClusterMembers ?? [];
  const writer = members.find(({ IsClusterWriter }) => IsClusterWriter) ?? members[0];
  const { DBInstanceClass } = await instanceOf(rds, writer?.DBInstanceIdentifier ?? identifier);
  const restore = () =>
    rds.send(
      new RestoreDBClusterToPointInTimeCommand({
        DBClusterIdentifier: request.name,
        SourceDBClusterIdentifier: identifier,
        RestoreToTime: request.time,
        DBSubnetGroupName: source.DBSubnetGroup,
        VpcSecurityGroupIds: groupsOf(source),
        EnableIAMDatabaseAuthentication: source.IAMDatabaseAuthenticationEnabled ?? false,
        ServerlessV2ScalingConfiguration: source.ServerlessV2ScalingConfiguration,
        DeletionProtection: false,
        Tags: tags,
      }),
    );
  const there = await clusterOf(rds, request.name).catch(unless(GONE));
  if (there === undefined) await unlessThere('DBClusterAlreadyExists', restore);
  await unlessThere('DBInstanceAlreadyExists', () =>
    rds.send(
      new CreateDBInstanceCommand({
        ...{ DBInstanceIdentifier: `${request.name}-1`, DBClusterIdentifier: request.name },
        ...{ DBInstanceClass, Engine: source.Engine, PubliclyAccessible: false, Tags: tags },
      }),
    ),
  );
}

async function beginInstance(rds: RDSClient, identifier: string, request: ScratchRequest, tags: Tag[]): Promise<void> {
  const source = await instanceOf(rds, identifier);
  refuseOutside(identifier, request.time, undefined, source.LatestRestorableTime);
  await unlessThere('DBInstanceAlreadyExists', () =>
    rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        TargetDBInstanceIdentifier: request.name,
        SourceDBInstanceIdentifier: identifier,
        RestoreTime: request.time,
        DBInstanceClass: source.DBInstanceClass,
        DBSubnetGroupName: source.DBSubnetGroup?.DBSubnetGroupName,
        VpcSecurityGroupIds: groupsOf(source),
        EnableIAMDatabaseAuthentication: source.IAMDatabaseAuthenticationEnabled ?? false,
        ...{ MultiAZ: false, PubliclyAccessible: false, DeletionProtection: false, Tags: tags },
      }),
    ),
  );
}

/** Where it answers once it is available; undefined while RDS creates it. SourceError `scratch-failed`. */
export async function lookAtScratch(
  { rds, source }: ScratchPlace,
  name: string,
): Promise<{ host: string; port: number } | undefined> {
  return mapRdsErrors(name, async () => {
    const cluster = source.kind === 'cluster' ? await clusterOf(rds, name) : undefined;
    const instance = await instanceOf(rds, cluster ? `${name}-1` : name);
    const states = [...(cluster ? [cluster.Status ?? ''] : []), instance.DBInstanceStatus ?? ''];
    const bad = states.find(state => /fail|incompatible|inaccessible|restore-error|delet/.test(state));
    if (bad !== undefined)
      throw new SourceError('scratch-failed', `The scratch database ${name} could not be restored (${bad}).`, {
        hint: 'Look at its events in the RDS console, then start again.',
        details: { database: name, state: bad },
      });
    if (!states.every(state => state === 'available')) return undefined;
    const [host, port] = cluster
      ? [cluster.Endpoint, cluster.Port]
      : [instance.Endpoint?.Address, instance.Endpoint?.Port];
    return host === undefined ? undefined : { host, port: port ?? 5432 };
  });
}

/**
 * Requests its deletion, without a final snapshot; true once RDS knows nothing of that name. What RDS cannot delete yet, it
 * is asked for again by the next call. InputError `not-scratch` for any database without the tag.
 */
export async function removeScratchCluster({ rds, owner }: ScratchPlace, name: string): Promise<boolean> {
  return mapRdsErrors(name, async () => {
    const cluster = await clusterOf(rds, name).catch(unless(GONE));
    if (cluster !== undefined) {
      mustBeOwn(cluster.TagList, owner, name);
      for (const { DBInstanceIdentifier } of cluster.DBClusterMembers ?? [])
        await rds
          .send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }))
          .catch(unless(NOT_NOW));
      await rds
        .send(new DeleteDBClusterCommand({ DBClusterIdentifier: name, SkipFinalSnapshot: true }))
        .catch(unless(NOT_NOW));
      return false;
    }
    const instance = await instanceOf(rds, name).catch(unless(GONE));
    if (instance === undefined) return true;
    mustBeOwn(instance.TagList, owner, name);
    await rds
      .send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, SkipFinalSnapshot: true }))
      .catch(unless(NOT_NOW));
    return false;
  });
}

/** All scratch databases of the installation, also those that another kind of source left. StorageError `rds-refused`. */
export async function listScratchClusters({ rds, owner }: ScratchPlace): Promise<ListedScratch[]> {
  return mapRdsErrors(owner, async () => {
    const found: ListedScratch[] = [];
    const add = (name: string | undefined, created: Date | undefined, tags: Tag[] | undefined) => {
      if (name !== undefined && isOwn(tags, owner)) found.push({ name, created, expires: expiryOf(tags) });
    };
    for await (const page of paginateDescribeDBClusters({ client: rds }, {}))
      for (const each of page.DBClusters ?? []) add(each.DBClusterIdentifier, each.ClusterCreateTime, each.TagList);
    for await (const page of paginateDescribeDBInstances({ client: rds }, {}))
      for (const each of page.DBInstances ?? [])
        if (!each.DBClusterIdentifier) add(each.DBInstanceIdentifier, each.InstanceCreateTime, each.TagList);
    return found;
  });
}

async function instanceOf(rds: RDSClient, identifier: string): Promise<DBInstance> {
  return (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }))).DBInstances![0]!;
}

function groupsOf({ VpcSecurityGroups }: Pick<DBCluster | DBInstance, 'VpcSecurityGroups'>): string[] {
  return (VpcSecurityGroups ?? []).map(({ VpcSecurityGroupId }) => VpcSecurityGroupId!);
}

function refuseOutside(source: string, time: Date, earliest: Date | undefined, latest: Date | undefined): void {
  if (!((earliest && time < earliest) || (latest && time > latest))) return;
  const [from, to] = [earliest, latest].map(end => end?.toISOString());
  throw new TargetError('outside-cluster-window', `${source} cannot be restored to ${time.toISOString()}.`, {
    hint: `Its restorable window is ${from ?? 'unknown'} to ${to ?? 'unknown'}.`,
    details: { earliest: from ?? null, latest: to ?? null },
  });
}

function isOwn(tags: Tag[] | undefined, owner: string): boolean {
  return tags?.some(({ Key, Value }) => Key === SCRATCH_TAG && Value === owner) ?? false;
}

function mustBeOwn(tags: Tag[] | undefined, owner: string, name: string): void {
  if (isOwn(tags, owner)) return;
  throw new InputError('not-scratch', `${name} is not a scratch database of this installation.`, {
    hint: 'Nothing was deleted. Holdfast deletes only what has its scratch tag.',
  });
}

function expiryOf(tags: Tag[] | undefined): Date | undefined {
  const text = tags?.find(({ Key }) => Key === SCRATCH_EXPIRES_TAG)?.Value;
  const expires = new Date(text ?? Number.NaN);
  return Number.isNaN(expires.getTime()) ? undefined : expires;
}

async function unlessThere(fault: string, work: () => Promise<unknown>): Promise<void> {
  await work().catch(unless([fault]));
}

const GONE = ['DBClusterNotFound', 'DBInstanceNotFound'];
/** It is being created or deleted. */
const NOT_NOW = [...GONE, 'InvalidDBClusterState', 'InvalidDBInstanceState'];

function unless(faults: readonly string[]): (error: unknown) => undefined {
  return error => {
    if (!faults.includes(rdsName(error))) throw error;
  };
}
