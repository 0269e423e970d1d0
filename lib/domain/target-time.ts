/**
 * Times as people write them: ISO 8601, "2 hours ago", "yesterday 14:00", "today noon", `@1765432100`, the first two with
 * an offset or an IANA zone behind them. Pure: the clock and the zone are parameters. What can be read in two ways is
 * refused with the possible meanings, and what has not come yet as such.
 */
import { InputError } from './errors.ts';
import { fixedZone, isoMicroseconds, momentOfWall, type WallZone, wallDate } from './wall-time.ts';

export interface TargetClock {
  readonly now: Date;
  /** IANA zone for times without a zone. */
  readonly timeZone: string;
}

const MICRO = 1_000_000n;
const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?|(?<named>noon|midnight)`;
const DATED = new RegExp(
  String.raw`^(?:(?<date>\d{4}-\d{2}-\d{2})|(?<day>today|yesterday))(?:(?:T|\s+(?:at\s+)?)(?:${TIME}))?$`,
  'i',
);
const BARE = new RegExp(`^(?:at\\s+)?(?:${TIME})$`, 'i');
const OFFSET = /(?<=:\d{2}(?:[.,]\d{1,9})?|noon|midnight|\d{4}-\d{2}-\d{2})\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$/i;
const IANA = /\s+([a-z]+(?:\/[a-z0-9_+-]+)+)$/i;
const AGO = /^(\d+(?:\.\d+)?|an?|one)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?|hrs?|d|days?|w|weeks?)\s+ago$/i;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const SINCE_1970 = /^(?:@|epoch:)\s*(\d+)(?:\.(\d{1,9}))?$/i;
/** Microseconds of a unit by the digits of a count since 1970, from 2001 to 2286. */
const UNIT_OF_DIGITS: Readonly<Record<number, bigint>> = { 10: MICRO, 13: 1000n, 16: 1n };
const FUTURE =
  /^tomorrow(?:\s|$)|^in\s+(?:\d|an?\s|one\s)|\s(?:from now|hence)$|^next\s+(?:minute|hour|\w*day|week|month|year)\b/i;
/** Begins or ends like a time: not the name of a marker. */
const LIKE_TIME = /^(?:[\d+@-]|(?:today|yesterday|noon|midnight)(?:\s|$)|epoch:)|\sago$/i;

/**
 * ISO 8601 UTC with six fractional digits; undefined where the text is no time. Throws InputError `ambiguous-target`,
 * `impossible-target`, `future-target`, `bad-time-zone`.
 */
export function parseTime(text: string, clock: TargetClock): string | undefined {
  if (FUTURE.test(text)) throw futureTarget(text);
  const ago = AGO.exec(text);
  if (ago) {
    const count = /^(an?|one)$/i.test(ago[1]!) ? 1 : Number(ago[1]);
    const seconds = count * UNIT_SECONDS[ago[2]![0]!.toLowerCase()]!;
    return isoMicroseconds(BigInt(clock.now.getTime()) * 1000n - BigInt(Math.round(seconds * 1e6)));
  }
  const since = sinceEpoch(text);
  if (since !== undefined) return since;
  const { words, zone, suffix } = withoutZone(text, clock);
  if (BARE.test(words)) throw withoutDay(words.replace(/^at\s+/i, ''), suffix, { ...clock, zone });
  const dated = DATED.exec(words)?.groups;
  if (!dated) return undefined;
  const date = dated.date ?? wallDate(clock.now, zone, /yesterday/i.test(dated.day!) ? -1 : 0);
  const midnight = dayStart(date, text);
  if (dated.named?.toLowerCase() === 'midnight') return midnightOf(midnight, { zone, now: clock.now }, text);
  if (dated.named === undefined && dated.hour === undefined) throw withoutTime(text);
  return isoMicroseconds(momentOfWall(midnight + timeOfDay(dated, text), zone, text));
}

/** Whether the text is meant as a time, although it may be none. */
export function looksLikeTime(text: string): boolean {
  return LIKE_TIME.test(text);
}

/** `@1765432100`, in seconds, milliseconds or microseconds by its digits; only seconds have a fraction. */
export function sinceEpoch(text: string): string | undefined {
  const match = SINCE_1970.exec(text);
  if (!match) return undefined;
  const [, digits = '', fraction] = match;
  const unit = UNIT_OF_DIGITS[digits.length];
  if (unit === undefined || (fraction !== undefined && unit !== MICRO)) return undefined;
  return isoMicroseconds(BigInt(digits) * unit + BigInt((fraction ?? '').padEnd(6, '0').slice(0, 6)));
}

type Fields = Readonly<Record<string, string | undefined>>;

interface Words {
  readonly words: string;
  readonly zone: WallZone;
  /** The zone as it was written, with its space; empty where none was. */
  readonly suffix: string;
}

function withoutZone(text: string, clock: TargetClock): Words {
  const named = IANA.exec(text);
  const fixed = named ? null : OFFSET.exec(text);
  const [suffix = ''] = named ?? fixed ?? [];
  const zone = named ? { name: named[1]! } : fixed ? fixedZone(fixed[1]!) : { name: clock.timeZone };
  return { words: text.slice(0, text.length - suffix.length), zone, suffix };
}

/** Microseconds since 1970 of the date's beginning, as if it were UTC. */
function dayStart(date: string, text: string): bigint {
  const start = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== date) throw impossible(text);
  return BigInt(start.getTime()) * 1000n;
}

function timeOfDay({ hour, minute, second, fraction, named }: Fields, text: string): bigint {
  if (named !== undefined) return 12n * 3600n * MICRO;
  const [hours, minutes, seconds] = [hour, minute, second].map(part => Number(part ?? 0)) as [number, number, number];
  if (hours > 23 || minutes > 59 || seconds > 59) throw impossible(text);
  const micros = BigInt((fraction ?? '').padEnd(6, '0').slice(0, 6));
  return BigInt(hours * 3600 + minutes * 60 + seconds) * MICRO + micros;
}

/** A day has two midnights: that of today which has been, else neither is guessed. */
function midnightOf(start: bigint, at: { zone: WallZone; now: Date }, text: string): string {
  const choices = [start, start + 86_400n * MICRO]
    .map(wall => isoMicroseconds(momentOfWall(wall, at.zone, text)))
    .filter(time => time <= at.now.toISOString());
  if (choices.length === 1) return choices[0]!;
  if (choices.length === 0) throw futureTarget(text);
  throw new InputError('ambiguous-target', `"${text}" can be the beginning or the end of that day.`, {
    hint: `Choose one: ${choices.join(' or ')}.`,
    details: { choices },
  });
}

function withoutDay(time: string, suffix: string, { now, zone }: { now: Date; zone: WallZone }): InputError {
  const shown = /midnight/i.test(time) ? '00:00' : time;
  const fields = BARE.exec(shown)!.groups!;
  const today = momentOfWall(dayStart(wallDate(now, zone), time) + timeOfDay(fields, time), zone, time);
  const choices = ['today', 'yesterday'].map(day => `"${day} ${shown}${suffix}"`);
  const possible = today > BigInt(now.getTime()) * 1000n ? choices.slice(1) : choices;
  return new InputError('ambiguous-target', `"${time}" does not include a day.`, {
    hint: `Write ${possible.join(' or ')}, or the full date.`,
  });
}

function withoutTime(text: string): InputError {
  return new InputError('ambiguous-target', `"${text}" does not include a time of day.`, {
    hint: `Add the time, for example "${text} 14:00".`,
  });
}

function impossible(text: string): InputError {
  return new InputError('impossible-target', `"${text}" is not a valid time.`, {
    hint: 'Check the date and the time of day.',
  });
}

function futureTarget(text: string): InputError {
  return new InputError('future-target', `"${text}" is in the future; only the past can be recovered.`, {
    hint: 'Write a time that has been, for example "10 minutes ago" or "yesterday 14:00", or `latest`.',
  });
}
