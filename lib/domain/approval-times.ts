/**
 * All times that follow from how long people may take to approve a restore: `approvals.timeoutHours` of the deployment,
 * `approvalHours` of the function configuration. Invariant: a preview outlives the wait for its approval, and an execution
 * outlives staging, the wait and applying.
 */

/** Between the preview and the question, and between the answer and the first row that is written. */
const AROUND_HOURS = 3;
/** Staging a large tenant before people are asked, and writing in batches after they agreed. */
const STAGING_HOURS = 2;
const APPLYING_HOURS = 24;

const HOUR_MS = 3600 * 1000;

/** Until when an answer is waited for; none by then is a refusal. */
export function askedUntil(approvalHours: number, asked: Date): Date {
  return new Date(asked.getTime() + approvalHours * HOUR_MS);
}

/** For how long the staged rows behind a preview stay, in milliseconds. */
export function previewKeptMs(approvalHours: number): number {
  return (approvalHours + AROUND_HOURS) * HOUR_MS;
}

/** After how many hours an execution of restore-tenant is given up. */
export function restoreTimeoutHours(approvalHours: number): number {
  return STAGING_HOURS + approvalHours + APPLYING_HOURS;
}
