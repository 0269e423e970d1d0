/**
 * The result of a shard, once all of its tenants were processed: one tenant's failure fails the shard, but no other
 * tenant.
 */
import { HoldfastError } from '../../domain/errors.ts';

export interface ShardSummary {
  readonly done: number;
  readonly failed: number;
}

export function summarizeShard(results: readonly { readonly failed?: boolean | undefined }[]): ShardSummary {
  const failed = results.filter(result => result.failed === true).length;
  return { done: results.length - failed, failed };
}

/** HoldfastError `tenants-failed` where one of them failed. */
export function requireWhole({ done, failed }: ShardSummary): void {
  if (failed === 0) return;
  throw new HoldfastError('tenants-failed', `${failed} of ${done + failed} tenants of this shard failed.`, {
    hint: 'Each failure was recorded and reported separately: follow its hint, then run those tenants again.',
  });
}
