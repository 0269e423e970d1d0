/**
 * Says that a restore that changes live rows begins and has ended, for whoever is told of restores. Invariant: a restore
 * neither waits for nor fails by what is said of it; its failure is the notice of whoever carries it out.
 */
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';

export interface NoticedRestore {
  readonly tenant: TenantRef;
  /** Of the request, the same for each of its calls. */
  readonly id: string;
}

/** Undefined from the work: batches are left to another call, and it has not ended. Throws what the work throws. */
export async function noticingRestore<T>(
  { notifier }: Pick<Deps, 'notifier'>,
  { tenant, id }: NoticedRestore,
  work: () => Promise<T>,
): Promise<T> {
  const details = { tenant, id };
  await notifier
    .notify({ severity: 'info', code: 'restore-began', message: 'The restore of a tenant has begun.', details })
    .catch(() => {});
  const result = await work();
  if (result !== undefined)
    await notifier
      .notify({ severity: 'info', code: 'restore-ended', message: 'The restore of a tenant has ended.', details })
      .catch(() => {});
  return result;
}
