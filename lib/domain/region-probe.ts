/**
 * What one region sees of another, at moments, and when that is a suspicion. Invariant: one probe never is, and a region
 * whose log still moves never is: it works.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';

export const RegionProbe = z.object({
  at: z.string(),
  /** Its database answers. */
  database: z.boolean(),
  /** Its place answers. */
  vault: z.boolean(),
  /** End of the log in the vault of the region that probes; null where there is none. */
  newest: LsnText.nullable(),
});
export type RegionProbe = z.infer<typeof RegionProbe>;

/** Of the last five probes three failed. */
const NEEDED = 3;
export const PROBES_KEPT = 5;

/** `probes`: oldest first. */
export function isSuspected(probes: readonly RegionProbe[]): boolean {
  const last = probes.slice(-PROBES_KEPT);
  const failed = last.filter(({ database, vault }) => !database || !vault);
  if (failed.length < NEEDED) return false;
  const since = failed.at(-NEEDED)!;
  return last.slice(last.indexOf(since)).every(({ newest }) => newest === since.newest);
}
