/**
 * Which transactions a database snapshot sees, by the 32-bit transaction ids of the change log: modular, as in
 * PostgreSQL, so the result is correct within two billion transactions of the snapshot.
 */
import * as z from 'zod';

/** Of pg_snapshot (64-bit ids as text): the first id that was not assigned, and those below it that were running. */
export const XidSnapshot = z.object({ xmax: z.string().regex(/^\d+$/), xip: z.array(z.string().regex(/^\d+$/)) });
export type XidSnapshot = z.infer<typeof XidSnapshot>;

/** Whether a transaction was still running when the snapshot was taken: its changes are not in it. */
export function runningIn({ xmax, xip }: XidSnapshot): (xid: number) => boolean {
  const running = new Set(xip.map(low32));
  const ceiling = low32(xmax);
  return xid => running.has(xid) || ((xid - ceiling) | 0) >= 0;
}

function low32(xid: string): number {
  return Number(BigInt(xid) & 0xffffffffn);
}
