/**
 * What one call of each function asks of S3 and DynamoDB, by what it finds to do. Costs and load are made of these with
 * the averages of a fleet; test/integration/recorded-requests.test.ts holds them to what the functions really ask. A HEAD
 * is billed as a GET; every object that is stored is looked at again.
 */

/** `reads`: items and queries, of the catalog and the table of keys, in a new process. `writes`: items. */
export interface RequestCounts {
  readonly get: number;
  readonly put: number;
  readonly list: number;
  readonly reads: number;
  readonly writes: number;
}

export function added(a: RequestCounts, b: RequestCounts): RequestCounts {
  const sum = (name: keyof RequestCounts) => a[name] + b[name];
  return { get: sum('get'), put: sum('put'), list: sum('list'), reads: sum('reads'), writes: sum('writes') };
}

export const NO_REQUESTS: RequestCounts = { get: 0, put: 0, list: 0, reads: 0, writes: 0 };

/** operations/log/ship-log.ts. A process looks for a digest key and reads it, before it is used for the first time. */
export function shipRequests(found: {
  readonly activeTenants: number;
  /** 1 where at least one tenant changed something. */
  readonly packs: number;
  readonly digestKeysRead: number;
}): RequestCounts {
  const { activeTenants, packs, digestKeysRead } = found;
  return {
    // The last run, which may have to be adopted; what is stored, looked at again.
    get: 2 + packs + 2 * digestKeysRead,
    put: 1 + packs,
    list: 1,
    // Each active tenant: is it known (newTenants), is its key destroyed (key-tombstones.ts).
    reads: 13 + 2 * activeTenants,
    // A segment a tenant, the run, the head.
    writes: activeTenants + 2,
  };
}

/** operations/log/fold-tenant.ts. `documents`: indexes and runs of the stretch that is folded. */
export function foldRequests({ documents, segments }: Record<'documents' | 'segments', number>): RequestCounts {
  return { get: documents + segments + 4, put: 2, list: 1, reads: 14, writes: 2 };
}

/** operations/snapshot/plan-snapshot.ts, where there is a snapshot to build on. `segments`: of the log since then. */
export function planSnapshotRequests({ documents, segments }: Record<'documents' | 'segments', number>): RequestCounts {
  return { ...NO_REQUESTS, get: documents + segments + 3, put: 1, reads: 12 };
}

/** operations/snapshot/read-part.ts: the plan, the snapshot before, the digest key; `packs` that it writes, and its checkpoint. */
export function readPartRequests({ packs }: { readonly packs: number }): RequestCounts {
  return { ...NO_REQUESTS, get: 6 + packs, put: 1 + packs, list: 1, reads: 1 };
}

/** operations/snapshot/commit-snapshot.ts, of one part. `earlierPacks`: of earlier snapshots, which it locks for longer. */
export function commitSnapshotRequests({ earlierPacks }: { readonly earlierPacks: number }): RequestCounts {
  return { get: 6 + earlierPacks, put: 1 + earlierPacks, list: 1, reads: 3, writes: 2 };
}

/** What a plan of a verification reads. */
export interface VerifiedObjects {
  readonly documents: number;
  readonly packs: number;
  /** Parts of packs, each read in one request. */
  readonly blocks: number;
}

/** operations/verify/verify-backup.ts: a snapshot as it was taken. */
export function verifySnapshotRequests({ documents, packs, blocks }: VerifiedObjects): RequestCounts {
  return { ...NO_REQUESTS, get: 5 + documents + packs + blocks, list: 2, reads: 16, writes: 2 };
}

/** The same for the newest moment, compared with the live rows: what is read of the log is looked at before. */
export function verifyLiveRequests(
  found: VerifiedObjects & Record<'segments' | 'incrementals', number>,
): RequestCounts {
  const { documents, packs, blocks, segments, incrementals } = found;
  const get = 5 + 2 * (documents + incrementals + segments) + packs + blocks;
  return { ...NO_REQUESTS, get, list: 2, reads: 16, writes: 2 };
}
