/**
 * Archives a tenant: the files of an SQL export, in a tar file, compressed, sealed as one message under the tenant's key,
 * beside a signed manifest. Order (a crash leaves extra data, never missing data): the object, durable ▶ read back ▶ manifest
 * ▶ catalog. Memory: one part of a table.
 */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { compressStream } from '../../codec/compression.ts';
import { TAR_END, tarEntry } from '../../codec/tar.ts';
import { ArchiveBody, type ArchiveClass, archiveEnd } from '../../domain/archive.ts';
import { HoldfastError, StorageError } from '../../domain/errors.ts';
import type { ExportDocument } from '../../domain/export-document.ts';
import { newId } from '../../domain/new-id.ts';
import { archiveKey, manifestKey } from '../../domain/object-key.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import type { RetentionPolicy } from '../../domain/retention.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { StoredObject } from '../../ports.ts';
import { type ArchiveItem, archives, backups } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { stageRestore } from '../restore/stage/stage-restore.ts';
import { type StoredManifest, writeManifest } from '../storage/manifest-store.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';
import { archiveItem } from './archive-item.ts';
import { proveArchive } from './read-archive.ts';
import { type FileSink, type UnloadedState, unloadState } from './unload-state.ts';

export interface ArchiveAsked {
  readonly keep: ArchiveClass;
  /** A recovery target; absent: the newest moment that all tables have. */
  readonly target?: string;
  readonly reason: string;
  /** The tenant's retention. */
  readonly policy: RetentionPolicy;
}

/** Rows of a file within the archive: what is held in memory. */
const PART_BYTES = 16 * 1024 * 1024;
const DAY_MS = 24 * 3600 * 1000;

/** InputError `unknown-tenant`, `bad-target`; TargetError; IntegrityError; SourceError; StorageError `key-destroyed`. */
export async function archiveTenant(ctx: Context, tenant: TenantId, asked: ArchiveAsked): Promise<ArchiveItem> {
  const plan = await planArchive(ctx, tenant, asked.target);
  const staging = await stageRestore(ctx, plan, ctx.source);
  try {
    return await archiveState(ctx, tenant, { staging, plan }, asked);
  } finally {
    await staging.drop();
  }
}

/** Of a complete state. StorageError `archive-too-large` where the time to write it is used up: then nothing is archived. */
export async function archiveState(
  ctx: Context,
  tenant: TenantId,
  state: UnloadedState,
  asked: Omit<ArchiveAsked, 'target'>,
  budget: TimeBudget = NO_LIMIT,
): Promise<ArchiveItem> {
  const { plan } = state;
  const ref = refOf(ctx, tenant);
  const id = newId(ctx);
  const retainUntil = lockOf(ctx, plan, asked);
  const { object, document } = await storeArchive(ctx, state, { id, retainUntil, budget });
  await ctx.crash?.('archive.after-object');
  await proveArchive(ctx, ref, object, document);
  const { keep, reason } = asked;
  const body = ArchiveBody.parse({ tenantId: tenant, keep, reason, objectSha256: object.sha256, document });
  await ctx.requireActive?.();
  const manifest = await storeManifest(ctx, plan, object, { id, body, retainUntil });
  await ctx.crash?.('archive.after-manifest');
  const item = archiveItem(manifest, body);
  await ctx.catalog.write([archives.put(ref, item)]);
  return item;
}

/**
 * The newest moment; where a table has none, because the log cannot follow it, the newest snapshot as it was read: an archive
 * leaves no table out because of that.
 */
export async function planArchive(ctx: Context, tenant: TenantId, target?: string): Promise<RestorePlan> {
  try {
    return await planRestore(ctx, tenant, target ?? 'latest');
  } catch (error) {
    const isInGap = error instanceof HoldfastError && error.code === 'tables-in-gap';
    if (!isInGap || target !== undefined) throw error;
    const snapshot = (await backups.list(ctx.catalog, refOf(ctx, tenant))).findLast(({ kind }) => kind === 'snapshot');
    if (snapshot === undefined) throw error;
    const plan = await planRestore(ctx, tenant, { kind: 'snapshot', backup: snapshot.id });
    const note = `The log cannot follow every table: all rows are as the snapshot ${snapshot.id} read them.`;
    return { ...plan, notes: [...plan.notes, note] };
  }
}

/** Until its retention ends. One of a moment long past is locked as long as every other object. */
function lockOf(ctx: Context, plan: RestorePlan, { keep, policy }: ArchiveAsked): Date {
  const least = ctx.clock.now().getTime() + policy.logDays * DAY_MS;
  return new Date(Math.max(least, archiveEnd({ keep, toTime: plan.target.time }, policy).getTime()));
}

interface ArchiveLock {
  readonly id: string;
  readonly retainUntil: Date;
}

async function storeArchive(
  ctx: Context,
  state: UnloadedState,
  { id, retainUntil, budget }: ArchiveLock & { readonly budget: TimeBudget },
): Promise<{ object: StoredObject; document: ExportDocument }> {
  const ref = state.plan.tenant;
  const tar = new PassThrough({ highWaterMark: 1024 * 1024 });
  const sealed = await ctx.keyring.sealStream(ref, compressStream(tar));
  const stored = ctx.vault.put(archiveKey(ref, id), sealed, { retainUntil, cold: true });
  // Whichever failed first is the reason.
  const failures: unknown[] = [];
  tar.on('error', error => failures.push(error));
  stored.catch(error => tar.destroy(error));
  try {
    const asked = { id, form: 'sql', exclude: [], partBytes: PART_BYTES } as const;
    const document = await unloadState(ctx, state, asked, tarSink(tar, ctx.clock.now(), budget));
    tar.end(TAR_END);
    return { object: await stored, document };
  } catch (error) {
    tar.destroy(error as Error);
    await stored.catch(failure => failures.push(failure));
    throw failures[0] ?? error;
  }
}

/** Files go into the tar file one after the other, each as soon as its size is known. */
function tarSink(tar: PassThrough, modified: Date, budget: TimeBudget): FileSink {
  return {
    kept: async () => undefined,
    async put(name, bytes) {
      const parts: Uint8Array[] = [];
      for await (const piece of bytes) parts.push(piece);
      if (budget.isUsed()) throw tooLarge();
      for (const piece of tarEntry({ name, bytes: Buffer.concat(parts) }, modified))
        if (!tar.write(piece)) await once(tar, 'drain');
    },
  };
}

function tooLarge(): StorageError {
  return new StorageError('archive-too-large', 'The rows of the tenant could not be written within one call.', {
    hint: 'Archive this tenant from a machine that reaches the database: `holdfast --direct archive`.',
  });
}

function storeManifest(
  ctx: Context,
  plan: RestorePlan,
  object: StoredObject,
  { id, body, retainUntil }: ArchiveLock & { readonly body: ArchiveBody },
): Promise<StoredManifest> {
  const { lsn, time } = plan.target;
  const header = {
    ...{ kind: 'archive' as const, id, tenant: plan.tenant, createdAt: ctx.clock.now().toISOString() },
    ...{ from: lsn, to: lsn, fromTime: time, toTime: time, previous: null },
    objects: [{ key: object.key, bytes: object.bytes }],
  };
  return writeManifest(ctx, manifestKey(plan.tenant, 'archive', id), header, body, { retainUntil });
}
