/** What a signed record says of a tenant of a group: that a restore is done is read from there and from nothing else. */
import type { GroupOutcome, RestoreGroup } from '../../../domain/restore-group.ts';
import { RestoreItem, RestoreRecord } from '../../../domain/restore-record.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { restores } from '../../catalog/catalog-index.ts';
import type { Context } from '../../context.ts';
import { readManifest } from '../../storage/manifest-store.ts';

/** The outcome of a restore that an earlier run of the group committed; undefined if none did. */
export async function outcomeRecorded(
  ctx: Pick<Context, 'catalog' | 'vault' | 'keyring' | 'signer' | 'memory'>,
  group: Pick<RestoreGroup, 'id' | 'createdAt'>,
  ref: TenantRef,
): Promise<GroupOutcome | undefined> {
  const since = (await restores.list(ctx.catalog, ref))
    .map(value => RestoreItem.parse(value))
    .filter(({ at, key }) => key !== undefined && (at ?? '') >= group.createdAt);
  for (const { key, sha256 } of since) {
    const expect = { tenant: ref, kind: 'restore-record' as const, ...(sha256 !== undefined && { sha256 }) };
    const { body } = await readManifest(ctx, key!, RestoreRecord, expect);
    if (body.request.group === group.id) return outcomeOfRecord(body);
  }
  return undefined;
}

export function outcomeOfRecord(record: RestoreRecord): GroupOutcome {
  const { id, totals, conflicts } = record;
  if (record.tables.length === 0) return { state: 'unchanged' };
  const { inserted, updated, deleted } = totals;
  return {
    ...{ state: 'restored', restore: id, conflicts: conflicts.length },
    totals: { inserts: inserted, updates: updated, deletes: deleted },
  };
}
