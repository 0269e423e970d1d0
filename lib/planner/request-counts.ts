/**
 * The requests of one call of each function to S3 and DynamoDB, depending on its work. Costs and load combine them
 * with the averages of a fleet; test/integration/recorded-requests.ts compares them with the real requests. A HEAD
 * is billed as a GET; every stored object is checked after the write.
 */

/** `reads`: items and queries of the catalog and the key table, in a new process. `writes`: items. */
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

/**
 * operations/catalog/holding-vault.ts, for `stored` objects of a tenant without a hold: whether one stands is looked up in
 * the vault once, and in the catalog's index for each object.
 */
function holdRequests(stored: number): RequestCounts {
  return { ...NO_REQUESTS, list: Math.min(1, stored), reads: stored };
}

/** operations/log/ship-log.ts. A process looks up a digest key and reads it before the first use. */
export function shipRequests(found: {
  readonly activeTenants: number;
  /** 1 if at least one tenant has a change. */
  readonly packs: number;
  readonly digestKeysRead: number;
}): RequestCounts {
  const { activeTenants, packs, digestKeysRead } = found;
  return {
    // The last run, which may have to be adopted; checks of stored objects.
    get: 2 + packs + 2 * digestKeysRead,
    put: 1 + packs,
    list: 1,
    // The open failures, if there are none. For each active tenant: whether it is known (newTenants), whether its key is
    // destroyed (key-tombstones.ts).
    reads: 17 + 2 * activeTenants,
    // One segment per tenant, the run, the head.
    writes: activeTenants + 2,
  };
}

/** operations/log/fold-tenant.ts. `documents`: indexes and runs of the folded range. */
export function foldRequests({ documents, segments }: Record<'documents' | 'segments', number>): RequestCounts {
  return added({ get: documents + segments + 4, put: 2, list: 1, reads: 16, writes: 2 }, holdRequests(2));
}

/**
 * operations/snapshot/plan-snapshot.ts, with a snapshot to build on. `segments`: of the log since then; `packs`: of that
 * snapshot, each of which must be there.
 */
export function planSnapshotRequests({
  documents,
  segments,
  packs,
}: Record<'documents' | 'segments' | 'packs', number>): RequestCounts {
  return { ...NO_REQUESTS, get: documents + segments + packs + 3, put: 1, reads: 14 };
}

/**
 * operations/snapshot/read-part.ts: the plan, the previous snapshot, the digest key; the tenant's turn, taken and given
 * back (catalog/tenant-turn.ts); the written `packs`, and its checkpoint.
 */
export function readPartRequests({ packs }: { readonly packs: number }): RequestCounts {
  return added({ ...NO_REQUESTS, get: 6 + packs, put: 1 + packs, list: 1, reads: 3, writes: 2 }, holdRequests(packs));
}

/**
 * operations/snapshot/commit-snapshot.ts, of one part. `earlierPacks`: packs of earlier snapshots, with locks to
 * extend.
 */
export function commitSnapshotRequests({ earlierPacks }: { readonly earlierPacks: number }): RequestCounts {
  return added({ get: 6 + earlierPacks, put: 1 + earlierPacks, list: 1, reads: 4, writes: 2 }, holdRequests(1));
}

/** The objects that a verification reads. */
export interface VerifiedObjects {
  readonly documents: number;
  readonly packs: number;
  /** Parts of packs, each read in one request. */
  readonly blocks: number;
}

/** operations/verify/verify-backup.ts: a snapshot without replay. */
export function verifySnapshotRequests({ documents, packs, blocks }: VerifiedObjects): RequestCounts {
  return { ...NO_REQUESTS, get: 5 + documents + packs + blocks, list: 2, reads: 18, writes: 2 };
}

/** The same for the newest moment, compared with the live rows: the log's documents are checked before they are read. */
export function verifyLiveRequests(
  found: VerifiedObjects & Record<'segments' | 'incrementals', number>,
): RequestCounts {
  const { documents, packs, blocks, segments, incrementals } = found;
  const get = 5 + 2 * (documents + incrementals + segments) + packs + blocks;
  return { ...NO_REQUESTS, get, list: 2, reads: 16, writes: 2 };
}
