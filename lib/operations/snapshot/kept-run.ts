/**
 * The state of a running snapshot in the vault, sealed: its plan and each part's latest checkpoint, so that any process
 * can run any part, continue it after a crash, and commit when all are done.
 */
import * as z from 'zod';
import { StorageError } from '../../domain/errors.ts';
import { checkpointKey, checkpointPrefix, snapshotPlanKey } from '../../domain/object-key.ts';
import { emptyPart, PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Context } from '../context.ts';
import { openObject, putDocument, readDocument } from '../storage/sealed-document.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';
import { loadBase, type SnapshotBase } from './snapshot-base.ts';

/** The state of a running snapshot is locked for a day; no backup needs it. */
const RUN_RETENTION_MS = 24 * 3600 * 1000;

export function runLock(ctx: Pick<Context, 'clock'>): Date {
  return new Date(ctx.clock.now().getTime() + RUN_RETENTION_MS);
}

/** Stores the plan, so that parts can run anywhere. */
export async function storePlan(ctx: Context, plan: SnapshotPlan): Promise<void> {
  await keep(ctx, plan.tenant, snapshotPlanKey(plan.tenant, plan.backup), plan);
}

/** Plan and base of a running snapshot. StorageError `no-such-run` where there is no plan with that id, `other-version`. */
export async function loadRun(
  ctx: Context,
  tenant: TenantRef,
  backup: string,
): Promise<{ plan: SnapshotPlan; base: SnapshotBase | undefined }> {
  const key = snapshotPlanKey(tenant, backup);
  if (!(await ctx.vault.head(key))) {
    throw new StorageError('no-such-run', 'There is no snapshot plan with that id.', {
      hint: 'Plan the snapshot first; a plan is kept for at least a day.',
      details: { backup },
    });
  }
  const plan = await readKept(ctx, tenant, key, SnapshotPlan);
  return { plan, base: plan.base ? await loadBase(ctx, tenant, plan.base) : undefined };
}

/** The latest checkpoint of a part; an empty part where there is none. */
export async function loadPart(ctx: Context, tenant: TenantRef, backup: string, part: number): Promise<PartState> {
  let latest: string | undefined;
  for await (const object of ctx.vault.list(checkpointPrefix(tenant, backup, part))) latest = object.key;
  return latest === undefined ? emptyPart(backup, part) : readKept(ctx, tenant, latest, PartState);
}

const Versioned = z.looseObject({ format: z.string() });

/** A run that began before an update is neither continued nor taken for an altered object. */
async function readKept<D extends PartState | SnapshotPlan>(
  ctx: Context,
  tenant: TenantRef,
  key: string,
  schema: z.ZodType<D> & { readonly shape: { readonly format: z.ZodLiteral<D['format']> } },
): Promise<D> {
  const document = await readDocument(ctx, tenant, key, Versioned);
  if (document.format === schema.shape.format.value) return openObject(key, async () => schema.parse(document));
  throw new StorageError('other-version', 'The snapshot was begun by another version of Holdfast.', {
    hint: 'Take the snapshot again. What was read so far is not a backup, and expires.',
    details: { object: key, format: document.format },
  });
}

/** Stores the part's state as its latest checkpoint. Its packs are durable. */
export async function storeCheckpoint(ctx: Context, plan: SnapshotPlan, state: PartState): Promise<void> {
  const tenant = plan.tenant;
  // There are as many checkpoints as views: the previous state has one less.
  await keep(ctx, tenant, checkpointKey(tenant, plan.backup, state.part, state.views.length - 1), state);
}

export function loadParts(ctx: Context, plan: SnapshotPlan): Promise<PartState[]> {
  return Promise.all(plan.parts.map((_, part) => loadPart(ctx, plan.tenant, plan.backup, part)));
}

async function keep(ctx: Context, tenant: TenantRef, key: string, document: unknown): Promise<void> {
  await ensureDigestKey(ctx, tenant);
  await putDocument(ctx, tenant, key, document, { retainUntil: runLock(ctx) });
}
