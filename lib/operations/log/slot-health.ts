/** How much of the source's WAL waits for the shipper: the metric behind the alarm on the slot. */
import { withConnection } from '../../postgres/connection.ts';
import { slotState } from '../../postgres/log/replication-slot.ts';
import type { Context } from '../context.ts';

export interface SlotHealth {
  readonly retainedBytes: number;
  /** Percentage of the most that the server retains before it invalidates the slot. A lost slot counts as full. */
  readonly retainedPercent: number;
}

/** Where the server has no limit and nobody watches the disk, this many bytes count as full. */
const WITHOUT_LIMIT_BYTES = 64 * 1024 ** 3;

/** `diskIsWatched`: without a limit of the server the disk is the limit, which an alarm of its own compares. */
export async function slotHealth(ctx: Pick<Context, 'source' | 'slot'>, diskIsWatched = false): Promise<SlotHealth> {
  const state = await withConnection(ctx.source, 'slot health', connection => slotState(connection, ctx.slot));
  if (state.status !== 'ready') return { retainedBytes: 0, retainedPercent: state.status === 'lost' ? 100 : 0 };
  const { retainedBytes, safeBytes } = state;
  if (safeBytes === null && diskIsWatched) return { retainedBytes, retainedPercent: 0 };
  const limit = safeBytes === null ? WITHOUT_LIMIT_BYTES : retainedBytes + Math.max(0, safeBytes);
  return { retainedBytes, retainedPercent: limit === 0 ? 0 : Math.min(100, (retainedBytes / limit) * 100) };
}
