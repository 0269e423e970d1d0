/**
 * Times of a clock on a wall, in an IANA zone or at a fixed offset, and the moments that they stand for, in microseconds
 * since 1970. Pure. A local time that the clocks skip or show twice is refused: which moment is meant is not guessed.
 */
import { InputError } from './errors.ts';

/** `offset`: from UTC, in microseconds. */
export type WallZone = { readonly name: string } | { readonly offset: bigint };

const MICRO = 1_000_000n;
const DAY = 86_400n * MICRO;

/** ISO 8601 UTC with six fractional digits: text order is time order. */
export function isoMicroseconds(micros: bigint): string {
  const seconds = micros >= 0n ? micros / MICRO : -((-micros + MICRO - 1n) / MICRO);
  const rest = micros - seconds * MICRO;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest.toString().padStart(6, '0')}Z`;
}

/** `Z`, `UTC`, `GMT` or `+02:00`, as a zone. */
export function fixedZone(text: string): WallZone {
  if (/^(z|utc|gmt)$/i.test(text)) return { offset: 0n };
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  const seconds = BigInt(digits.slice(0, 2)) * 3600n + BigInt(digits.slice(2, 4)) * 60n;
  return { offset: (text[0] === '-' ? -seconds : seconds) * MICRO };
}

/**
 * The moment of a wall time, which is given as if it were UTC. `text`: as a person wrote it, for the refusal. Throws
 * InputError `impossible-target`, `ambiguous-target`, `bad-time-zone`.
 */
export function momentOfWall(wall: bigint, zone: WallZone, text: string): bigint {
  const around = [wall - DAY, wall + DAY].map(moment => zoneOffset(moment, zone));
  const moments = [...new Set(around)]
    .map(offset => wall - offset)
    .filter(moment => moment + zoneOffset(moment, zone) === wall);
  if (moments.length === 1) return moments[0]!;
  const clocks = 'name' in zone ? zone.name : 'this offset';
  if (moments.length === 0) {
    throw new InputError('impossible-target', `The clocks of ${clocks} skip "${text}".`, {
      hint: 'Write the time with its offset, for example 2026-03-29T03:00:00+02:00, or in UTC with a Z.',
    });
  }
  const choices = moments.sort((a, b) => Number(a - b)).map(isoMicroseconds);
  throw new InputError('ambiguous-target', `The clocks of ${clocks} show "${text}" twice.`, {
    hint: `Choose one: ${choices.join(' or ')}.`,
    details: { choices },
  });
}

/** The date `2026-03-01` that the clocks of a zone show, so many days later. */
export function wallDate(now: Date, zone: WallZone, days = 0): string {
  const micros = BigInt(now.getTime()) * 1000n;
  return isoMicroseconds(micros + zoneOffset(micros, zone) + BigInt(days) * DAY).slice(0, 10);
}

/** Offset of a zone from UTC at a moment, in microseconds. Throws InputError `bad-time-zone`. */
function zoneOffset(moment: bigint, zone: WallZone): bigint {
  if ('offset' in zone) return zone.offset;
  const whole = new Date(Number(moment / 1000n));
  const shown = Object.fromEntries(
    formatterOf(zone.name)
      .formatToParts(whole)
      .map(part => [part.type, Number(part.value)]),
  );
  const wall = Date.UTC(shown.year!, shown.month! - 1, shown.day!, shown.hour!, shown.minute!, shown.second!);
  return BigInt(wall - Math.floor(whole.getTime() / 1000) * 1000) * 1000n;
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
