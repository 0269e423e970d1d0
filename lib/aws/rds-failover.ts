/**
 * The database of a region as RDS fails it over: a member of an Aurora global database, or a cross-region read replica.
 * Invariant: no call waits for RDS. A promotion is requested once, however often it is asked for, and counts as done only
 * when RDS says that the database is available and the server itself accepts writes.
 */
import { DescribeDBInstancesCommand, PromoteReadReplicaCommand, type RDSClient } from '@aws-sdk/client-rds';
import { SourceError } from '../domain/errors.ts';
import type { FailoverDatabase } from '../domain/failover-settings.ts';
import type { DatabaseFailover } from '../region-ports.ts';
import { describeGlobalCluster, moveGlobalCluster } from './global-cluster.ts';
import { rdsFailure } from './rds-control.ts';

/** The other region, reached through a function there: its network need not be reached from here. */
export type LeavingRegion = Pick<DatabaseFailover, 'stopWrites' | 'allowWrites' | 'reachesOther'>;

/** The server here, by its own SQL; absent where only RDS is asked. */
export type ServerHere = Pick<DatabaseFailover, 'status' | 'allowWrites' | 'hasReplayed'>;

export interface RdsFailoverOptions {
  readonly rds: () => Promise<RDSClient>;
  readonly database: FailoverDatabase;
  /** Where this process works. */
  readonly region: string;
  readonly leaving: LeavingRegion;
  readonly server?: ServerHere;
}

export function rdsFailover({ rds, database, region, leaving, server }: RdsFailoverOptions): DatabaseFailover {
  const steps = database.kind === 'replica' ? ofReplica(database.instances, region) : ofGlobalCluster(database, region);
  const isPrimary = async () => steps.isPrimary(await rds());
  return {
    async status() {
      if (await isPrimary()) return { role: 'primary', lagSeconds: 0 };
      // Aurora does not tell the lag of a global database by the server's own functions.
      const lag = database.kind === 'replica' ? (await server?.status())?.lagSeconds : undefined;
      return { role: 'replica', lagSeconds: lag ?? null };
    },
    reachesOther: () => leaving.reachesOther(),
    stopWrites: all => leaving.stopWrites(all),
    async allowWrites() {
      const serves = (await isPrimary()) ? server : leaving;
      await serves?.allowWrites();
    },
    // A switchover of a global database itself waits until the other cluster has everything.
    hasReplayed: async stopped => database.kind === 'global-cluster' || (await server?.hasReplayed(stopped)) === true,
    async promote(planned) {
      if (!(await steps.promote(await rds(), planned))) return false;
      if (server === undefined) return true;
      // Its endpoint can take minutes to lead to the new writer.
      return server.status().then(
        ({ role }) => role === 'primary',
        () => false,
      );
    },
  };
}

interface RdsSteps {
  isPrimary(rds: RDSClient): Promise<boolean>;
  /** Requests it unless it was; true once RDS has done it. */
  promote(rds: RDSClient, planned: boolean): Promise<boolean>;
}

function ofGlobalCluster(
  { globalCluster, clusters }: Extract<FailoverDatabase, { kind: 'global-cluster' }>,
  region: string,
): RdsSteps {
  const own = memberIn(clusters, region);
  return {
    isPrimary: async rds => (await describeGlobalCluster(rds, globalCluster)).writer === own,
    async promote(rds, planned) {
      const how = planned ? 'switchover' : 'failover';
      const { writer, moving, status } = await moveGlobalCluster(rds, globalCluster, own, how);
      return writer === own && moving === undefined && status === 'available';
    },
  };
}

/** Neither does RDS wait for the replica: a planned fail-over has seen before that it has everything. */
function ofReplica(instances: Readonly<Record<string, string>>, region: string): RdsSteps {
  const own = memberIn(instances, region);
  return {
    isPrimary: async rds => !(await describeInstance(rds, own)).isReplica,
    async promote(rds) {
      const { isReplica, status } = await describeInstance(rds, own);
      if (/fail|incompatible|inaccessible/.test(status)) throw refusedPromotion(own, status);
      if (!isReplica) return status === 'available';
      // While it is being promoted or modified it is still a replica.
      if (status === 'available') await promoteInstance(rds, own);
      return false;
    },
  };
}

async function describeInstance(rds: RDSClient, identifier: string) {
  try {
    const found = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }));
    const { ReadReplicaSourceDBInstanceIdentifier: source, DBInstanceStatus: status = '' } = found.DBInstances![0]!;
    return { isReplica: Boolean(source), status };
  } catch (cause) {
    throw rdsFailure(cause, identifier);
  }
}

async function promoteInstance(rds: RDSClient, identifier: string): Promise<void> {
  try {
    await rds.send(new PromoteReadReplicaCommand({ DBInstanceIdentifier: identifier }));
  } catch (cause) {
    throw rdsFailure(cause, identifier);
  }
}

function memberIn(members: Readonly<Record<string, string>>, region: string): string {
  const member = members[region];
  if (member !== undefined) return member;
  throw new Error(`The settings name no database in ${region}.`);
}

function refusedPromotion(identifier: string, status: string): SourceError {
  return new SourceError('promotion-failed', `The database ${identifier} cannot be promoted: it is ${status}.`, {
    hint: 'Look at its events in RDS. Then repeat the fail-over: it goes on where it stopped.',
  });
}
