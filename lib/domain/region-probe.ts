/**
 * What one region sees of another, at moments, and when that is a suspicion. Invariant: one probe never is, and a region
 * whose log still moves never is: it works.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { PlaceName } from './region-state.ts';

/** What the witness saw: on machines of one's own a signed document in its vault, on AWS the answer of its function. */
export const WitnessProbe = z.strictObject({
  format: z.literal('holdfast.witness-probe/1'),
  /** The region that was looked at. */
  region: PlaceName,
  /** By the clock of the witness. */
  at: z.string(),
  database: z.boolean(),
  vault: z.boolean(),
});
export type WitnessProbe = z.infer<typeof WitnessProbe>;

export const RegionProbe = z.object({
  /** By the clock of the region that probes. */
  at: z.string(),
  /** Its database answers. */
  database: z.boolean(),
  /** Its place answers. */
  vault: z.boolean(),
  /** End of the log in the vault of the region that probes; null where there is none. */
  newest: LsnText.nullable(),
  /** End of the log in its own vault, asked once its database does not answer; null where nobody knows. */
  newestThere: LsnText.nullable().default(null),
  /** What the witness found since the probe before; null where it said nothing new. */
  witness: WitnessProbe.pick({ database: true, vault: true }).nullable().default(null),
  /** Key of the newest probe of the witness that is known; null where there is none. */
  seen: z.string().nullable().default(null),
});
export type RegionProbe = z.infer<typeof RegionProbe>;

/** Of the last five probes three failed. */
export const PROBES_NEEDED = 3;
export const PROBES_KEPT = 5;

/** `probes`: oldest first. */
export function isSuspected(probes: readonly Pick<RegionProbe, 'database' | 'vault' | 'newest'>[]): boolean {
  const last = probes.slice(-PROBES_KEPT);
  const failed = last.filter(({ database, vault }) => !database || !vault);
  if (failed.length < PROBES_NEEDED) return false;
  const since = failed.at(-PROBES_NEEDED)!;
  return last.slice(last.indexOf(since)).every(({ newest }) => newest === since.newest);
}
