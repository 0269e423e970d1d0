/** The configured keyring and replicas of its keys, with the function's own credentials or those of a session. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { openDedicatedKeyring } from '../aws/dedicated-keys.ts';
import { openHeldKeys } from '../aws/held-keys.ts';
import { openKeyReplicas } from '../aws/key-replicas.ts';
import { openPooledKeyring } from '../aws/pooled-keys.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { tenantKeyPolicy } from '../domain/key-policy.ts';
import { systemClock } from '../local/system-clock.ts';
import type { HeldKeys, KeyReplicas, Keyring } from '../ports.ts';

/** With which credentials, and over which connections. */
export interface KeyringCaller extends Pick<AwsTarget, 'profile' | 'credentials'> {
  readonly requestHandler?: S3Client['config']['requestHandler'];
}

type KeyringConfig = Pick<FunctionConfig, 'name' | 'region' | 'keys' | 'keysTable' | 'makesKeys'>;

/**
 * Creates its own clients, because the keyring counts their requests. Sends nothing before the first use: most functions
 * have a keyring that they never use and are not allowed to use.
 */
export function openKeyring(config: KeyringConfig, who: KeyringCaller = {}): Keyring {
  const { profile, credentials, requestHandler } = who;
  const target = (region: string) => ({
    ...clientOptions({ region, ...(profile && { profile }), ...(credentials && { credentials }) }),
    ...(requestHandler && { requestHandler }),
  });
  const { region, keys } = config;
  const kms = new KMS(target(region));
  const own = {
    kms,
    dynamo: new DynamoDBClient(target(region)),
    table: config.keysTable,
    clock: systemClock,
    existingOnly: !config.makesKeys,
  };
  if (keys.mode === 'dedicated') {
    const replicas = keys.replicaRegions.map(place => ({ region: place, kms: new KMS(target(place)) }));
    return openDedicatedKeyring({ ...own, replicas, policy: tenantKeyPolicy(keys.roles) });
  }
  return openPooledKeyring({
    ...own,
    keyStoreName: config.name,
    keyArn: () => arnOf(config, keys.key, kms),
  });
}

/** At most two short attempts: a silent region must not use up the time of the others. */
const REPLICA_TIMEOUTS = { maxAttempts: 2, silenceMs: 5_000 };

/** No regions with pooled keys, whose one key is replicated by the stacks. */
export function keyReplicas(config: KeyringConfig, caller: KeyringCaller = {}): KeyReplicas {
  const { keys } = config;
  return openKeyReplicas({
    ...everyRegion(config, caller),
    ...(keys.mode === 'dedicated' && { policy: tenantKeyPolicy(keys.roles) }),
  });
}

/** None with pooled keys: a tag on the one key would say nothing about a tenant. */
export function heldKeys(config: KeyringConfig, caller: KeyringCaller = {}): { heldKeys?: HeldKeys } {
  return config.keys.mode === 'dedicated' ? { heldKeys: openHeldKeys(everyRegion(config, caller)) } : {};
}

/** KMS of the region, and of those with replicas of dedicated keys. */
function everyRegion({ region, keys }: KeyringConfig, { profile, credentials }: KeyringCaller) {
  const who = { ...(profile && { profile }), ...(credentials && { credentials }) };
  const kms = (place: string) => new KMS(clientOptions({ region: place, ...who, ...REPLICA_TIMEOUTS }));
  const places = keys.mode === 'dedicated' ? keys.replicaRegions : [];
  return { kms: kms(region), replicas: new Map(places.map(place => [place, kms(place)])) };
}

const arns = new WeakMap<KeyringConfig, Promise<string>>();

/** The stacks know the alias; the key store requires the ARN. Looked up once per container; a failure is not cached. */
function arnOf(config: KeyringConfig, key: string, kms: KMS): Promise<string> {
  const known = arns.get(config) ?? kms.describeKey({ KeyId: key }).then(found => found.KeyMetadata!.Arn!);
  arns.set(config, known);
  known.catch(() => arns.delete(config));
  return known;
}
