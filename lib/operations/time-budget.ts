/** How long one call may work before it notes how far it came: functions end after a quarter of an hour, whatever they do. */
export interface TimeBudget {
  isUsed(): boolean;
}

/** No end: a process that does it all in one go. */
export const NO_LIMIT: TimeBudget = { isUsed: () => false };

/** Used when so many milliseconds have passed from now; 0: after one piece of work. `now`: the clock, in milliseconds. */
export function timeBudget(milliseconds: number, now: () => number = () => performance.now()): TimeBudget {
  const end = now() + milliseconds;
  return { isUsed: () => now() >= end };
}
