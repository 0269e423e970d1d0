/**
 * Why a snapshot was taken, where that decides how long it is kept: before a migration or maintenance, in an incident, for
 * compliance. Invariant: the end is fixed in the signed manifest when the snapshot is taken, and it is locked until then; no
 * later configuration shortens it.
 */
import * as z from 'zod';

/** Days; at most a hundred years. 0: kept like every other snapshot. */
const ReasonDays = z.number().int().min(0).max(36_500);

export const ReasonRetention = z.strictObject({
  'pre-migration': ReasonDays.default(90).describe('Taken before a migration.'),
  'pre-maintenance': ReasonDays.default(30).describe('Taken before maintenance.'),
  incident: ReasonDays.default(365).describe('Taken in an incident.'),
  compliance: ReasonDays.default(2557).describe('Taken for compliance.'),
});
export type ReasonRetention = z.infer<typeof ReasonRetention>;

const KEPT_REASONS = Object.keys(ReasonRetention.shape) as readonly (keyof ReasonRetention)[];

/** What a person can give as the reason of a snapshot: those above, and some that keep it like every other one. */
export const SNAPSHOT_REASONS: readonly string[] = ['manual', 'migration', 'maintenance', ...KEPT_REASONS];

const DAY_MS = 24 * 3600 * 1000;

/** ISO 8601 UTC, until when a snapshot of the moment `at` is kept for its reason; undefined: like every other one. */
export function keptForReason(reason: string, at: string, periods: ReasonRetention): string | undefined {
  const days = Object.hasOwn(periods, reason) ? periods[reason as keyof ReasonRetention] : 0;
  return days === 0 ? undefined : new Date(Date.parse(at) + days * DAY_MS).toISOString();
}
