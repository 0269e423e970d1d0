/**
 * The regions of an installation on AWS, where its deployment has a fail-over: the vault buckets as places, this region's
 * lease, and what RDS and the application are told. Invariant: no request is sent before it is needed, since most functions
 * never ask.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { leavingRegion } from '../aws/call-region.ts';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { rdsFailover } from '../aws/rds-failover.ts';
import { parameterTraffic, recordTraffic } from '../aws/region-traffic.ts';
import { openS3Vault } from '../aws/s3-vault.ts';
import type { FailoverSettings } from '../domain/failover-settings.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { type EpochTurn, epochTurnOf } from '../domain/source-epoch.ts';
import { webhookTraffic } from '../local/webhook-traffic.ts';
import { placeVault } from '../operations/failover/place-vault.ts';
import { regionLease } from '../operations/failover/region-lease.ts';
import type { Deps } from '../ports.ts';
import type { Source } from '../postgres/connection.ts';
import { replicaFailover } from '../postgres/server/replica.ts';
import type { RegionPlace, Regions, Traffic } from '../region-ports.ts';
import { startWanted } from './workflows.ts';

/** At most two short attempts: a place that does not answer must not use up the lease. */
const PLACE_TIMEOUTS = { maxAttempts: 2, silenceMs: 3_000 };
/** A function that starts in a network, and then ends the sessions of the application. */
const LEAVING_TIMEOUTS = { maxAttempts: 1, silenceMs: 60_000 };

export interface AwsRegionsOptions {
  readonly config: FunctionConfig;
  readonly settings: FailoverSettings;
  readonly target: AwsTarget;
  readonly workflows: SFNClient;
  readonly deps: Pick<Deps, 'clock' | 'signer'>;
}

export interface AwsRegions {
  /** `source`: the database of this region; absent where only RDS is asked about it. */
  readonly regions: (source?: Source) => Regions;
  readonly requireActive: () => Promise<void>;
  readonly epochTurn: EpochTurn;
}

export function awsRegions(options: AwsRegionsOptions): AwsRegions {
  const { config, settings, deps } = options;
  const { region } = config;
  const { home, leaseSeconds, drainSeconds } = settings;
  const places = settings.places.map(place => openPlace(place, options));
  const serving = settings.places.filter(place => !place.witness).map(place => place.region);
  return {
    regions: source => ({
      ...{ region, home, places, leaseSeconds, drainSeconds },
      database: databaseOf(options, source),
      traffic: trafficOf(options),
      shared: { startSnapshots: id => startSnapshots(options, id) },
    }),
    requireActive: regionLease({ ...deps, places, leaseSeconds }, region).require,
    epochTurn: epochTurnOf(serving, home, region),
  };
}

function openPlace(
  { region, bucket, witness }: FailoverSettings['places'][number],
  { target }: AwsRegionsOptions,
): RegionPlace {
  const client = new S3Client(clientOptions({ ...target, ...PLACE_TIMEOUTS, region }));
  return { region, witness, vault: placeVault(openS3Vault({ client, bucket }), region) };
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

/** ARN of the state machine that fails over to the region of these functions. */
export function failoverMachine({ workflows }: Pick<FunctionConfig, 'workflows'>): string {
  return workflows.restoreTenant.replace(/restore-tenant$/, 'fail-over');
}
