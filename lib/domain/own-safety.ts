/**
 * Whether a tenant's own data is safe, in words for its administrator: one sentence, and what it means. Invariant: nothing is
 * called safe that is not in the state `safe`.
 */

type OwnState = 'unprotected' | 'broken' | 'partial' | 'late' | 'safe' | 'departed' | 'destroyed';

export interface OwnSafety {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly sentence: string;
  /** What follows from it. */
  readonly detail: string;
}

export interface OwnWindow {
  readonly state: OwnState;
  /** ISO 8601; null: no moment can be restored. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Milliseconds since the newest moment. */
  readonly newestAgeMs: number | null;
  /** Stretches inside the window that cannot be restored. */
  readonly gaps: number;
}

export function ownSafety(window: OwnWindow, timeZone: string): OwnSafety {
  const { state, oldest, newest, newestAgeMs, gaps } = window;
  if (state === 'destroyed')
    return plain('The backups of your data were destroyed.', 'Nothing can be restored any more.');
  if (state === 'unprotected' || oldest === null || newest === null || newestAgeMs === null)
    return {
      tone: 'bad',
      sentence: 'There is no backup of your data yet.',
      detail: 'Ask for a backup, or ask support.',
    };
  const reach = `any moment from ${shown(oldest, timeZone)} to ${inWords(newestAgeMs)} ago`;
  const except = gaps === 0 ? '' : gaps === 1 ? ', except one gap' : `, except ${gaps} gaps`;
  const sentence = `Your data can be restored to ${reach}${except}.`;
  switch (state) {
    case 'safe':
      return { tone: 'good', sentence, detail: 'Every change is backed up within minutes.' };
    case 'late':
      return { tone: 'warn', sentence, detail: 'Backups are behind: your newest changes are not in them yet.' };
    case 'partial':
      return { tone: 'warn', sentence, detail: 'Some tables cannot be restored to their newest state.' };
    case 'broken':
      return { tone: 'bad', sentence, detail: 'Changes since then are not backed up. A new backup mends it.' };
    case 'departed':
      return plain(sentence, 'Your data is no longer in the application. Its backups stay until their retention ends.');
  }
}

function plain(sentence: string, detail: string): OwnSafety {
  return { tone: 'plain', sentence, detail };
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
];

/** The greatest unit alone: `3 hours`. */
function inWords(ms: number): string {
  const [unit, name] = UNITS.find(([size]) => ms >= size) ?? UNITS.at(-1)!;
  const count = Math.max(1, Math.floor(ms / unit));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** `12 March 2026, 10:04`. */
function shown(time: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'long' }).format(new Date(time));
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(new Date(time));
  return `${parts}, ${clock}`;
}
