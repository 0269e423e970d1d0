/**
 * What the region that is left does for a planned fail-over: it stops the application's writes, and allows them again. Asked by
 * the region that takes over. Invariant: nothing here makes a region active or promotes anything.
 */
import type { Source } from '../../postgres/connection.ts';
import { replicaFailover } from '../../postgres/server/replica.ts';

export type LeavingRequest = 'probe' | 'stop-writes' | 'allow-writes';

/** `position`: after the last write, where the writes were stopped. SourceError `writes-not-stopped`, or what the database throws. */
export async function leaveRegion(source: Source, request: LeavingRequest): Promise<{ position: string | null }> {
  const server = replicaFailover(source, source);
  if (request === 'stop-writes') return { position: await server.stopWrites() };
  if (request === 'allow-writes') await server.allowWrites();
  else await server.status();
  return { position: null };
}
