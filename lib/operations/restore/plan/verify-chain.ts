/**
 * Reads the manifests of a chain and proves that they are the chain: signatures, agreement with the catalog, no hole
 * between log runs (according to indexes or the runs themselves), and that incrementals folded exactly those runs. The
 * result is everything that was logged between the snapshot and the target.
 */
import type { BackupChain } from '../../../domain/backup-chain.ts';
import { IntegrityError } from '../../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../../domain/lsn.ts';
import { IncrementalBody } from '../../../domain/manifest.ts';
import { SnapshotBody } from '../../../domain/snapshot-body.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { BackupItem, RunItem } from '../../catalog/catalog-index.ts';
import type { ClusterReadItem } from '../../catalog/cluster-reads.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import { backupAsSigned } from '../../catalog/signed-items.ts';
import { inParallel } from '../../in-parallel.ts';
import { type LoggedRun, type LoggedRuns, type LoggedRunsDeps, readRuns } from '../../log/logged-runs.ts';
import { readManifest, type StoredManifest } from '../../storage/manifest-store.ts';

type VerifyDeps = LoggedRunsDeps;
type SnapshotDeps = Pick<VerifyDeps, 'vault' | 'keyring' | 'signer'>;
type AsTaken = BackupItem | ClusterReadItem;
export type WithBody<B> = StoredManifest & { readonly body: B };

export interface VerifiedChain {
  readonly snapshot: WithBody<SnapshotBody>;
  readonly incrementals: readonly WithBody<IncrementalBody>[];
  /** In log order, over the entire replay (own segments are used only beyond the incrementals). */
  readonly runs: readonly LoggedRun[];
  /** The manifests, of indexes and of runs, that describe the runs. */
  readonly documents: LoggedRuns['documents'];
  /** Indexes that did not verify: the runs that they cover were read instead. */
  readonly refused: readonly string[];
}

/** Manifests read at the same time. */
const PARALLEL = 16;

/** IntegrityError `manifest-invalid`, `object-missing`, `chain-broken`, `log-missing`, each naming the object. */
export async function verifyChain(
  deps: VerifyDeps,
  at: RecoveryMaterial,
  chain: BackupChain,
  target: Lsn,
): Promise<VerifiedChain> {
  const item = (id: string) => at.backups.find(candidate => candidate.id === id)!;
  const snapshot = await readSnapshot(deps, at.tenant, item(chain.snapshot.id));
  const incrementals = await inParallel(PARALLEL, chain.incrementals, part =>
    readIncremental(deps, at.tenant, item(part.id)),
  );
  const log = logChain(at.runs, chain.snapshot.from, target);
  const { runs, documents, refused } = await readRuns(deps, at.tenant, log);
  contiguous(runs, chain.snapshot.from, target);
  for (const part of incrementals) foldsThem(part, runs);
  return { snapshot, incrementals, runs, documents, refused };
}

async function readSnapshot(deps: SnapshotDeps, tenant: TenantRef, item: AsTaken): Promise<WithBody<SnapshotBody>> {
  const { key, sha256, kind } = item;
  const snapshot = await readManifest(deps, key, SnapshotBody, { tenant, kind, sha256 });
  backupAsSigned(item, snapshot.header, snapshot.body.read);
  return snapshot;
}

async function readIncremental(
  deps: SnapshotDeps,
  tenant: TenantRef,
  item: BackupItem,
): Promise<WithBody<IncrementalBody>> {
  const { key, sha256 } = item;
  const part = await readManifest(deps, key, IncrementalBody, { tenant, kind: 'incremental', sha256 });
  backupAsSigned(item, part.header);
  return part;
}

/** The snapshot alone: for a snapshot as it was taken, and for what was read of a copy. */
export async function verifySnapshot(deps: SnapshotDeps, tenant: TenantRef, item: AsTaken): Promise<VerifiedChain> {
  return {
    snapshot: await readSnapshot(deps, tenant, item),
    ...{ incrementals: [], runs: [], documents: [], refused: [] },
  };
}

/** Runs by their links, newest first from the one that reaches the target, until replay's start is covered. */
function logChain(runs: readonly RunItem[], from: Lsn, target: Lsn): RunItem[] {
  const bySha = new Map(runs.map(run => [run.sha256, run]));
  const chain: RunItem[] = [];
  // A commit exactly where a run ended is in the next run, where there is one.
  let run = runs.findLast(candidate => parseLsn(candidate.to) >= target && parseLsn(candidate.from) <= target);
  if (from >= target) return [];
  while (run) {
    chain.push(run);
    // The links come from the catalog: each is followed once, in case they form a cycle.
    bySha.delete(run.sha256);
    if (parseLsn(run.from) <= from) return chain.reverse();
    run = run.previous ? bySha.get(run.previous.sha256) : undefined;
  }
  throw broken(chain.at(-1)?.key ?? '(the newest log manifest)', 'the log manifest before it is not in the catalog');
}

function contiguous(runs: readonly LoggedRun[], from: Lsn, target: Lsn): void {
  let covered = from;
  for (const [index, { key, header }] of runs.entries()) {
    if (index > 0 && header.previous?.sha256 !== runs[index - 1]!.sha256)
      throw broken(key, 'it does not name the manifest before it');
    if (parseLsn(header.from) > covered) throw missing(key);
    covered = parseLsn(header.to);
  }
  if (covered < target) throw missing(runs.at(-1)?.key ?? '(no log manifest)');
}

/**
 * The runs that an incremental folded are those of the chain, as far as the chain reaches back. Links of its manifest
 * to others do not matter: those may have expired.
 */
function foldsThem({ key, body, header }: WithBody<IncrementalBody>, runs: readonly LoggedRun[]): void {
  const last = runs.findIndex(run => run.sha256 === body.runs.at(-1)?.sha256);
  if (last < 0 || runs[last]!.header.to !== header.to) throw broken(key, 'it ends with another run of the log');
  for (let back = 0; back < body.runs.length && back <= last; back++) {
    if (body.runs.at(-1 - back)!.sha256 !== runs[last - back]!.sha256)
      throw broken(key, 'it holds other runs of the log');
  }
  const first = runs[last - body.runs.length + 1];
  if (first && first.header.from !== header.from) throw broken(key, 'it begins with another run of the log');
}

const HINT =
  'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.';

function broken(object: string, what: string): IntegrityError {
  return new IntegrityError('chain-broken', `The chain of manifests is broken at ${object}: ${what}.`, {
    hint: HINT,
    details: { object },
  });
}

function missing(object: string): IntegrityError {
  return new IntegrityError('log-missing', `A stretch of the change log is missing before ${object}.`, {
    hint: HINT,
    details: { object },
  });
}
