/**
 * RDS as a read of the cluster's own backup sees it: what is restored is created for a while and then answers where `serve`
 * says; what is deleted is deleting for a while; a database that is being created cannot be deleted. Every request is kept.
 */
import { RDSClient } from '@aws-sdk/client-rds';

// biome-ignore lint/suspicious/noExplicitAny: requests and answers of RDS, of which only some fields matter
type Loose = any;

export interface ScratchRds {
  readonly rds: RDSClient;
  readonly requests: { readonly name: string; readonly input: Loose }[];
  /** Names of the databases that are there, the source and its instance aside. */
  left(): string[];
  /** Throws before the next requests of that name; `after`: once they took effect, as if their answer were lost. */
  fail(name: string, error: string, how?: { readonly times?: number; readonly after?: boolean }): void;
}

const BUSY_LOOKS = 2;
const VPC = { VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }], IAMDatabaseAuthenticationEnabled: true };

export function scratchRds(serve: () => Promise<{ host: string; port: number }>): ScratchRds {
  const requests: { name: string; input: Loose }[] = [];
  const faults = new Map<string, { error: string; times: number; after: boolean }>();
  const clusters = new Map<string, Loose>();
  const instances = new Map<string, Loose>();
  const window = {
    EarliestRestorableTime: new Date('2025-10-20T00:00:00Z'),
    LatestRestorableTime: new Date('2026-01-01T00:00:00Z'),
  };
  const made = (fields: Loose) => ({ ...fields, state: 'available', looks: 0 });
  clusters.set('saas', made({ DBSubnetGroup: 'private', Engine: 'aurora-postgresql', ...VPC, ...window }));
  instances.set('saas-1', made({ DBClusterIdentifier: 'saas', DBInstanceClass: 'db.r6g.large' }));
  instances.set('single', made({ ...VPC, DBInstanceClass: 'db.t4g.large', DBSubnetGroup: { DBSubnetGroupName: 'p' } }));
  const own = new Set([...clusters.keys(), ...instances.keys()]);

  const refuse = (name: string): never => {
    throw Object.assign(new Error(name), { name });
  };
  const add = (map: Map<string, Loose>, id: string, fields: Loose, fault: string) => {
    if (map.has(id)) refuse(fault);
    map.set(id, { ...fields, state: 'creating', looks: BUSY_LOOKS });
    return {};
  };
  const remove = (map: Map<string, Loose>, id: string, gone: string, busy: string) => {
    const found = map.get(id) ?? refuse(gone);
    if (found.state !== 'available') refuse(busy);
    Object.assign(found, { state: 'deleting', looks: BUSY_LOOKS });
    return {};
  };
  const membersOf = (id: string) =>
    [...instances].filter(([, each]) => each.DBClusterIdentifier === id).map(([name]) => name);
  /** Each look brings it nearer. */
  const look = async (map: Map<string, Loose>, id: string) => {
    const found = map.get(id);
    if (found === undefined || found.state === 'available') return found;
    if (found.looks-- > 0) return found;
    if (found.state === 'creating') Object.assign(found, { state: 'available', at: await serve() });
    else map.delete(id);
    for (const name of map === clusters && !map.has(id) ? membersOf(id) : []) instances.delete(name);
    return map.get(id);
  };
  const tagged = ({ Tags }: Loose) => ({ TagList: Tags, created: new Date() });
  const clusterOf = async (id: string) => {
    const found = (await look(clusters, id)) ?? refuse('DBClusterNotFoundFault');
    const members = membersOf(id);
    for (const name of members) await look(instances, name);
    return {
      ...{ ...found, DBClusterIdentifier: id, Status: found.state, ClusterCreateTime: found.created },
      ...{ Endpoint: found.at?.host, Port: found.at?.port },
      DBClusterMembers: members.map(name => ({ DBInstanceIdentifier: name, IsClusterWriter: true })),
    };
  };
  const instanceOf = async (id: string) => {
    const found = (await look(instances, id)) ?? refuse('DBInstanceNotFoundFault');
    return {
      ...{ ...found, DBInstanceIdentifier: id, DBInstanceStatus: found.state, InstanceCreateTime: found.created },
      ...(found.at && { Endpoint: { Address: found.at.host, Port: found.at.port } }),
    };
  };
  const all = async (map: Map<string, Loose>, describe: (id: string) => Promise<Loose>) => {
    const found: Loose[] = [];
    // One that is gone meanwhile is not listed.
    for (const id of [...map.keys()])
      await describe(id).then(
        each => found.push(each),
        () => {},
      );
    return found;
  };
  const answers: Record<string, (input: Loose) => Loose> = {
    DescribeDBClusters: async ({ DBClusterIdentifier: id }) => ({
      DBClusters: id === undefined ? await all(clusters, clusterOf) : [await clusterOf(id)],
    }),
    DescribeDBInstances: async ({ DBInstanceIdentifier: id }) => ({
      DBInstances: id === undefined ? await all(instances, instanceOf) : [await instanceOf(id)],
    }),
    RestoreDBClusterToPointInTime: input =>
      add(clusters, input.DBClusterIdentifier, tagged(input), 'DBClusterAlreadyExistsFault'),
    CreateDBInstance: input => {
      const { DBClusterIdentifier } = input;
      if (!clusters.has(DBClusterIdentifier)) refuse('DBClusterNotFoundFault');
      const fields = { ...tagged(input), DBClusterIdentifier };
      return add(instances, input.DBInstanceIdentifier, fields, 'DBInstanceAlreadyExists');
    },
    RestoreDBInstanceToPointInTime: input =>
      add(instances, input.TargetDBInstanceIdentifier, tagged(input), 'DBInstanceAlreadyExists'),
    DeleteDBCluster: ({ DBClusterIdentifier: id }) => {
      const busy = [...instances.values()].some(each => each.DBClusterIdentifier === id && each.state !== 'deleting');
      if (busy) refuse('InvalidDBClusterStateFault');
      return remove(clusters, id, 'DBClusterNotFoundFault', 'InvalidDBClusterStateFault');
    },
    DeleteDBInstance: ({ DBInstanceIdentifier: id }) =>
      remove(instances, id, 'DBInstanceNotFoundFault', 'InvalidDBInstanceState'),
  };
  const throwIf = (name: string, after: boolean) => {
    const fault = faults.get(name);
    if (fault === undefined || fault.after !== after || fault.times-- <= 0) return;
    refuse(fault.error);
  };
  const client = Object.assign(new RDSClient({ region: 'eu-central-1' }), {
    async send(command: { readonly input: Loose }) {
      const name = command.constructor.name.replace('Command', '');
      requests.push({ name, input: command.input });
      throwIf(name, false);
      const answer = await answers[name]!(command.input);
      throwIf(name, true);
      return answer;
    },
  }) as unknown as RDSClient;
  return {
    requests,
    rds: client,
    left: () => [...clusters.keys(), ...instances.keys()].filter(id => !own.has(id)),
    fail: (name, error, { times = 1, after = false } = {}) => void faults.set(name, { error, times, after }),
  };
}
