/**
 * Ids of stored things: backups, log runs, gaps, plans, restores, erasures. Invariant: the ids of one installation
 * sort by creation time, and two of the same millisecond differ.
 */

export interface IdSource {
  readonly clock: { now(): Date };
  readonly random: { bytes(count: number): Uint8Array };
}

const RANDOM_CHARACTERS = 8;

/**
 * Base36 milliseconds (9 characters), a dash, 8 random characters. `now`: if the caller has already read the clock.
 */
export function newId({ clock, random }: IdSource, now: Date = clock.now()): string {
  return `${now.getTime().toString(36).padStart(9, '0')}-${randomText(random)}`;
}

/** When an id was made, in milliseconds since 1970; NaN for what is none. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 9), 36);
}

/** 8 random characters: distinguishes things without a time of their own, such as two attempts of one part. */
export function randomText(random: IdSource['random']): string {
  return [...random.bytes(RANDOM_CHARACTERS)].map(byte => (byte % 36).toString(36)).join('');
}

/** When it was made, milliseconds since 1970; undefined for what is no such id. */
export function idTime(id: string): number | undefined {
  const [, time] = /^([0-9a-z]{9})-[0-9a-z]{8}$/.exec(id) ?? [];
  return time === undefined ? undefined : Number.parseInt(time, 36);
}
