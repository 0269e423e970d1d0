/**
 * Server clock readings. Documents store them as ISO 8601 UTC with microseconds, the precision of PostgreSQL; a
 * JavaScript Date would round, and a recovery target must not.
 */

/** 2000-01-01T00:00:00Z in microseconds since 1970: the epoch of PostgreSQL's timestamps. */
const POSTGRES_EPOCH_US = 946_684_800_000_000n;

/** Microseconds since 2000-01-01 (as pgoutput has them) to `2026-01-31T23:59:59.123456Z`. */
export function serverTimeText(microseconds: bigint): string {
  const since1970 = microseconds + POSTGRES_EPOCH_US;
  const milliseconds = since1970 / 1000n - (since1970 % 1000n < 0n ? 1n : 0n);
  const rest = since1970 - milliseconds * 1000n;
  return `${new Date(Number(milliseconds)).toISOString().slice(0, -1)}${rest.toString().padStart(3, '0')}Z`;
}

/** SQL that gives a timestamptz in the same form; the session's time zone does not matter. */
export function serverTimeSql(expression: string): string {
  return `to_char((${expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
