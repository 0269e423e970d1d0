/**
 * What the region that is left does for a planned fail-over: it stops the application's writes, and allows them again. Asked by
 * the region that takes over. Invariant: nothing here makes a region active or promotes anything.
 */

import type { StoppedAt } from '../../domain/stopped-at.ts';
import type { Source } from '../../postgres/connection.ts';
import { replicaFailover } from '../../postgres/server/replica.ts';

export const LEAVING_REQUESTS = ['probe', 'stop-writes', 'stop-all-writes', 'allow-writes'] as const;
type LeavingRequest = (typeof LEAVING_REQUESTS)[number];

/** `stopped`: where the writes were stopped. SourceError `writes-not-stopped`, or what the database throws. */
export async function leaveRegion(source: Source, request: LeavingRequest): Promise<{ stopped: StoppedAt | null }> {
  const server = replicaFailover(source, source);
  if (request === 'stop-writes' || request === 'stop-all-writes')
    return { stopped: await server.stopWrites(request === 'stop-all-writes') };
  if (request === 'allow-writes') await server.allowWrites();
  else await server.status();
  return { stopped: null };
}
