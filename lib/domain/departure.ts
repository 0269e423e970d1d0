/** A tenant that left the database: the signed note about it, and what it still needs of the log. */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import {
  baseOf,
  type LogNeed,
  planRetention,
  type RetainedBackup,
  type RetentionPolicy,
  sortedSnapshots,
  windowBegin,
} from './retention.ts';
import { TenantRef } from './tenant.ts';

export const Departure = z.object({
  format: z.literal('holdfast.departure/1'),
  tenant: TenantRef,
  /** Our clock, ISO 8601 UTC. */
  at: z.string(),
  /** No table with the tenant's column had a row of it in a snapshot that was taken before this position. */
  lsn: LsnText,
});
export type Departure = z.infer<typeof Departure>;

/**
 * The need of a tenant that left the database: what completes its kept snapshots, and for as long as a moment before it left
 * is inside the window, the log up to there. Nothing after it.
 */
export function departedLogNeed<B extends RetainedBackup>(
  backups: readonly B[],
  policy: RetentionPolicy,
  now: Date,
  departedAt: Date,
): Pick<LogNeed<B>, 'from' | 'completed'> {
  const snapshots = sortedSnapshots(backups);
  const decisions = planRetention(snapshots, policy, now, false, departedAt);
  const completed = decisions.flatMap(({ keep, keepUntil }, index) =>
    keep ? [{ snapshot: snapshots[index]!, ...(keepUntil && { keepUntil }) }] : [],
  );
  const isOver = departedAt < windowBegin(policy, now);
  return { from: isOver ? undefined : (baseOf(snapshots, policy, now) ?? snapshots[0]), completed };
}
