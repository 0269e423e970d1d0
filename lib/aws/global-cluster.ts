/**
 * Moves an Aurora global cluster to another region. A switchover waits until the new primary is in sync; a failover uses
 * what has been replicated, for a region that is lost. The caller must choose between the two; nothing is guessed.
 */
import {
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  type GlobalCluster,
  type RDSClient,
  SwitchoverGlobalClusterCommand,
} from '@aws-sdk/client-rds';
import { InputError } from '../domain/errors.ts';
import { rdsFailure } from './rds-control.ts';

export interface GlobalClusterState {
  readonly identifier: string;
  readonly status: string;
  /** ARN of the cluster that accepts writes. */
  readonly writer: string | undefined;
  readonly readers: readonly string[];
  /** Source and target while the cluster is being moved. */
  readonly moving: { readonly from: string; readonly to: string } | undefined;
}

/** InputError `no-such-database`. */
export async function describeGlobalCluster(rds: RDSClient, identifier: string): Promise<GlobalClusterState> {
  const found = await rds
    .send(new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: identifier }))
    .catch(cause => {
      throw rdsFailure(cause, identifier);
    });
  const cluster = found.GlobalClusters?.[0];
  if (cluster === undefined) throw rdsFailure({ name: 'GlobalClusterNotFoundFault' }, identifier);
  return toState(cluster);
}

/**
 * Starts moving writes to the cluster with that ARN. Does nothing if it already accepts writes or is already being moved.
 * `failover` accepts the loss of what has not been replicated to the target. InputError `not-a-member`.
 */
export async function moveGlobalCluster(
  rds: RDSClient,
  identifier: string,
  to: string,
  how: 'switchover' | 'failover',
): Promise<GlobalClusterState> {
  const state = await describeGlobalCluster(rds, identifier);
  if (state.writer === to || state.moving?.to === to) return state;
  if (!state.readers.includes(to)) {
    throw new InputError('not-a-member', `The global cluster ${identifier} has no secondary cluster ${to}.`, {
      hint: `Its secondary clusters are: ${state.readers.join(', ') || 'none'}.`,
    });
  }
  const target = { GlobalClusterIdentifier: identifier, TargetDbClusterIdentifier: to };
  try {
    const moved =
      how === 'switchover'
        ? await rds.send(new SwitchoverGlobalClusterCommand(target))
        : await rds.send(new FailoverGlobalClusterCommand({ ...target, AllowDataLoss: true }));
    return moved.GlobalCluster ? toState(moved.GlobalCluster) : await describeGlobalCluster(rds, identifier);
  } catch (cause) {
    throw rdsFailure(cause, identifier);
  }
}

function toState(cluster: GlobalCluster): GlobalClusterState {
  const members = cluster.GlobalClusterMembers ?? [];
  const { FromDbClusterArn: from, ToDbClusterArn: to } = cluster.FailoverState ?? {};
  return {
    identifier: cluster.GlobalClusterIdentifier!,
    status: cluster.Status ?? 'unknown',
    writer: members.find(member => member.IsWriter)?.DBClusterArn,
    readers: members.flatMap(member => (member.IsWriter || !member.DBClusterArn ? [] : [member.DBClusterArn])),
    moving: from !== undefined && to !== undefined ? { from, to } : undefined,
  };
}
