/** How much of the source's log waits for the shipper: the number behind the alarm on the slot. */
import { withConnection } from '../../postgres/connection.ts';
import { slotState } from '../../postgres/log/replication-slot.ts';
import type { Context } from '../context.ts';

export interface SlotHealth {
  readonly retainedBytes: number;
  /** Of what the server keeps at most before it gives the slot up. A lost slot counts as full. */
  readonly retainedPercent: number;
}

/** Where the server has no limit, the disk is the limit: then so much counts as full, in bytes. */
const WITHOUT_LIMIT_BYTES = 64 * 1024 ** 3;

export async function slotHealth(ctx: Pick<Context, 'source' | 'slot'>): Promise<SlotHealth> {
  const state = await withConnection(ctx.source, 'slot health', connection => slotState(connection, ctx.slot));
  if (state.status !== 'ready') return { retainedBytes: 0, retainedPercent: state.status === 'lost' ? 100 : 0 };
  const { retainedBytes, safeBytes } = state;
  const limit = safeBytes === null ? WITHOUT_LIMIT_BYTES : retainedBytes + Math.max(0, safeBytes);
  return { retainedBytes, retainedPercent: limit === 0 ? 0 : Math.min(100, (retainedBytes / limit) * 100) };
}
