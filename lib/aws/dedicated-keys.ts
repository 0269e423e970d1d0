/**
 * Dedicated mode: one multi-region KMS key per tenant, found by its alias `alias/holdfast/<tenant reference>`. Deleting
 * the key makes every copy of the tenant's backups unreadable, in every region. The alias decides: if two processes create
 * a tenant's key at once, one gets the alias and the other's unused key is scheduled for deletion.
 *
 * Invariant: making, finding and using a key asks KMS of this region only; replicas are key-replicas.ts. Only destroying
 * a key, and cancelling that, reach the other regions.
 */
import { AwsKmsMrkAwareSymmetricKeyringNode } from '@aws-crypto/kms-keyring-node';
import type { KeyMetadata, KMS } from '@aws-sdk/client-kms';
import { StorageError } from '../domain/errors.ts';
import { keyAliasOf } from '../domain/key-alias.ts';
import { COUNTDOWN_DAYS } from '../domain/key-destruction.ts';
import { OWNER_TAG } from '../domain/key-policy.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { Keyring } from '../ports.ts';
import { type KeyringOptions, openKmsKeyring, type WrappingKeys } from './kms-keyring.ts';
import { faultName, retrying } from './transient.ts';

export interface DedicatedOptions extends KeyringOptions {
  /** KMS of every other region with a replica of the key: asked only when a key is destroyed. */
  readonly replicas?: readonly { readonly region: string; readonly kms: KMS }[];
  /** False only for an installation that stays in one region: a key can never be converted. */
  readonly multiRegion?: boolean;
  /**
   * Key policy of the tenants' keys, which need not allow this caller to change it. Absent: the KMS default (the
   * account's IAM policies decide).
   */
  readonly policy?: string;
}

type SdkKms = ConstructorParameters<typeof AwsKmsMrkAwareSymmetricKeyringNode>[0]['client'];

const DAY_MS = 24 * 3600 * 1000;

export function openDedicatedKeyring(options: DedicatedOptions): Keyring {
  return openKmsKeyring(options, dedicatedKeys(options));
}

function dedicatedKeys(options: DedicatedOptions): WrappingKeys {
  const { kms } = options;
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
      if ((await describeKey(kms, tenant)) === undefined) await createKey(options, tenant);
    },

    async destroy(tenant) {
      await scheduleAll(options, tenant, COUNTDOWN_DAYS.default);
    },

    mode: 'dedicated',
    schedule: (tenant, days) => scheduleAll(options, tenant, days),

    async cancel(tenant) {
      const key = await describeKey(kms, tenant);
      if (key === undefined) return;
      const places = await replicasOf(options, tenant, key);
      for (const place of [kms, ...places.map(each => each.kms)]) await revive(place, key.KeyId!);
    },

    async keysOf(tenant) {
      const key = await describeKey(kms, tenant);
      if (key === undefined) return [];
      const places = await replicasOf(options, tenant, key);
      return [key.Arn!, ...places.map(({ arn }) => arn)].map(arn => ({ id: arn, region: arn.split(':')[3]! }));
    },
  };
}

/** KMS keeps a primary key until its last replica is deleted, and only then begins its waiting period. */
async function scheduleAll(options: DedicatedOptions, tenant: TenantRef, days: number): Promise<Date | undefined> {
  const key = await describeKey(options.kms, tenant);
  if (key === undefined) return undefined;
  const dates: Date[] = [];
  for (const place of await replicasOf(options, tenant, key)) {
    dates.push(...(await schedule(place.kms, key.KeyId!, days)));
  }
  const own = await schedule(options.kms, key.KeyId!, days);
  const last = dates.sort((a, b) => a.getTime() - b.getTime()).at(-1);
  return last === undefined ? own[0] : new Date(last.getTime() + days * DAY_MS);
}

/**
 * The replicas that exist. Each region is asked: a primary key need not list one that is about to be deleted. StorageError
 * `key-replica-unreachable` for a listed one in a region that is not configured.
 */
