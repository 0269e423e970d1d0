/**
 * Parses a recovery target as people write it: an ISO 8601 time, "2 hours ago", "yesterday 14:00", an LSN, a
 * marker's name, `before:<restore id>`, `snapshot:<backup id>`, `latest`. Pure: the clock and the time zone are
 * parameters. Ambiguous or impossible input is refused with the possible meanings; nothing is guessed, because
 * restoring a wrong moment is data loss.
 */
import { InputError } from './errors.ts';
import { formatLsn, isLsnText, type Lsn, parseLsn } from './lsn.ts';
import { epochOf, LAST_EPOCH, positionIn, walLsn } from './source-epoch.ts';

export type RecoveryTarget =
  /** `named`: the source epoch was written too. Without it, a small position can also mean that of a later server. */
  | { readonly kind: 'lsn'; readonly lsn: Lsn; readonly named?: true }
  /** ISO 8601 UTC with six fractional digits. */
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'marker'; readonly name: string }
  | { readonly kind: 'before-restore'; readonly restore: string }
  | { readonly kind: 'snapshot'; readonly backup: string }
  | { readonly kind: 'latest' };

export interface TargetClock {
  readonly now: Date;
  /** IANA zone for times without a zone. */
  readonly timeZone: string;
}

const FORMS =
  'Write a time (2026-03-01T10:04:59Z, "2 hours ago", "yesterday 14:00"), an LSN (16/B374D848), a marker (mark:NAME), before:RESTORE, snapshot:BACKUP or latest.';
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?$/i;
const AGO = /^(\d+(?:\.\d+)?|an?|one)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?|hrs?|d|days?|w|weeks?)\s+ago$/i;
const DAY = /^(today|yesterday)(?:\s+(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?)?$/i;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MICRO = 1_000_000n;

/** Parses a target. Throws InputError `bad-target`, `ambiguous-target`, `impossible-target`. */
export function parseTarget(text: string, clock: TargetClock): RecoveryTarget {
  const wanted = text.trim();
  const prefixed = /^(mark|marker|before|snapshot|lsn|time):(.+)$/is.exec(wanted);
  if (prefixed) return parsePrefixed(prefixed[1]!.toLowerCase(), prefixed[2]!.trim(), clock);
  if (/^(latest|now)$/i.test(wanted)) return { kind: 'latest' };
  const position = parsePosition(wanted);
  if (position) return position;
  const time = parseTime(wanted, clock);
  if (time !== undefined) return { kind: 'time', time };
  if (wanted === '' || /^[\d+-]/.test(wanted) || /\s(ago|hence)$/i.test(wanted)) throw bad(text);
  return { kind: 'marker', name: wanted };
}

/** The target as text: exact, and parsed to the same target. */
export function formatTarget(target: RecoveryTarget): string {
  switch (target.kind) {
    case 'lsn':
      return `${target.named && epochOf(target.lsn) === 0 ? '0:' : ''}${formatLsn(target.lsn)}`;
    case 'time':
      return target.time;
    case 'marker':
      return `mark:${target.name}`;
    case 'before-restore':
      return `before:${target.restore}`;
    case 'snapshot':
      return `snapshot:${target.backup}`;
    case 'latest':
      return 'latest';
  }
}

/** ISO 8601 UTC with six fractional digits: text order is time order. */
export function isoMicroseconds(micros: bigint): string {
  const seconds = micros >= 0n ? micros / MICRO : -((-micros + MICRO - 1n) / MICRO);
  const rest = micros - seconds * MICRO;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest.toString().padStart(6, '0')}Z`;
}

function parsePrefixed(prefix: string, rest: string, clock: TargetClock): RecoveryTarget {
  if (prefix === 'mark' || prefix === 'marker') return { kind: 'marker', name: rest };
  if (prefix === 'before') return { kind: 'before-restore', restore: rest };
  if (prefix === 'snapshot') return { kind: 'snapshot', backup: rest };
  if (prefix === 'lsn') return parsePosition(rest) ?? { kind: 'lsn', lsn: parseLsn(rest) };
  const time = parseTime(rest, clock);
  if (time === undefined) throw bad(rest);
  return { kind: 'time', time };
}

/** `16/B374D848`, or with its source epoch in front, `1:16/B374D848`. */
function parsePosition(text: string): RecoveryTarget | undefined {
  if (isLsnText(text)) return { kind: 'lsn', lsn: parseLsn(text) };
  const match = /^(\d{1,3}):(.+)$/.exec(text);
  if (!match || Number(match[1]) > LAST_EPOCH || !isLsnText(match[2]!)) return undefined;
  return { kind: 'lsn', lsn: positionIn(Number(match[1]), walLsn(parseLsn(match[2]!))), named: true };
}

function parseTime(text: string, clock: TargetClock): string | undefined {
  const ago = AGO.exec(text);
  if (ago) {
    const count = /^(an?|one)$/i.test(ago[1]!) ? 1 : Number(ago[1]);
    const seconds = count * UNIT_SECONDS[ago[2]![0]!.toLowerCase()]!;
    return isoMicroseconds(BigInt(clock.now.getTime()) * 1000n - BigInt(Math.round(seconds * 1e6)));
  }
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(text)) {
    throw new InputError('ambiguous-target', `"${text}" does not include a day.`, {
      hint: `Write "today ${text}" or "yesterday ${text}", or the full date.`,
    });
  }
  const day = DAY.exec(text);
  if (day) {
    if (day[2] === undefined) throw noTime(text);
    const date = zonedDate(clock.now, clock.timeZone, /yesterday/i.test(day[1]!) ? -1 : 0);
    return parseTime(`${date}T${day[2].padStart(2, '0')}:${day[3]}:${day[4] ?? '00'}.${day[5] ?? '0'}`, clock);
  }
  const match = ISO.exec(text);
  if (!match) return undefined;
  const parts = checkedParts(match, text);
  if (match[4] === undefined) throw noTime(text);
  const wall = wallMicroseconds(parts);
  return isoMicroseconds(
    match[8] ? wall - BigInt(offsetSeconds(match[8])) * MICRO : fromZone(wall, clock.timeZone, text),
  );
}

interface Parts {
  readonly date: [number, number, number];
  readonly time: [number, number, number];
  readonly micros: number;
}

function checkedParts(match: RegExpExecArray, text: string): Parts {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(index =>
    Number(match[index] ?? 0),
  ) as number[];
  const date = new Date(Date.UTC(year!, month! - 1, day!));
  const real =
    date.getUTCMonth() === month! - 1 && date.getUTCDate() === day! && hour! < 24 && minute! < 60 && second! < 60;
  if (!real) {
    throw new InputError('impossible-target', `"${text}" is not a valid time.`, {
      hint: 'Check the date and the time of day.',
    });
  }
  return {
    date: [year!, month!, day!],
    time: [hour!, minute!, second!],
    micros: Number((match[7] ?? '').padEnd(6, '0').slice(0, 6)),
  };
}

function wallMicroseconds({ date, time, micros }: Parts): bigint {
  return BigInt(Date.UTC(date[0], date[1] - 1, date[2], ...time)) * 1000n + BigInt(micros);
}

function offsetSeconds(zone: string): number {
  if (/^(z|utc)$/i.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return (zone[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60);
}

/** Wall time in a zone to UTC; a local time that does not exist or exists twice is refused. */
function fromZone(wall: bigint, zone: string, text: string): bigint {
  const around = [wall - 86_400n * MICRO, wall + 86_400n * MICRO].map(moment => zoneOffset(moment, zone));
  const moments = [...new Set(around)]
    .map(offset => wall - offset)
    .filter(moment => moment + zoneOffset(moment, zone) === wall);
  if (moments.length === 1) return moments[0]!;
  if (moments.length === 0) {
    throw new InputError('impossible-target', `The clocks of ${zone} skip "${text}".`, {
      hint: 'Write the time with its offset, for example 2026-03-29T03:00:00+02:00, or in UTC with a Z.',
    });
  }
  const choices = moments.sort((a, b) => Number(a - b)).map(isoMicroseconds);
  throw new InputError('ambiguous-target', `The clocks of ${zone} show "${text}" twice.`, {
    hint: `Choose one: ${choices.join(' or ')}.`,
    details: { choices },
  });
}

/** Offset of a zone from UTC at a moment, in microseconds. Throws InputError `bad-time-zone`. */
function zoneOffset(moment: bigint, zone: string): bigint {
  const whole = new Date(Number(moment / 1000n));
  const shown = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(whole)
      .map(part => [part.type, Number(part.value)]),
  );
  const wall = Date.UTC(shown.year!, shown.month! - 1, shown.day!, shown.hour!, shown.minute!, shown.second!);
  return BigInt(wall - Math.floor(whole.getTime() / 1000) * 1000) * 1000n;
}

function zonedDate(now: Date, zone: string, days: number): string {
  const micros = BigInt(now.getTime()) * 1000n;
  return isoMicroseconds(micros + zoneOffset(micros, zone) + BigInt(days) * 86_400n * MICRO).slice(0, 10);
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const field = 'numeric' as const;
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', era: undefined, year: field, month: field, day: field },
      ...{ hour: field, minute: field, second: field },
    });
  } catch {
    throw new InputError('bad-time-zone', `"${zone}" is not a time zone.`, {
      hint: 'Use a name like Europe/Berlin or UTC.',
    });
  }
}

function noTime(text: string): InputError {
  return new InputError('ambiguous-target', `"${text}" does not include a time of day.`, {
    hint: `Add the time, for example "${text} 14:00".`,
  });
}

function bad(text: string): InputError {
  return new InputError('bad-target', `"${text}" is not a recovery target.`, { hint: FORMS });
}
