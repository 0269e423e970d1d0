/** The keyring that the configuration asks for, with the function's own credentials or those of a tenant's session. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { type AwsTarget, clientOptions } from '../aws/clients.ts';
import { openDedicatedKeyring } from '../aws/dedicated-keys.ts';
import { openPooledKeyring } from '../aws/pooled-keys.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { systemClock } from '../local/system-clock.ts';
import type { Keyring } from '../ports.ts';

type KeyringConfig = Pick<FunctionConfig, 'name' | 'region' | 'keys' | 'keysTable'>;

/**
 * Clients of its own: the keyring counts what passes through them. Asks nothing before the first use: most functions
 * hold a keyring that they never use, and may not use.
 */
export function openKeyring(config: KeyringConfig, who: Pick<AwsTarget, 'profile' | 'credentials'> = {}): Keyring {
  const { profile, credentials } = who;
  const target = (region: string) =>
    clientOptions({ region, ...(profile && { profile }), ...(credentials && { credentials }) });
  const { region, keys } = config;
  const kms = new KMS(target(region));
  const own = { kms, dynamo: new DynamoDBClient(target(region)), table: config.keysTable, clock: systemClock };
  if (keys.mode === 'dedicated') {
    const replicas = keys.replicaRegions.map(place => ({ region: place, kms: new KMS(target(place)) }));
    return openDedicatedKeyring({ ...own, replicas });
  }
  return openPooledKeyring({
    ...own,
    keyStoreName: config.name,
    // The stacks know its alias, the key store wants its ARN.
    keyArn: async () => (await kms.describeKey({ KeyId: keys.key })).KeyMetadata!.Arn!,
  });
}
