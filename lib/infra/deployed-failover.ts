/** The section `failover` of a deployment, as the functions read it (apart from its schema: see deployed-drills.ts). */
import type { FailoverDatabase, FailoverSettings, FailoverTraffic } from '../domain/failover-settings.ts';
import type { Deployment } from './deployment.ts';
import type { FailoverOption } from './failover-option.ts';
import { awsRegion, regionsOf, vaultBucketName } from './names.ts';

/** As the functions read it. */
export function deployedFailover(deployment: Deployment): FailoverSettings | undefined {
  const { failover } = deployment;
  if (failover === undefined) return undefined;
  const { leaseSeconds, drainSeconds } = failover;
  return {
    ...{ home: awsRegion(deployment, 'primary'), leaseSeconds, drainSeconds },
    places: regionsOf(deployment).map(region => ({
      region: awsRegion(deployment, region),
      bucket: vaultBucketName(deployment, region),
      witness: region === 'tertiary',
    })),
    database: databaseOf(deployment, failover.database),
    traffic: trafficOf(deployment, failover.traffic),
  };
}

function databaseOf(deployment: Deployment, given: FailoverOption['database']): FailoverDatabase {
  if (given.kind === 'replica')
    return { kind: 'replica', instances: byRegion(deployment, given.primaryInstance, given.secondaryInstance) };
  const clusters = byRegion(deployment, given.primaryArn, given.secondaryArn);
  return { kind: 'global-cluster', globalCluster: given.globalCluster, clusters };
}

function trafficOf(deployment: Deployment, given: FailoverOption['traffic']): FailoverTraffic {
  if (given.kind !== 'record') return given;
  const { primary, secondary, ...record } = given;
  return { ...record, values: byRegion(deployment, primary, secondary) };
}

function byRegion(deployment: Deployment, primary: string, secondary: string): Record<string, string> {
  return { [awsRegion(deployment, 'primary')]: primary, [awsRegion(deployment, 'secondary')]: secondary };
}
