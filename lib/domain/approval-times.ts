/**
 * All times derived from the approval timeout of a restore: `approvals.timeoutHours` of the deployment,
 * `approvalHours` of the function configuration. Invariant: a preview is kept longer than the wait for its approval,
 * and an execution lasts longer than staging, the wait and applying; that of many tenants longer than each of theirs.
 */

/** Time between the preview and the request for approval, and between the decision and the first written row. */
const AROUND_HOURS = 3;
/** Time to stage a large tenant before the approval, and to write in batches after it. */
const STAGING_HOURS = 2;
const APPLYING_HOURS = 24;

const HOUR_MS = 3600 * 1000;

/** End of the wait for a decision; without one the restore is refused. */
export function askedUntil(approvalHours: number, asked: Date): Date {
  return new Date(asked.getTime() + approvalHours * HOUR_MS);
}

/** Lifetime of the staged rows of a preview, in milliseconds. */
export function previewKeptMs(approvalHours: number): number {
  return (approvalHours + AROUND_HOURS) * HOUR_MS;
}

/** Timeout of an execution of restore-tenant, in hours. */
export function restoreTimeoutHours(approvalHours: number): number {
  return STAGING_HOURS + approvalHours + APPLYING_HOURS;
}

/** Tenants of a group are previewed a few at a time. */
const GROUP_HOURS = 72;

/** Timeout of an execution of restore-tenants, in hours. */
export function groupTimeoutHours(approvalHours: number): number {
  return GROUP_HOURS + restoreTimeoutHours(approvalHours);
}
