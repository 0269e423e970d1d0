/**
 * Hours in which a recipient is not disturbed, by the clocks of an IANA time zone. Invariant: the end of quiet hours is the
 * first whole minute outside them, also where the clocks skip an hour or show it twice.
 */
import * as z from 'zod';

const MINUTE_MS = 60_000;
/** More than clocks are ever put forward at once. */
const SKIPPED_MINUTES = 125;

const WallMinute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time like 22:00');
const Zone = z
  .string()
  .refine(isZone, 'expected a time zone like Europe/Berlin')
  .describe('IANA time zone of both times, for example Europe/Berlin.');

export const QuietHours = z
  .strictObject({
    zone: Zone,
    from: WallMinute.describe('When they begin, for example 22:00.'),
    to: WallMinute.describe('When they end, for example 07:00: earlier than `from` means the next day.'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'expected another time than `from`' });
export type QuietHours = z.infer<typeof QuietHours>;

/** When the quiet hours that contain this moment end; undefined outside them. */
export function quietUntil(quiet: QuietHours, now: Date): Date | undefined {
  const shown = formatterOf(quiet.zone);
  const [from, to] = [minuteOf(quiet.from), minuteOf(quiet.to)];
  const isQuiet = (minute: number) => (from < to ? minute >= from && minute < to : minute >= from || minute < to);
  let at = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  let minute = wallMinute(shown, at);
  if (!isQuiet(minute)) return undefined;
  while (isQuiet(minute)) {
    const left = (to - minute + 1440) % 1440;
    at += Math.max(1, left - SKIPPED_MINUTES) * MINUTE_MS;
    minute = wallMinute(shown, at);
  }
  return new Date(at);
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

function wallMinute(shown: Intl.DateTimeFormat, at: number): number {
  const parts = Object.fromEntries(shown.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return parts.hour! * 60 + parts.minute!;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' });
  formatters.set(timeZone, made);
  return made;
}

function isZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}
