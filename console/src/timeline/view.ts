/**
 * What the timeline shows: from when to when, in milliseconds since 1970, and where on the screen that is. Pure. Invariant: a
 * view is never shorter than a few seconds nor longer than the bounds, and never leaves them by more than a margin.
 */

export interface View {
  readonly from: number;
  readonly to: number;
}

export const SHORTEST_MS = 5000;
/** Part of the bounds that may be seen beside them, so that their ends are visible. */
const MARGIN = 0.02;

export function spanOf({ from, to }: View): number {
  return to - from;
}

/** The view, moved and shortened into the bounds. */
export function within(view: View, bounds: View): View {
  const margin = Math.max(SHORTEST_MS / 2, spanOf(bounds) * MARGIN);
  const [least, most] = [bounds.from - margin, bounds.to + margin];
  const span = Math.min(Math.max(spanOf(view), SHORTEST_MS), most - least);
  const middle = (view.from + view.to) / 2;
  const from = Math.min(Math.max(middle - span / 2, least), most - span);
  return { from, to: from + span };
}

/** `factor` below 1 comes nearer; what is at `at` stays where it is. */
export function zoomed(view: View, factor: number, at: number, bounds: View): View {
  const span = Math.min(Math.max(spanOf(view) * factor, SHORTEST_MS), spanOf(bounds) * (1 + 2 * MARGIN));
  const share = (at - view.from) / spanOf(view);
  return within({ from: at - share * span, to: at + (1 - share) * span }, bounds);
}

/** By a part of the view: −0.5 is half a screen back. */
export function moved(view: View, part: number, bounds: View): View {
  const by = spanOf(view) * part;
  return within({ from: view.from + by, to: view.to + by }, bounds);
}

export function xOf(time: number, view: View, width: number): number {
  return ((time - view.from) / spanOf(view)) * width;
}

export function timeAt(x: number, view: View, width: number): number {
  return view.from + (x / width) * spanOf(view);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map(n => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(n => n * MINUTE),
  ...[1, 2, 3, 6, 12].map(n => n * HOUR),
  ...[1, 2, 5, 10].map(n => n * DAY),
];

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** About `most` of them, at round moments of the zone. */
export function ticksOf(view: View, most: number, timeZone: string): Tick[] {
  const step = STEPS.find(each => spanOf(view) / each <= most) ?? STEPS.at(-1)!;
  const ahead = aheadOfUtc(view.from, timeZone);
  const first = Math.ceil((view.from + ahead) / step) * step - ahead;
  const ticks: Tick[] = [];
  for (let at = first; at <= view.to; at += step) ticks.push({ at, text: textOf(at, step, timeZone) });
  return ticks;
}

/** A day begins where it begins there. With the zone's offset of the view's beginning. */
function aheadOfUtc(at: number, timeZone: string): number {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
  return Math.round((Date.parse(`${local.replace(' ', 'T')}Z`) - at) / MINUTE) * MINUTE;
}

function textOf(at: number, step: number, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions =
    step >= DAY
      ? { month: 'short', day: 'numeric' }
      : step >= MINUTE
        ? { hour: '2-digit', minute: '2-digit' }
        : { hour: '2-digit', minute: '2-digit', second: '2-digit' };
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(at);
}
