/** Records a verification: its outcome with the backup in the catalog, and an alarm where it failed. */
import { HoldfastError, InputError, IntegrityError } from '../../domain/errors.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { type BackupItem, backups } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';

/** The snapshot with that id; default: the newest. InputError `unknown-backup`. */
export async function chooseBackup(ctx: Context, ref: TenantRef, id: string | undefined): Promise<BackupItem> {
  const snapshots = (await backups.list(ctx.catalog, ref)).filter(item => item.kind === 'snapshot');
  const chosen = id === undefined ? snapshots.at(-1) : snapshots.find(item => item.id === id);
  if (chosen) return chosen;
  throw new InputError(
    'unknown-backup',
    id === undefined ? 'This tenant has no snapshot.' : `This tenant has no snapshot ${id}.`,
    {
      hint: 'The timeline lists its snapshots; take one with `holdfast snapshot`.',
    },
  );
}

/** A failure of the backup is recorded and raises an alarm, whichever step finds it. */
export async function recordingFailure<T>(
  ctx: Context,
  ref: TenantRef,
  item: BackupItem,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IntegrityError) {
      await recordVerified(ctx, ref, item, false);
      await ctx.notifier.notify({
        severity: 'alarm',
        code: error.code,
        message: `Verification of backup ${item.id} failed: ${error.message}`,
        details: { backup: item.id, tenant: ref, ...error.details },
      });
    }
    throw error;
  }
}

export async function recordVerified(ctx: Context, ref: TenantRef, item: BackupItem, ok: boolean): Promise<void> {
  const verified = { at: ctx.clock.now().toISOString(), ok };
  try {
    await ctx.catalog.write([backups.put(ref, { ...item, verified })]);
  } catch (error) {
    if (ok || !(error instanceof HoldfastError)) throw error;
  }
}
