/**
 * Ids of what is stored: backups, runs of the log, gaps, plans, restores, erasures. Invariant: the ids of one
 * installation sort by the time at which they were made, and two made in one millisecond differ.
 */

export interface IdSource {
  readonly clock: { now(): Date };
  readonly random: { bytes(count: number): Uint8Array };
}

const RANDOM_CHARACTERS = 8;

/** Base36 milliseconds (9 characters), a dash, 8 random characters. `now`: where the caller has already read the clock. */
export function newId({ clock, random }: IdSource, now: Date = clock.now()): string {
  return `${now.getTime().toString(36).padStart(9, '0')}-${randomText(random)}`;
}

/** 8 random characters: tells apart what has no time of its own, such as two attempts of one part. */
export function randomText(random: IdSource['random']): string {
  return [...random.bytes(RANDOM_CHARACTERS)].map(byte => (byte % 36).toString(36)).join('');
}
