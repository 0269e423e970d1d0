/**
 * Numbers, sizes, durations and moments for people. Moments always include their UTC offset, so that they can be used as
 * a recovery target.
 */

export function count(value: number | bigint): string {
  return value.toLocaleString('en-US');
}

/** `1 row`, `2,000 rows`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in steps of 1,000. */
export function size(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 999.5 && step < SIZES.length - 1) {
    value /= 1000;
    step++;
  }
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toPrecision(value >= 10 ? 3 : 2)} ${SIZES[step]}`;
}

/** Milliseconds: `340 ms`, `4.2 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return joined(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `12 s ago`, `in 3 min`, `just now`. */
export function relative(moment: string | Date, now: Date): string {
  const ms = now.getTime() - new Date(moment).getTime();
  if (Math.abs(ms) < 1000) return 'just now';
  const text = duration(Math.round(Math.abs(ms) / 1000) * 1000).replace('.0 s', ' s');
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

/** `2026-03-01 10:04:59Z`, or with the zone's offset: `2026-03-01 12:04:59+02:00`. */
export function moment(time: string | Date, zone: string): string {
  const date = new Date(time);
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(date)
      .map(part => [part.type, part.value]),
  );
  const offset = (parts.timeZoneName ?? 'GMT').replace('GMT', '');
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}${offset === '' || offset === '+00:00' ? 'Z' : offset}`;
}

/** With the fraction of a second of the server's clock, so that as a target it is the same moment. */
export function exactMoment(time: string, zone: string): string {
  const fraction = /\.(\d*?)0*(?:Z|[+-]\d\d:?\d\d)?$/.exec(time)?.[1] ?? '';
  const whole = moment(time, zone);
  return fraction === '' ? whole : `${whole.slice(0, 19)}.${fraction}${whole.slice(19)}`;
}

/** Both: `2026-03-01 10:04:59Z (12 min ago)`. */
export function momentAgo(time: string | Date, zone: string, now: Date): string {
  return `${moment(time, zone)} (${relative(time, now)})`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const two = '2-digit' as const;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
    timeZoneName: 'longOffset',
  });
  formatters.set(zone, made);
  return made;
}

/** Text of the database made safe for a terminal: no control characters, at most `width` characters. */
export function printable(text: string, width = Number.POSITIVE_INFINITY): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
  const safe = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, escaped);
  return safe.length <= width ? safe : `${safe.slice(0, width - 1)}…`;
}

/** `17 (Acme)`, safe for a terminal. */
export function namedTenant(id: string, label: string | undefined, width = 40): string {
  return label === undefined ? printable(id, width) : `${printable(id, width)} (${printable(label, width)})`;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
