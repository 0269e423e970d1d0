/**
 * What a fail-over on AWS works with beside the places: RDS, the function of the region that is left, what leads the
 * application, and the snapshots after a gap. In a file of its own, since only the functions of a fail-over load it.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { leavingRegion } from '../aws/call-region.ts';
import { clientOptions } from '../aws/clients.ts';
import { rdsFailover } from '../aws/rds-failover.ts';
import { parameterTraffic, recordTraffic } from '../aws/region-traffic.ts';
import { webhookTraffic } from '../local/webhook-traffic.ts';
import type { Source } from '../postgres/connection.ts';
import { replicaFailover } from '../postgres/server/replica.ts';
import type { Regions, Traffic } from '../region-ports.ts';
import type { AwsRegionsOptions } from './aws-regions.ts';
import { startWanted } from './workflows.ts';

/** A function that starts in a network, and then ends the sessions of the application. */
const LEAVING_TIMEOUTS = { maxAttempts: 1, silenceMs: 60_000 };

/** `source`: the database of this region; absent where only RDS is asked about it. */
export function takeoverPorts(
  options: AwsRegionsOptions,
  source: Source | undefined,
): Pick<Regions, 'database' | 'traffic' | 'shared'> {
  return {
    database: databaseOf(options, source),
    traffic: trafficOf(options),
    shared: { startSnapshots: id => startSnapshots(options, id) },
  };
}

function databaseOf({ config, settings, target }: AwsRegionsOptions, source: Source | undefined) {
  const { region, name } = config;
  const other = settings.places.find(place => place.region !== region && !place.witness)!.region;
  const lambda = async () => new LambdaClient(clientOptions({ ...target, ...LEAVING_TIMEOUTS, region: other }));
  return rdsFailover({
    ...{ database: settings.database, region },
    rds: async () => {
      const { RDSClient } = await import('@aws-sdk/client-rds');
      return new RDSClient(clientOptions(target));
    },
    leaving: leavingRegion(lambda, `${name}-leave-region`),
    ...(source && { server: replicaFailover(source, source) }),
  });
}

function trafficOf({ config, settings: { traffic }, target }: AwsRegionsOptions): Traffic {
  if (traffic.kind === 'parameter') return parameterTraffic(new SSMClient(clientOptions(target)), traffic);
  if (traffic.kind === 'webhook') return webhookTraffic(traffic.url, config.installation);
  if (traffic.kind === 'none') return webhookTraffic(undefined, config.installation);
  return {
    async move(region) {
      const { Route53Client } = await import('@aws-sdk/client-route-53');
      await recordTraffic(new Route53Client(clientOptions(target)), traffic).move(region);
    },
  };
}

/** Of all tenants: those that have their snapshot already are quick. */
async function startSnapshots({ config, workflows, deps }: AwsRegionsOptions, id: string): Promise<void> {
  const name = `gap-failover-${id}`;
  await startWanted(workflows, config.workflows.backUpFleet, { name, input: { reason: 'gap' }, now: deps.clock.now() });
}
