/**
 * Archives: self-contained copies of a tenant at a moment, kept for years. Invariants: an archive needs no other object; it is
 * kept for the days of its class after its moment, and locked for all of them from the beginning, so that nothing shortens it.
 */
import * as z from 'zod';
import { ExportDocument } from './export-document.ts';
import type { RetentionPolicy } from './retention.ts';

export const ARCHIVE_CLASSES = ['monthly', 'annual'] as const;
export const ArchiveClass = z.enum(ARCHIVE_CLASSES);
export type ArchiveClass = z.infer<typeof ArchiveClass>;

/** Of the manifest of an archive. */
export const ArchiveBody = z.object({
  tenantId: z.string(),
  keep: ArchiveClass,
  reason: z.string(),
  /** SHA-256 of the sealed object. */
  objectSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What is in it: its `export.json`. */
  document: ExportDocument,
});
export type ArchiveBody = z.infer<typeof ArchiveBody>;

const DAY_MS = 24 * 3600 * 1000;

/** When its retention ends. */
export function archiveEnd(
  { keep, toTime }: { readonly keep: ArchiveClass; readonly toTime: string },
  policy: Pick<RetentionPolicy, 'monthlyDays' | 'annualDays'>,
): Date {
  const days = keep === 'annual' ? policy.annualDays : policy.monthlyDays;
  return new Date(Date.parse(toTime) + days * DAY_MS);
}

/** A week after it was due, it is late. */
const LATE_MS = 7 * DAY_MS;

/** Whether an archive that was due a week ago is still missing. `since`: ISO 8601 UTC, when the tenant was first seen. */
export function isArchiveLate(
  existing: readonly { readonly keep: ArchiveClass; readonly toTime: string }[],
  since: string,
  now: Date,
): boolean {
  const before = new Date(now.getTime() - LATE_MS);
  return Date.parse(since) <= before.getTime() && dueArchive(existing, before) !== undefined;
}

/**
 * Which archive is due at `now`: the first of a year is kept as annual, the first of a month as monthly. `moments`: of the
 * archives that there are, ISO 8601 UTC.
 */
export function dueArchive(
  existing: readonly { readonly keep: ArchiveClass; readonly toTime: string }[],
  now: Date,
): ArchiveClass | undefined {
  const [year, month] = [now.toISOString().slice(0, 4), now.toISOString().slice(0, 7)];
  if (!existing.some(({ keep, toTime }) => keep === 'annual' && toTime.startsWith(year))) return 'annual';
  return existing.some(({ toTime }) => toTime.startsWith(month)) ? undefined : 'monthly';
}
