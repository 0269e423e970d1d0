/** How long one call may work before it records its progress: a function ends after at most 15 minutes. */
export interface TimeBudget {
  isUsed(): boolean;
}

/** No limit: for a process that does everything in one call. */
export const NO_LIMIT: TimeBudget = { isUsed: () => false };

/** Used up after this many milliseconds from now; 0: after one piece of work. `now`: the clock, in milliseconds. */
export function timeBudget(milliseconds: number, now: () => number = () => performance.now()): TimeBudget {
  const end = now() + milliseconds;
  return { isUsed: () => now() >= end };
}
