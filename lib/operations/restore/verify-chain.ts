/**
 * Reads the manifests of a chain and proves that they are the chain: signatures, the links from each to the one before,
 * no hole between log runs. Works from signed documents only; the catalog merely says where to look. What it returns
 * can be relied on as all that was logged between the snapshot and the target.
 */
import type { BackupChain } from '../../domain/backup-chain.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { IncrementalBody, LogBody, type ManifestHeader, SnapshotBody } from '../../domain/manifest.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import { inParallel } from '../in-parallel.ts';
import { readHeader, readManifest, type StoredManifest } from '../storage/manifest-store.ts';
import type { RecoveryMaterial } from './recovery-material.ts';

type VerifyDeps = Pick<Deps, 'vault' | 'keyring' | 'signer'>;
export type WithBody<B> = StoredManifest & { readonly body: B };

export interface VerifiedChain {
  readonly snapshot: WithBody<SnapshotBody>;
  readonly incrementals: readonly WithBody<IncrementalBody>[];
  /** In log order, over all that is replayed (own segments count beyond the incrementals only). */
  readonly runs: readonly WithBody<LogBody>[];
}

/** Manifests read at one time. */
const PARALLEL = 16;
/** Links followed before a chain counts as broken: more than any retention keeps. */
const MAX_LINKS = 100_000;

/** IntegrityError `manifest-invalid`, `object-missing`, `chain-broken`, `log-missing`, each naming the object. */
export async function verifyChain(
  deps: VerifyDeps,
  at: RecoveryMaterial,
  chain: BackupChain,
  target: Lsn,
): Promise<VerifiedChain> {
  const item = (id: string) => at.backups.find(candidate => candidate.id === id)!;
  const read = <S extends typeof SnapshotBody | typeof IncrementalBody>(
    id: string,
    schema: S,
    kind: 'snapshot' | 'incremental',
  ) => readManifest(deps, item(id).key, schema, { tenant: at.tenant, kind, sha256: item(id).sha256 });
  const snapshot = (await read(chain.snapshot.id, SnapshotBody, 'snapshot')) as WithBody<SnapshotBody>;
  const incrementals = (await inParallel(PARALLEL, chain.incrementals, part =>
    read(part.id, IncrementalBody, 'incremental'),
  )) as WithBody<IncrementalBody>[];
  if (incrementals.length > 0) await verifyLinks(deps, at.tenant, [snapshot, ...incrementals]);
  const log = logChain(at.runs, chain.snapshot.from, target);
  const runs = await inParallel(PARALLEL, log, run =>
    readManifest(deps, run.key, LogBody, { tenant: SYSTEM, kind: 'log', sha256: run.sha256 }),
  );
  contiguous(runs, chain.snapshot.from, target);
  return { snapshot, incrementals, runs };
}

/** The snapshot alone: for a snapshot as it was taken. */
export async function verifySnapshot(
  deps: VerifyDeps,
  tenant: TenantRef,
  item: { key: string; sha256: string },
): Promise<VerifiedChain> {
  const snapshot = await readManifest(deps, item.key, SnapshotBody, { tenant, kind: 'snapshot', sha256: item.sha256 });
  return { snapshot, incrementals: [], runs: [] };
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
    if (parseLsn(run.from) <= from) return chain.reverse();
    run = run.previous ? bySha.get(run.previous.sha256) : undefined;
  }
  throw broken(chain.at(-1)?.key ?? '(the newest log manifest)', 'the log manifest before it is not in the catalog');
}

function contiguous(runs: readonly WithBody<LogBody>[], from: Lsn, target: Lsn): void {
  let covered = from;
  for (const [index, { key, header }] of runs.entries()) {
    if (index > 0 && header.previous?.sha256 !== runs[index - 1]!.sha256)
      throw broken(key, 'it does not name the manifest before it');
    if (parseLsn(header.from) > covered) throw missing(key);
    covered = parseLsn(header.to);
  }
  if (covered < target) throw missing(runs.at(-1)?.key ?? '(no log manifest)');
}

/** One of the manifests is the newest: following `previous` from it meets all the others. */
async function verifyLinks(deps: VerifyDeps, tenant: TenantRef, manifests: readonly StoredManifest[]): Promise<void> {
  const byAge = [...manifests].sort((a, b) => (a.header.id < b.header.id ? 1 : -1));
  let end = byAge[0]!.key;
  for (const newest of byAge) {
    const wanted = new Map(manifests.map(manifest => [manifest.sha256, manifest.header]));
    end = await follow(deps, tenant, newest, wanted);
    if (wanted.size === 0) return;
  }
  throw broken(end, 'the chain of manifests ends before the backups it should hold');
}

/** Strikes out what it meets; returns where it ended. */
async function follow(
  deps: VerifyDeps,
  tenant: TenantRef,
  newest: StoredManifest,
  wanted: Map<string, ManifestHeader>,
): Promise<string> {
  let { header, key }: { header: ManifestHeader; key: string } = newest;
  wanted.delete(newest.sha256);
  for (let links = 0; wanted.size > 0 && links < MAX_LINKS; links++) {
    const { previous } = header;
    if (!previous) break;
    key = previous.key;
    header = wanted.get(previous.sha256) ?? (await readHeader(deps, previous.key, previous.sha256)).header;
    if (header.tenant !== tenant) throw broken(key, 'it belongs to another owner');
    wanted.delete(previous.sha256);
  }
  return key;
}

const HINT =
  'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.';

function broken(object: string, what: string): IntegrityError {
  return new IntegrityError('chain-broken', `The chain of manifests is broken at ${object}: ${what}.`, {
    hint: HINT,
    retry: 'never',
    details: { object },
  });
}

function missing(object: string): IntegrityError {
  return new IntegrityError('log-missing', `A stretch of the change log is missing before ${object}.`, {
    hint: HINT,
    retry: 'never',
    details: { object },
  });
}
