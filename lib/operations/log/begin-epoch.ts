/**
 * Begins a source epoch on the server that a person named, with a first run that records the gap: from then on the shipper
 * goes on by itself, and its next runs start the snapshots that the gap requires. Repeating it is harmless.
 */
import * as z from 'zod';
import type { LsnText } from '../../domain/lsn.ts';
import type { Context } from '../context.ts';
import { shipLog } from './ship-log.ts';

export const EpochRequest = z.strictObject({
  /** The server, as the refusal of the shipper names it: `SYSTEM/TIMELINE`. */
  confirm: z.string().regex(/^\d+\/\d+$/),
});
export type EpochRequest = z.infer<typeof EpochRequest>;

export interface BegunEpoch {
  /** False where the server continues the log: nothing was begun. */
  readonly begun: boolean;
  readonly from: LsnText;
  readonly to: LsnText;
  /** Since when nothing can be recovered until a tenant has its new snapshot; null where nothing was begun. */
  readonly gapFrom: string | null;
}

/** Throws InputError `epoch-unconfirmed`, and what shipLog() throws. */
export async function beginEpoch(ctx: Context, { confirm }: EpochRequest): Promise<BegunEpoch> {
  const { from, to, gaps } = await shipLog(ctx, { maxRuns: 1, newEpoch: confirm });
  const gap = gaps.find(({ reason }) => reason === 'new-epoch');
  return { begun: gap !== undefined, from, to, gapFrom: gap?.fromTime ?? null };
}
