/** What a schedule starts: a run under a name that follows from its time, so that a start delivered twice starts one. */
import { scheduledRunName } from '../../domain/run-name.ts';

export interface ScheduledStart {
  /** Name of the schedule. */
  readonly schedule: string;
  /** When it was due, ISO 8601: the same for every delivery. */
  readonly scheduledAt: string;
}

/** `start`: starts an execution unless one of that name exists, and says whether it did. InputError `bad-input`. */
export async function startScheduled(
  { schedule, scheduledAt }: ScheduledStart,
  start: (name: string) => Promise<boolean>,
): Promise<{ name: string; started: boolean }> {
  const name = scheduledRunName(schedule, scheduledAt);
  return { name, started: await start(name) };
}
