/** Numbers of reports and the status page as people read them. Null is never a number: it is `not recorded`. */
export const NOT_RECORDED = 'not recorded';

/** `1,234`. */
export function countText(value: number | null): string {
  return value === null ? NOT_RECORDED : value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** `12 s`, `4 min 30 s`, `2 h 5 min`, `3 d 4 h`. */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return NOT_RECORDED;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}

/** `1.5 GB`: decimal units. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return NOT_RECORDED;
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const place = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** place).toPrecision(3))} ${units[place]}`;
}

/** `99.95 %`; rounds down, so that only all is `100 %`. */
export function shareText(share: number | null): string {
  return share === null ? NOT_RECORDED : `${Math.floor(share * 10_000 + 1e-9) / 100} %`;
}

/** `31 January 2026, 14:05 UTC`. */
export function momentText(at: string): string {
  const text = new Date(at).toLocaleString('en-GB', {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
  });
  return `${text.replace(' at ', ', ')} UTC`;
}

/** For tables: `2026-01-31 14:05`, in UTC. */
export function minuteText(at: string): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
