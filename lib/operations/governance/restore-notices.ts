/**
 * Says that a restore that changes live rows begins and has ended, for whoever is told of restores. Invariant: a restore
 * does not fail by what is said of it, and its own error is thrown as it was.
 */
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';

export interface NoticedRestore {
  readonly tenant: TenantRef;
  /** Of the request, the same for each of its calls. */
  readonly id: string;
  /** Whether its failure is told here too. @default - whoever carries it out tells it */
  readonly tellsFailure?: boolean;
}

/** Undefined from the work: batches are left to another call, and it has not ended. Throws what the work throws. */
export async function noticingRestore<T>(
  { notifier }: Pick<Deps, 'notifier'>,
  { tenant, id, tellsFailure = false }: NoticedRestore,
  work: () => Promise<T>,
): Promise<T> {
  const details = { tenant, id };
  await notifier
    .notify({ severity: 'info', code: 'restore-began', message: 'The restore of a tenant has begun.', details })
    .catch(() => {});
  const result = await work().catch(async error => {
    if (tellsFailure)
      await notifier
        .notify({ severity: 'info', code: 'restore-failed', message: 'The restore of a tenant failed.', details })
        .catch(() => {});
    throw error;
  });
  if (result !== undefined)
    await notifier
      .notify({ severity: 'info', code: 'restore-ended', message: 'The restore of a tenant has ended.', details })
      .catch(() => {});
  return result;
}
