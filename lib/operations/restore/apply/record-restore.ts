/**
 * The record of a restore: signed in the vault, and its item in the catalog. A restore is announced in the catalog just
 * before its commit (`committing`, with the transaction id), so that a run killed around the commit is settled by the
 * next one: the database knows whether that transaction committed.
 */
import { digestKeyKey, manifestKey } from '../../../domain/object-key.ts';
import { RestoreItem, RestoreRecord } from '../../../domain/restore-record.ts';
import { retainUntil } from '../../../domain/settings.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { transactionOutcome } from '../../../postgres/diff/restore-transaction.ts';
import { listStagingAreas } from '../../../postgres/staging/staging-area.ts';
import { restores } from '../../catalog/catalog-index.ts';
import type { Context } from '../../context.ts';
import { writeManifest } from '../../storage/manifest-store.ts';
import { listRestores } from './read-record.ts';

/**
 * Announces in the catalog that the restore is about to commit, and what its record will be. Not for another database,
 * which the next run could not query: there a run killed between commit and record leaves no record.
 */
export async function announceRestore(
  ctx: Context,
  ref: TenantRef,
  record: RestoreRecord,
  batch?: RestoreItem['batch'],
): Promise<void> {
  if (record.place === 'into-database') return;
  const batches = batch && [...(await batchesOf(ctx, ref, record.id)), batch.transaction].slice(-BATCHES);
  await putItem(ctx, ref, {
    ...{ ...summary(record), state: 'committing', record },
    ...(batch && { batch, batches }),
  });
}

/** Transactions of batches that the item keeps: more than commit between two runs of the shipper, which looks for them. */
const BATCHES = 1000;

async function batchesOf(ctx: Pick<Context, 'catalog'>, ref: TenantRef, id: string): Promise<string[]> {
  return RestoreItem.safeParse(await restores.get(ctx.catalog, ref, id)).data?.batches ?? [];
}

/** Signs and stores the record, then completes the catalog's item. Idempotent: a record that exists is kept. */
export async function recordRestore(ctx: Context, ref: TenantRef, record: RestoreRecord): Promise<RestoreItem> {
  await ctx.crash?.('restore.before-record');
  const key = manifestKey(ref, 'restore-record', record.id);
  // No new key is created for a tenant with backups: see ensureDigestKey.
  if (!(await ctx.vault.head(digestKeyKey(ref)))) await ctx.keyring.ensureKey(ref);
  const options = { retainUntil: retainUntil(ctx.settings, 'record', ctx.clock.now()) };
  const existing = await ctx.vault.head(key);
  const sha256 =
    existing?.sha256 ??
    (
      await writeManifest(
        ctx,
        key,
        {
          ...{ kind: 'restore-record', id: record.id, tenant: ref, createdAt: ctx.clock.now().toISOString() },
          ...{ from: record.target, to: record.target, fromTime: record.startedAt, toTime: record.committedAt },
          ...{ previous: null, objects: [] },
        },
        RestoreRecord.parse(record),
        options,
      )
    ).sha256;
  const batches = await batchesOf(ctx, ref, record.id);
  const item: RestoreItem = { ...summary(record), state: 'done', key, sha256, ...(batches.length > 0 && { batches }) };
  await putItem(ctx, ref, item);
  return item;
}

/**
 * Settles restores that were killed around their commit: a committed one gets its record, one that did not commit is
 * marked failed, one that is still running is left alone, and so is one in batches with a staging schema that is
 * waiting for the next call. Returns the settled ids.
 */
export async function settleInterrupted(ctx: Context, ref: TenantRef): Promise<string[]> {
  const open = (await listRestores(ctx, ref)).filter(item => item.state === 'committing' && item.record);
  const settled: string[] = [];
  for (const item of open) {
    const state = await transactionState(ctx, item);
    if (state === 'in progress' || state === 'waiting') continue;
    const record = state === 'committed' ? item.record! : item.batch?.before;
    if (record) await recordRestore(ctx, ref, record);
    else await putItem(ctx, ref, { ...summary(item.record!), state: 'failed' });
    settled.push(item.id);
  }
  return settled;
}

async function transactionState(
  ctx: Context,
  item: RestoreItem,
): Promise<'committed' | 'aborted' | 'in progress' | 'waiting'> {
  return withConnection(ctx.source, 'restore settle', async connection => {
    const transaction = item.batch?.transaction ?? item.transaction;
    const state = await transactionOutcome(connection, transaction);
    const through = state === 'committed' && item.record?.partial !== true;
    if (!item.batch || through || state === 'in progress') return state;
    const areas = await listStagingAreas(connection);
    const waits = areas.some(({ schema, state: is }) => schema === item.batch!.schema && is !== 'left over');
    return waits ? 'waiting' : state;
  });
}

async function putItem(ctx: Pick<Context, 'catalog'>, ref: TenantRef, item: RestoreItem): Promise<void> {
  await ctx.catalog.write([restores.put(ref, item.id, RestoreItem.parse(item))]);
}

function summary(record: RestoreRecord): RestoreItem {
  return {
    ...{ id: record.id, at: record.committedAt, place: record.place, target: record.target, totals: record.totals },
    ...{ requestedBy: record.requestedBy, transaction: record.transaction },
    ...(record.excluded && { excluded: record.excluded }),
  };
}
