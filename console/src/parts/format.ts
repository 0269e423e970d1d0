/** Times, sizes and counts for people: times in the zone of the installation, with their age. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as clouds bill them. */
export function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: power === 0 ? 0 : value < 10 ? 1 : 0 })} ${UNITS[power]}`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 row`, `2 rows`. */
export function plural(value: number, word: string, words = `${word}s`): string {
  return `${count(value)} ${value === 1 ? word : words}`;
}

const STEPS: readonly [number, string][] = [
  ...([[86_400_000, 'd']] as [number, string][]),
  ...([[3_600_000, 'h']] as [number, string][]),
  ...([[60_000, 'min']] as [number, string][]),
  ...([[1000, 's']] as [number, string][]),
];

/** Two units at most: `3 h 12 min`; below a second in milliseconds. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const first = STEPS.findIndex(([unit]) => ms >= unit);
  const [unit, name] = STEPS[first]!;
  const whole = Math.floor(ms / unit);
  const next = STEPS[first + 1];
  const rest = next ? Math.floor((ms - whole * unit) / next[0]) : 0;
  return rest > 0 && whole < 10 ? `${whole} ${name} ${rest} ${next![1]}` : `${whole} ${name}`;
}

export function ago(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (Number.isNaN(ms)) return '–';
  if (Math.abs(ms) < 1000) return 'now';
  return ms < 0 ? `in ${duration(-ms)}` : `${duration(ms)} ago`;
}

/** `2026-03-01 10:04:59`, in the zone. */
export function moment(time: string | number, timeZone: string, withSeconds = true): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    ...(withSeconds && { second: '2-digit' }),
  });
  return parts.format(new Date(time));
}
