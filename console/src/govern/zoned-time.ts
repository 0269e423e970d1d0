/** Times as people type them, in the zone of the installation. */
import { moment } from '../parts/format.ts';

/** ISO 8601 UTC of `2026-03-01T10:00` in the zone; empty for what is no time. */
export function isoOfZoned(local: string, timeZone: string): string {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return '';
  // Twice: the first guess may be on the other side of a change of the clocks.
  let time = wanted;
  for (let pass = 0; pass < 2; pass++) time += wanted - Date.parse(`${moment(time, timeZone).replace(' ', 'T')}Z`);
  return new Date(time).toISOString();
}

/** For an input of the type `datetime-local`. */
export function zonedOfIso(iso: string, timeZone: string): string {
  return Number.isNaN(Date.parse(iso)) ? '' : moment(iso, timeZone).replace(' ', 'T').slice(0, 16);
}
