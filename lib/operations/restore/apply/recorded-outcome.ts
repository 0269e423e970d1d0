/** What a signed record says of a tenant of a group: that a restore is done is read from there and from nothing else. */
import type { GroupOutcome, RestoreGroup } from '../../../domain/restore-group.ts';
import type { RestoreRecord } from '../../../domain/restore-record.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Context } from '../../context.ts';
import { listRestores, recordedRestore } from './read-record.ts';

/** The outcome of a restore that an earlier run of the group committed; undefined if none did. */
export async function outcomeRecorded(
  ctx: Pick<Context, 'catalog' | 'vault' | 'keyring' | 'signer'>,
  group: Pick<RestoreGroup, 'id' | 'createdAt'>,
  ref: TenantRef,
): Promise<GroupOutcome | undefined> {
  const since = (await listRestores(ctx, ref)).filter(({ at }) => (at ?? '') >= group.createdAt);
  for (const item of since) {
    const record = await recordedRestore(ctx, ref, item);
    if (record?.request.group === group.id) return outcomeOfRecord(record);
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