async function replicasOf({ replicas = [] }: DedicatedOptions, tenant: TenantRef, key: KeyMetadata) {
  for (const { Region } of key.MultiRegionConfiguration?.ReplicaKeys ?? []) {
    if (!replicas.some(each => each.region === Region)) throw strandedReplica(tenant, Region ?? 'unknown');
  }
  const found: { kms: KMS; arn: string }[] = [];
  if (key.MultiRegion !== true) return found;
  for (const place of replicas) {
    const there = await place.kms.describeKey({ KeyId: key.KeyId! }).catch(ignore('NotFoundException'));
    if (there !== undefined) found.push({ kms: place.kms, arn: there.KeyMetadata!.Arn! });
  }
  return found;
}

/** A key whose deletion was cancelled is disabled. */
async function revive(kms: KMS, keyId: string): Promise<void> {
  await kms.cancelKeyDeletion({ KeyId: keyId }).catch(ignore('KMSInvalidStateException'));
  await kms.enableKey({ KeyId: keyId });
}

/** Undefined if there is no key with that alias. */
export async function describeKey(kms: KMS, tenant: TenantRef): Promise<KeyMetadata | undefined> {
  try {
    return (await kms.describeKey({ KeyId: keyAliasOf(tenant) })).KeyMetadata;
  } catch (error) {
    if (faultName(error) === 'NotFoundException') return undefined;
    throw error;
  }
}

/** New keys and aliases are eventually consistent. */
function settled<T>(work: () => Promise<T>): Promise<T> {
  return retrying(work, { attempts: 12, also: error => faultName(error) === 'NotFoundException' });
}

async function createKey(options: DedicatedOptions, tenant: TenantRef): Promise<void> {
  const { kms, policy, multiRegion = true } = options;
  const { KeyMetadata: made } = await kms.createKey({
    MultiRegion: multiRegion,
    Description: `Holdfast backups of ${tenant}`,
    Tags: [{ TagKey: OWNER_TAG, TagValue: tenant }],
    ...(policy !== undefined && { Policy: policy, BypassPolicyLockoutSafetyCheck: true }),
  });
  try {
    await settled(() => kms.createAlias({ AliasName: keyAliasOf(tenant), TargetKeyId: made!.KeyId! }));
  } catch (error) {
    // The owner of the alias decides: it can also be ours, if only the answer was lost.
    const winner = await describeKey(kms, tenant);
    if (winner?.KeyId !== made!.KeyId) await giveUp(kms, made!.KeyId!);
    if (winner === undefined) throw error;
    if (winner.KeyId !== made!.KeyId) return;
  }
  await settled(() => kms.enableKeyRotation({ KeyId: made!.KeyId! }));
  await settled(() => kms.describeKey({ KeyId: keyAliasOf(tenant) }));
}

/** The date on which KMS deletes the key; none for a primary key that waits for its replicas. The first date stands. */
async function schedule(kms: KMS, keyId: string, days: number): Promise<Date[]> {
  const describe = async () =>
    (await kms.describeKey({ KeyId: keyId }).catch(ignore('NotFoundException')))?.KeyMetadata;
  const before = await describe();
  if (before === undefined) return [];
  if (before.KeyState?.startsWith('Pending')) return before.DeletionDate ? [before.DeletionDate] : [];
  await kms
    .scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: days })
    .catch(ignore('KMSInvalidStateException', 'NotFoundException'));
  const date = (await describe())?.DeletionDate;
  return date === undefined ? [] : [date];
}

/** The functions' roles cannot schedule a deletion: the unused key then remains for a person to remove. */
async function giveUp(kms: KMS, keyId: string): Promise<void> {
  await schedule(kms, keyId, COUNTDOWN_DAYS.least).catch(ignore('AccessDeniedException'));
}

function ignore(...names: string[]): (error: unknown) => undefined {
  return error => {
    if (!names.includes(faultName(error))) throw error;
    return undefined;
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
