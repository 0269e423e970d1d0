/**
 * RDS as a fail-over sees it, over two real servers: a promotion is accepted at once, takes a while in which RDS says so, and
 * then really promotes the standby. Every request is counted.
 */
import type { RDSClient } from '@aws-sdk/client-rds';
import type { FailoverDatabase } from '../../lib/domain/failover-settings.ts';
import { execute } from './replicated-servers.ts';

export interface RdsDouble {
  readonly rds: () => Promise<RDSClient>;
  readonly database: FailoverDatabase;
  /** Names of the requests, in order. */
  readonly requests: string[];
}

const BUSY_LOOKS = 2;

/** `standbyUrl`: the server in region `b`. */
export function rdsDouble(kind: FailoverDatabase['kind'], standbyUrl: string): RdsDouble {
  const requests: string[] = [];
  let state: 'standby' | number | 'promoted' = 'standby';
  /** Each look brings it nearer. */
  async function look(): Promise<void> {
    if (typeof state !== 'number') return;
    if (state > 0) {
      state -= 1;
      return;
    }
    await execute(standbyUrl, 'SELECT pg_promote(true, 60)');
    state = 'promoted';
  }
  function begin() {
    if (state !== 'standby') throw Object.assign(new Error('busy'), { name: 'InvalidDBInstanceStateFault' });
    state = BUSY_LOOKS;
  }
  const isBusy = () => typeof state === 'number';
  const member = (region: string, writes: boolean) => ({ DBClusterArn: `arn:${region}`, IsWriter: writes });
  const cluster = () => ({
    ...{ GlobalClusterIdentifier: 'world', Status: isBusy() ? 'switching-over' : 'available' },
    ...(isBusy() && { FailoverState: { FromDbClusterArn: 'arn:a', ToDbClusterArn: 'arn:b' } }),
    GlobalClusterMembers: [member('a', state !== 'promoted'), member('b', state === 'promoted')],
  });
  const answers: Readonly<Record<string, () => object | Promise<object>>> = {
    async DescribeDBInstancesCommand() {
      await look();
      const source = state === 'promoted' ? {} : { ReadReplicaSourceDBInstanceIdentifier: 'arn:a' };
      return { DBInstances: [{ DBInstanceStatus: isBusy() ? 'modifying' : 'available', ...source }] };
    },
    PromoteReadReplicaCommand() {
      begin();
      return {};
    },
    async DescribeGlobalClustersCommand() {
      await look();
      return { GlobalClusters: [cluster()] };
    },
    SwitchoverGlobalClusterCommand() {
      begin();
      return { GlobalCluster: cluster() };
    },
    FailoverGlobalClusterCommand() {
      begin();
      return { GlobalCluster: cluster() };
    },
  };
  const client = {
    async send(command: object) {
      const { name } = command.constructor;
      requests.push(name.replace('Command', ''));
      return answers[name]!();
    },
  };
  return { requests, rds: async () => client as unknown as RDSClient, database: databaseOf(kind) };
}

function databaseOf(kind: FailoverDatabase['kind']): FailoverDatabase {
  if (kind === 'replica') return { kind, instances: { a: 'db-a', b: 'db-b' } };
  return { kind, globalCluster: 'world', clusters: { a: 'arn:a', b: 'arn:b' } };
}
