/**
 * Names of executions as idempotency keys: a second start under the same name starts nothing, for the 90 days that Step
 * Functions remembers it.
 */
import { InputError } from './errors.ts';

/**
 * The name of the run that a schedule starts for a moment: the same however often EventBridge delivers it, at least once.
 * Without the characters that Step Functions refuses in names. InputError `bad-input`.
 */
export function scheduledRunName(schedule: string, scheduledAt: string): string {
  const moment = new Date(scheduledAt);
  if (!/^[\w-]{1,40}$/.test(schedule) || Number.isNaN(moment.getTime())) {
    throw new InputError('bad-input', 'The input names no schedule and no time.', {
      hint: 'Schedules pass <aws.scheduler.scheduled-time>; start a run by hand with `holdfast --profile PROFILE start NAME`.',
    });
  }
  return `${schedule}-${moment.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

const FIRST_PAUSE_MS = 15 * 60 * 1000;
const LONGEST_PAUSE_MS = 6 * 3600 * 1000;
/** About four days of attempts; the daily runs go on. */
export const MAX_ATTEMPTS = 20;

/** The name is used up once an execution has had it, whatever became of it: another attempt needs another. */
export function attemptName(name: string, attempt: number): string {
  return attempt === 1 ? name : `${name}-${attempt}`;
}

/** How long after the end of this attempt the next one may start. */
export function pauseAfterAttemptMs(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}
