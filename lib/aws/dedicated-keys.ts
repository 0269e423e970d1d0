/**
 * Dedicated mode: one multi-region KMS key per tenant, found by its alias `alias/holdfast/<tenant reference>`. Deleting
 * the key makes every copy of the tenant's backups unreadable, in every region. The alias decides: if two processes create
 * a tenant's key at once, one gets the alias and the other's unused key is scheduled for deletion.
 */
import { AwsKmsMrkAwareSymmetricKeyringNode } from '@aws-crypto/client-node';
import type { KeyMetadata, KMS } from '@aws-sdk/client-kms';
import { StorageError } from '../domain/errors.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { Keyring } from '../ports.ts';
import { type KeyringOptions, openKmsKeyring, type WrappingKeys } from './kms-keyring.ts';
import { faultName, retrying } from './transient.ts';

export interface DedicatedOptions extends KeyringOptions {
  /** KMS of every other region with copies of the vault: each gets a replica of every tenant's key. */
  readonly replicas?: readonly { readonly region: string; readonly kms: KMS }[];
  /** False only for an installation that stays in one region: a key can never be converted. */
  readonly multiRegion?: boolean;
  /** Key policy of the tenants' keys. Absent: the KMS default (the account's IAM policies decide). */
  readonly policy?: string;
}

type SdkKms = ConstructorParameters<typeof AwsKmsMrkAwareSymmetricKeyringNode>[0]['client'];

/** KMS's shortest waiting period. The key is unusable from the moment of scheduling. */
const DELETION_DAYS = 7;

export function openDedicatedKeyring(options: DedicatedOptions): Keyring {
  return openKmsKeyring(options, dedicatedKeys(options));
}

export function aliasOf(tenant: TenantRef): string {
  return `alias/holdfast/${tenant}`;
}

function dedicatedKeys(options: DedicatedOptions): WrappingKeys {
  const { kms, replicas = [] } = options;
  return {
    async find(tenant) {
      const key = await describeKey(kms, tenant);
      if (key === undefined) return undefined;
      if (key.KeyState !== 'Enabled') {
        throw new StorageError('key-unusable', `The key of ${tenant} cannot be used now (${key.KeyState}).`, {
          hint: 'Check the key in KMS: enable it, or cancel its deletion if Holdfast did not schedule it.',
          details: { owner: tenant, state: key.KeyState ?? null },
        });
      }
      // The types of the two packages differ only in `undefined`.
      return new AwsKmsMrkAwareSymmetricKeyringNode({ client: kms as unknown as SdkKms, keyId: key.Arn! });
    },

    async make(tenant) {
      await replicate(options, tenant, (await describeKey(kms, tenant)) ?? (await createKey(options, tenant)));
    },

    async destroy(tenant) {
      const key = await describeKey(kms, tenant);
      if (key === undefined) return;
      // KMS keeps a primary key until its last replica is deleted.
      for (const { Region } of key.MultiRegionConfiguration?.ReplicaKeys ?? []) {
        const replica = replicas.find(each => each.region === Region)?.kms;
        if (replica === undefined) throw strandedReplica(tenant, Region ?? 'unknown');
        await schedule(replica, key.KeyId!);
      }
      await schedule(kms, key.KeyId!);
    },
  };
}

/** Undefined if there is no key with that alias. */
async function describeKey(kms: KMS, tenant: TenantRef): Promise<KeyMetadata | undefined> {
  try {
    return (await kms.describeKey({ KeyId: aliasOf(tenant) })).KeyMetadata;
  } catch (error) {
    if (faultName(error) === 'NotFoundException') return undefined;
    throw error;
  }
}

/** New keys and aliases are eventually consistent. */
function settled<T>(work: () => Promise<T>): Promise<T> {
  return retrying(work, { attempts: 12, also: error => faultName(error) === 'NotFoundException' });
}

async function createKey(options: DedicatedOptions, tenant: TenantRef): Promise<KeyMetadata> {
  const { kms, policy, multiRegion = true } = options;
  const { KeyMetadata: made } = await kms.createKey({
    MultiRegion: multiRegion,
    Description: `Holdfast backups of ${tenant}`,
    Tags: [{ TagKey: 'holdfast:owner', TagValue: tenant }],
    ...(policy === undefined ? {} : { Policy: policy }),
  });
  try {
    await settled(() => kms.createAlias({ AliasName: aliasOf(tenant), TargetKeyId: made!.KeyId! }));
  } catch (error) {
    // The owner of the alias decides: it can also be ours, if only the answer was lost.
    const winner = await describeKey(kms, tenant);
    if (winner?.KeyId !== made!.KeyId) await giveUp(kms, made!.KeyId!);
    if (winner === undefined) throw error;
    if (winner.KeyId !== made!.KeyId) return winner;
  }
  await settled(() => kms.enableKeyRotation({ KeyId: made!.KeyId! }));
  await settled(() => kms.describeKey({ KeyId: aliasOf(tenant) }));
  return made!;
}

async function replicate(options: DedicatedOptions, tenant: TenantRef, key: KeyMetadata): Promise<void> {
  const { kms, replicas = [], policy } = options;
  const there = new Set(key.MultiRegionConfiguration?.ReplicaKeys?.map(replica => replica.Region));
  for (const replica of replicas) {
    if (there.has(replica.region) && (await describeKey(replica.kms, tenant))) continue;
    await kms
      .replicateKey({
        KeyId: key.KeyId!,
        ReplicaRegion: replica.region,
        Description: `Holdfast backups of ${tenant}`,
        ...(policy === undefined ? {} : { Policy: policy }),
      })
      .catch(ignore('AlreadyExistsException'));
    // A replica in state "Creating" does not accept an alias.
    await retrying(() => replica.kms.createAlias({ AliasName: aliasOf(tenant), TargetKeyId: key.KeyId! }), {
      attempts: 12,
      also: error => ['KMSInvalidStateException', 'NotFoundException'].includes(faultName(error)),
    }).catch(ignore('AlreadyExistsException'));
  }
}

async function schedule(kms: KMS, keyId: string): Promise<void> {
  await kms
    .scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: DELETION_DAYS })
    .catch(ignore('KMSInvalidStateException', 'NotFoundException'));
}

/** The functions' roles cannot schedule a deletion: the unused key then remains for a person to remove. */
async function giveUp(kms: KMS, keyId: string): Promise<void> {
  await schedule(kms, keyId).catch(ignore('AccessDeniedException'));
}

function ignore(...names: string[]): (error: unknown) => void {
  return error => {
    if (!names.includes(faultName(error))) throw error;
  };
}

function strandedReplica(tenant: TenantRef, region: string): StorageError {
  return new StorageError(
    'key-replica-unreachable',
    `The key of ${tenant} has a replica in ${region}, which is not configured.`,
    {
      hint: `Add ${region} to the configured regions and destroy the key again: until then, copies there can be opened.`,
      details: { owner: tenant, region },
    },
  );
}
