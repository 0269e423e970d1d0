/**
 * Replicas of tenants' keys in the other regions of the vault, under the alias of their primary key. Made and repaired by
 * a step of its own (lambdas/replicate-keys.ts): no function that ships, snapshots or restores asks KMS of another region,
 * so the outage of one never stops them. Each call can be repeated after a crash at any point.
 */
import type { KeyMetadata, KMS } from '@aws-sdk/client-kms';
import { StorageError } from '../domain/errors.ts';
import { keyAliasOf } from '../domain/key-alias.ts';
import { OWNER_TAG } from '../domain/key-policy.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { KeyReplicas } from '../ports.ts';
import { describeKey } from './dedicated-keys.ts';
import { keyServiceFailure } from './key-requests.ts';
import { faultName, retrying } from './transient.ts';

export interface KeyReplicasOptions {
  /** KMS of the primary region. */
  readonly kms: KMS;
  /** KMS of each region that gets a replica of every tenant's key. */
  readonly replicas: ReadonlyMap<string, KMS>;
  /** Key policy of the replicas, which KMS does not copy. Absent: the KMS default. */
  readonly policy?: string;
}

export function openKeyReplicas(options: KeyReplicasOptions): KeyReplicas {
  return {
    regions: [...options.replicas.keys()],
    async replicate(tenant, region) {
      try {
        return await replicate(options, tenant, region);
      } catch (fault) {
        throw keyServiceFailure(fault, tenant);
      }
    },
  };
}

async function replicate(options: KeyReplicasOptions, tenant: TenantRef, region: string): Promise<boolean> {
  const { kms, replicas, policy } = options;
  const there = replicas.get(region)!;
  const found = await describeKey(there, tenant);
  if (found?.KeyState === 'Enabled') return true;
  const key = await describeKey(kms, tenant);
  if (key === undefined || isGoing(key)) return false;
  if (found !== undefined) throw unusable(tenant, region, found);
  await kms
    .replicateKey({
      KeyId: key.KeyId!,
      ReplicaRegion: region,
      Description: `Holdfast backups of ${tenant}`,
      Tags: [{ TagKey: OWNER_TAG, TagValue: tenant }],
      ...(policy !== undefined && { Policy: policy, BypassPolicyLockoutSafetyCheck: true }),
    })
    .catch(unlessPresent);
  // A replica in state "Creating" does not accept an alias.
  await retrying(() => there.createAlias({ AliasName: keyAliasOf(tenant), TargetKeyId: key.KeyId! }), {
    attempts: 12,
    also: error => ['KMSInvalidStateException', 'NotFoundException'].includes(faultName(error)),
  }).catch(unlessPresent);
  return true;
}

/** Its tenant was destroyed: nothing is copied any more. */
function isGoing({ KeyState }: KeyMetadata): boolean {
  return KeyState === 'PendingDeletion' || KeyState === 'PendingReplicaDeletion';
}

function unlessPresent(error: unknown): void {
  if (faultName(error) !== 'AlreadyExistsException') throw error;
}

function unusable(tenant: TenantRef, region: string, { KeyState }: KeyMetadata): StorageError {
  return new StorageError('key-unusable', `The replica of ${tenant}'s key in ${region} cannot be used (${KeyState}).`, {
    hint: 'Check the key in KMS of that region: enable it, or cancel its deletion if Holdfast did not schedule it.',
    details: { owner: tenant, region, state: KeyState ?? null },
  });
}
