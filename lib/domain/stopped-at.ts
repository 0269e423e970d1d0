/**
 * Where the writes of a database ended, before a planned fail-over. Invariant: a position is never compared without the server
 * and the timeline that it was written on.
 */
import * as z from 'zod';

export const StoppedAt = z.object({
  /** The server's own LSN, after the last write. */
  position: z.string(),
  /** `SYSTEM/TIMELINE` of that server. */
  server: z.string(),
});
export type StoppedAt = z.infer<typeof StoppedAt>;
