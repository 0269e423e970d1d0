/**
 * What all verifications share: a state is staged in scratch, in as many calls as needed, verified, and removed.
 * Invariant: an error leaves the staging schema only where a retry can succeed.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Source } from '../../postgres/connection.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import type { Context } from '../context.ts';
import { continueStaging, type OpenedStaging, openStaged, type StagingRef } from '../restore/stage/stage-restore.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';

/** The tenant, where its state is staged, and how long this call may work. */
export interface ProofCall {
  readonly tenant: TenantId;
  readonly into: Source;
  readonly budget: TimeBudget;
  /** The caller removes the staging schema of what was proved: a call that is repeated finds it. */
  readonly keep?: true;
  /** What records the proof: before the staging schema is removed, so that a call whose answer was lost finds the record. */
  readonly recorded?: () => Promise<void>;
}

/** The staging schema is no longer there: an earlier call removed it, with a record of what it proved, or it expired. */
export function isStagingGone(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'staging-gone';
}

/** As long as one call. */
const KEEP_MS = 15 * 60 * 1000;

/** The result of `prove` for the complete state; undefined where the time is used up before that. */
export async function whenStaged<T extends object>(
  ctx: Context,
  ref: StagingRef,
  { tenant, into, budget, keep, recorded }: ProofCall,
  prove: (opened: OpenedStaging) => Promise<T>,
): Promise<T | undefined> {
  try {
    if (!(await continueStaging(ctx, ref, into, budget)).done) return undefined;
    const opened = await openStaged(ref, into, tenant);
    try {
      const proved = await prove(opened);
      await recorded?.();
      if (!keep) await opened.area.drop();
      return proved;
    } finally {
      await opened.area.pause(KEEP_MS);
    }
  } catch (error) {
    const again = budget !== NO_LIMIT && error instanceof HoldfastError && error.retry === 'auto';
    if (!again) await dropStagingArea(into, ref.id).catch(() => {});
    throw error;
  }
}
