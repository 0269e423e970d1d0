/**
 * The part of a fleet that is due on a day. Invariant: in any `days` consecutive days each tenant is due exactly
 * once, and the parts have about the same size.
 */
export const DAY_MS = 24 * 3600 * 1000;
/** References are base32 text of a digest: their first characters are evenly spread. */
const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';
const SPREAD_CHARACTERS = 8;

/** A test by tenant reference, for the day (UTC) of `now`. */
export function shareOf(days: number, now: Date): (ref: string) => boolean {
  const today = Math.floor(now.getTime() / DAY_MS) % days;
  return ref => spread(ref) % days === today;
}

function spread(ref: string): number {
  return [...ref.slice(0, SPREAD_CHARACTERS)].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}
