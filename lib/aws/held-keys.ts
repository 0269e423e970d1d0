/**
 * The tag `holdfast:held` on the keys of tenants under legal hold, by which their key policies deny everybody to schedule
 * their deletion (domain/key-policy.ts). KMS does not copy tags to replicas: each region has its own. Each call can be
 * repeated after a crash at any point.
 *
 * Invariant: the key of this region, without which no replica is deleted for good, is marked first and freed last.
 */
import type { KMS } from '@aws-sdk/client-kms';
import { HELD_TAG } from '../domain/key-policy.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { HeldKeys } from '../ports.ts';
import { describeKey } from './dedicated-keys.ts';
import type { KeyReplicasOptions } from './key-replicas.ts';
import { keyServiceFailure } from './key-requests.ts';

type HeldKeysOptions = Pick<KeyReplicasOptions, 'kms' | 'replicas'>;

export function openHeldKeys({ kms, replicas }: HeldKeysOptions): HeldKeys {
  const others = [...replicas.values()];
  return {
    mark: tenant =>
      mapped(tenant, async () => {
        const isNew = await markIn(kms, tenant);
        for (const other of others) await markIn(other, tenant);
        return isNew;
      }),
    unmark: tenant =>
      mapped(tenant, async () => {
        for (const place of [...others, kms]) await unmarkIn(place, tenant);
      }),
  };
}

async function mapped<T>(tenant: TenantRef, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (fault) {
    throw keyServiceFailure(fault, tenant);
  }
}

/** Whether it was not marked. KMS finds a key to tag by its id only. */
async function markIn(kms: KMS, tenant: TenantRef): Promise<boolean> {
  const key = await describeKey(kms, tenant);
  if (key === undefined || (await isMarked(kms, key.KeyId!))) return false;
  await kms.tagResource({ KeyId: key.KeyId!, Tags: [{ TagKey: HELD_TAG, TagValue: 'true' }] });
  return true;
}

/** A key has few tags: they are on the first page. */
async function isMarked(kms: KMS, id: string): Promise<boolean> {
  const { Tags = [] } = await kms.listResourceTags({ KeyId: id });
  return Tags.some(({ TagKey, TagValue }) => TagKey === HELD_TAG && TagValue === 'true');
}

async function unmarkIn(kms: KMS, tenant: TenantRef): Promise<void> {
  const key = await describeKey(kms, tenant);
  if (key !== undefined) await kms.untagResource({ KeyId: key.KeyId!, TagKeys: [HELD_TAG] });
}
