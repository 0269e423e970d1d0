/**
 * The regions of an installation on AWS, where its deployment has a fail-over: the vault buckets as places, this region's
 * lease, and what RDS and the application are told. Invariant: no request is sent before it is needed, since most functions
 * never ask.
 */
import { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { openS3Vault } from '../aws/s3-vault.ts';
import { InputError } from '../domain/errors.ts';
import type { FailoverSettings } from '../domain/failover-settings.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { type EpochTurn, epochTurnOf } from '../domain/source-epoch.ts';
import { placeVault } from '../operations/failover/place-vault.ts';
import { regionLease } from '../operations/failover/region-lease.ts';
import type { Deps } from '../ports.ts';
import type { Source } from '../postgres/connection.ts';
import type { RegionPlace, Regions } from '../region-ports.ts';

/** At most two short attempts: a place that does not answer must not use up the lease. */
const PLACE_TIMEOUTS = { maxAttempts: 2, silenceMs: 3_000 };

export interface AwsRegionsOptions {
  readonly config: FunctionConfig;
  readonly settings: FailoverSettings;
  readonly target: AwsTarget;
  readonly workflows: SFNClient;
  readonly deps: Pick<Deps, 'clock' | 'signer'>;
}

export interface AwsRegions {
  /** `source`: the database of this region; absent where only RDS is asked about it. */
  readonly regions: (source?: Source) => Promise<Regions>;
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
    async regions(source) {
      // Loaded where it is used: most functions only ask whether their region is active.
      const { takeoverPorts } = await import('./takeover-ports.ts');
      return { ...{ region, home, places, leaseSeconds, drainSeconds }, ...takeoverPorts(options, source) };
    },
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

/** ARN of the state machine that fails over to the region of these functions. */
export function failoverMachine({ workflows }: Pick<FunctionConfig, 'workflows'>): string {
  return workflows.restoreTenant.replace(/restore-tenant$/, 'fail-over');
}

/** InputError `no-regions`: the function is not of a deployment with a fail-over. */
export function noRegions(): InputError {
  return new InputError('no-regions', 'This installation has no fail-over.', {
    hint: 'Name `failover` in the deployment, and deploy it (docs/failover.md).',
  });
}
