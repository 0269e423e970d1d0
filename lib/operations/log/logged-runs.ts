/**
 * Reads one tenant's entries in runs of the log, from the fewest documents: a shard of an index where one covers
 * several of the runs, else the run's own manifest; or from the tenant's own copy under legal hold, once the run has
 * expired. All are signed and verified; the catalog only locates them.
 *
 * Invariant: an index is never used where it does not verify, belongs to another stretch, another index or other
 * tenants, or disagrees with the catalog about a run: that raises an alarm with its name, and the runs themselves are
 * read.
 */
import { type HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { covers, follows, isAfter, shardOf, wrongShard } from '../../domain/log-index.ts';
import { HeldLogBody, type IndexedRun, LogBody, LogIndexBody } from '../../domain/log-manifest.ts';
import { type Lsn, maxLsn, parseLsn } from '../../domain/lsn.ts';
import type { ManifestHeader } from '../../domain/manifest.ts';
import { logIndexKey } from '../../domain/object-key.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps, MemoryPart } from '../../ports.ts';
import { type RunItem, runs } from '../catalog/catalog-index.ts';
import { heldRuns, withCopies } from '../catalog/held-log-items.ts';
import { type LogIndexItem, logIndexes, type SegmentItem } from '../catalog/log-items.ts';
import { runAsSigned } from '../catalog/signed-items.ts';
import { inParallel } from '../in-parallel.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { logIncomplete } from './log-run.ts';
import { ReadDocuments } from './read-documents.ts';

export type LoggedRunsDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'notifier' | 'memory'>;

/** A run as in its own manifest, with only the segments of the tenant and of `system`. */
export interface LoggedRun {
  readonly key: string;
  readonly sha256: string;
  readonly header: Pick<
    ManifestHeader,
    'id' | 'from' | 'to' | 'fromTime' | 'toTime' | 'previous' | 'objects' | 'source'
  >;
  /** Gaps of the tenant and of `system`; undefined where the document that was read does not contain them. */
  readonly body: Pick<LogBody, 'packs' | 'segments' | 'relations' | 'reshaped'> & {
    readonly gaps?: LogBody['gaps'] | undefined;
  };
}

export interface LoggedRuns {
  /** In log order. */
  readonly runs: readonly LoggedRun[];
  /** The manifests that it was read from. */
  readonly documents: readonly { readonly key: string; readonly sha256: string }[];
  /** Indexes that did not verify: their runs were read instead. */
  readonly refused: readonly string[];
}

/** An index that covers those of its runs that touch [from, to]; exactly `runs` where these are given. */
interface IndexPiece {
  readonly index: LogIndexItem;
  readonly from: Lsn;
  readonly to: Lsn;
  readonly runs?: readonly RunItem[];
}
/** The source of a stretch. */
type Piece = { readonly run: RunItem } | IndexPiece;

/** Manifests read at the same time. */
const PARALLEL = 16;

/** Exactly these runs, which are consecutive. IntegrityError naming the object, for a run. */
export async function readRuns(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  wanted: readonly RunItem[],
): Promise<LoggedRuns> {
  const first = wanted[0];
  if (first === undefined) return { runs: [], documents: [], refused: [] };
  const indexes = await logIndexes.list(deps.catalog, parseLsn(first.from));
  return readPieces(deps, tenant, piecesOf(wanted, indexes));
}

/**
 * Every run that ends at `from` or later and begins at `to` or before: the caller checks that they are complete. Where the
 * shared log does not have them all, also from the tenant's copies.
 */
export async function readRunsBetween(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  from: Lsn,
  to: Lsn,
): Promise<LoggedRuns> {
  const shared = await readShared(deps, tenant, from, to);
  if (isWhole(shared.runs, from)) return shared;
  const copied = await heldRuns.list(deps.catalog, tenant, from);
  if (copied.length === 0) return shared;
  const all = withCopies(await runs.list(deps.catalog, from), copied);
  const wanted = all.filter(run => parseLsn(run.from) <= to);
  return readRuns(deps, tenant, wanted);
}

function isWhole(found: readonly LoggedRun[], from: Lsn): boolean {
  const first = found[0];
  if (first === undefined || parseLsn(first.header.from) > from) return false;
  return found.every((run, at) => at === 0 || run.header.previous?.sha256 === found[at - 1]!.sha256);
}

async function readShared(deps: LoggedRunsDeps, tenant: TenantRef, from: Lsn, to: Lsn): Promise<LoggedRuns> {
  const pieces: Piece[] = [];
  let before: LogIndexItem | undefined;
  const listRuns = async (until?: Lsn) => {
    const position = before && parseLsn(before.to);
    for (const run of await runs.list(deps.catalog, position ?? from, until)) {
      if (pieces.length > 0 && parseLsn(run.from) > to) return;
      if (position === undefined || isAfter(position)(run)) pieces.push({ run });
    }
  };
  for (const index of await logIndexes.list(deps.catalog, from)) {
    const begin = parseLsn(index.from);
    if (begin > to) break;
    if (parseLsn(index.to) <= from || (before && begin < parseLsn(before.to))) continue;
    if (before === undefined ? begin > from : index.previous !== before.last) await listRuns(begin);
    pieces.push({ index, from, to });
    before = index;
  }
  if (before === undefined || parseLsn(before.to) <= to) await listRuns();
  return readPieces(deps, tenant, pieces);
}

function piecesOf(wanted: readonly RunItem[], indexes: readonly LogIndexItem[]): Piece[] {
  const pieces: Piece[] = [];
  let next = 0;
  for (let at = 0; at < wanted.length; ) {
    const run = wanted[at]!;
    if (run.copy !== undefined) {
      pieces.push({ run });
      at++;
      continue;
    }
    while (next < indexes.length && parseLsn(indexes[next]!.to) < parseLsn(run.to)) next++;
    const index = indexes[next];
    let end = at;
    while (index && end < wanted.length && covers(index, wanted[end]!)) end++;
    if (index === undefined || end - at < 2) {
      pieces.push({ run });
      at++;
    } else {
      const covered = wanted.slice(at, end);
      pieces.push({ index, from: parseLsn(run.from), to: parseLsn(covered.at(-1)!.to), runs: covered });
      at = end;
    }
  }
  return pieces;
}

async function readPieces(deps: LoggedRunsDeps, tenant: TenantRef, pieces: readonly Piece[]): Promise<LoggedRuns> {
  const read = await inParallel(PARALLEL, pieces, piece =>
    'run' in piece ? readOne(deps, tenant, [piece.run]) : readIndexed(deps, tenant, piece),
  );
  return {
    runs: read.flatMap(part => part.runs),
    documents: read.flatMap(part => part.documents),
    refused: read.flatMap(part => part.refused),
  };
}

async function readIndexed(deps: LoggedRunsDeps, tenant: TenantRef, piece: IndexPiece): Promise<LoggedRuns> {
  const { index, from, to } = piece;
  const key = logIndexKey(parseLsn(index.to), index.id, shardOf(tenant, index.bits));
  try {
    const { sha256, body } = await readShard(deps, tenant, index, key);
    const told = body.runs.filter(run => parseLsn(run.to) >= from && parseLsn(run.from) <= to);
    const listed = piece.runs;
    const chosen = listed === undefined ? told : told.filter(run => listed.some(item => item.sha256 === run.sha256));
    const sameAsListed = (run: IndexedRun) => {
      const item = listed?.find(each => each.sha256 === run.sha256);
      return item === undefined || sameRun(item, run);
    };
    if (listed !== undefined && (chosen.length !== listed.length || !chosen.every(sameAsListed)))
      throw refused(key, 'differs from the catalog');
    return { runs: chosen.map(run => loggedRun(run, tenant)), documents: [{ key, sha256 }], refused: [] };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    await deps.notifier.notify({
      severity: 'alarm',
      code: 'log-index-refused',
      message: `A log index does not verify (${error.code}): the runs that it covers are read instead.`,
      details: { object: key },
    });
    const direct = await readOne(deps, tenant, piece.runs ?? (await coveredBy(deps, piece)));
    return { ...direct, refused: [key] };
  }
}

/** The runs that the index covers, as far as they are needed. */
async function coveredBy(deps: LoggedRunsDeps, { index, from, to }: IndexPiece): Promise<RunItem[]> {
  const listed = await runs.list(deps.catalog, maxLsn(parseLsn(index.from), from), parseLsn(index.to));
  return listed.filter(run => covers(index, run) && parseLsn(run.from) <= to);
}

/** Shards and manifests that this process read last, for all tenants; they never change. */
const DOCUMENTS: MemoryPart<ReadDocuments> = { make: () => new ReadDocuments() };

async function readShard(deps: LoggedRunsDeps, tenant: TenantRef, index: LogIndexItem, key: string) {
  const shard = await deps.memory.of(DOCUMENTS).of(key, async () => {
    const stored = await readManifest(deps, key, LogIndexBody, { tenant: SYSTEM, kind: 'log-index' });
    return { document: stored, segments: stored.body.runs.reduce((sum, run) => sum + run.segments.length, 0) };
  });
  const wrong = wrongShard(shard.header, shard.body, index, tenant);
  if (wrong !== undefined) throw refused(key, wrong);
  return shard;
}

async function readOne(deps: LoggedRunsDeps, tenant: TenantRef, items: readonly RunItem[]): Promise<LoggedRuns> {
  const read = await inParallel(PARALLEL, items, async run => {
    if (run.copy !== undefined) return { run: await readCopied(deps, tenant, run), document: run.copy };
    const { key, sha256, header, body } = await readRun(deps, run);
    return { run: { key, sha256, header, body: partOf(body, tenant) }, document: { key, sha256 } };
  });
  return { runs: read.map(({ run }) => run), documents: read.map(({ document }) => document), refused: [] };
}

/** The run as the tenant's own copy has it. */
async function readCopied(deps: LoggedRunsDeps, tenant: TenantRef, item: RunItem): Promise<LoggedRun> {
  const { key, sha256 } = item.copy!;
  const known = deps.memory.of(DOCUMENTS);
  if (known.has(sha256) && (await deps.vault.head(key)) === undefined) known.forget(sha256);
  const { body } = await known.of(sha256, async () => {
    const document = await readManifest(deps, key, HeldLogBody, { tenant, kind: 'held-log', sha256 });
    return { document, segments: document.body.runs.length };
  });
  const run = body.runs.find(candidate => candidate.sha256 === item.sha256);
  if (run === undefined) throw logIncomplete('the catalog names a run that its copy does not have', { object: key });
  runAsSigned(item, run);
  return loggedRun(run, tenant);
}

async function readRun(deps: LoggedRunsDeps, run: RunItem) {
  const { key, sha256 } = run;
  const known = deps.memory.of(DOCUMENTS);
  // A manifest that was removed since must not count as read.
  if (known.has(sha256) && (await deps.vault.head(key)) === undefined) known.forget(sha256);
  const stored = await known.of(sha256, async () => {
    const document = await readManifest(deps, key, LogBody, { tenant: SYSTEM, kind: 'log', sha256 });
    return { document, segments: document.body.segments.length };
  });
  runAsSigned(run, stored.header);
  return stored;
}

function sameRun(item: RunItem, run: IndexedRun): boolean {
  try {
    runAsSigned(item, run);
    return item.key === run.key;
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}

/** The run's own manifest in full, verified. IntegrityError naming the object. */
export async function readWholeRun(deps: LoggedRunsDeps, run: RunItem): Promise<LogBody> {
  return (await readRun(deps, run)).body;
}

function loggedRun(run: IndexedRun, tenant: TenantRef): LoggedRun {
  const { key, sha256, packs, segments, relations, reshaped, gaps, ...header } = run;
  const body = { packs: packs.map(pack => pack.key), segments, relations, reshaped, gaps };
  return { key, sha256, header: { ...header, objects: packs }, body: partOf(body, tenant) };
}

function partOf({ segments, gaps, ...body }: LoggedRun['body'], tenant: TenantRef): LoggedRun['body'] {
  const isOurs = (entry: { readonly tenant: string }) => entry.tenant === tenant || entry.tenant === SYSTEM;
  const { packs, relations, reshaped } = body;
  return { packs, relations, reshaped, segments: segments.filter(isOurs), gaps: gaps?.filter(isOurs) };
}

/** The owner's segment in a run, as restores find it. */
export function segmentOf(owner: TenantRef, { key, sha256, header, body }: LoggedRun): SegmentItem | undefined {
  const entry = body.segments.find(candidate => candidate.tenant === owner);
  const { id, from, to } = header;
  return entry && { run: { id, key, sha256, from, to }, packs: body.packs, entry };
}

/** IntegrityError `log-incomplete` where a run is missing between two of them. */
export function mustFollow(found: readonly LoggedRun[]): void {
  for (const [at, run] of found.entries()) {
    const before = found[at - 1];
    const { from, previous } = run.header;
    if (before && !follows({ to: before.header.to, sha256: before.sha256 }, { from, previous })) {
      throw logIncomplete('a run is missing or there is a gap', { after: before.header.to, before: from });
    }
  }
}

function refused(key: string, why: string): HoldfastError {
  return new IntegrityError('log-index-wrong', `The log index ${key} ${why}.`, {
    hint: 'The runs that it covers are read instead; bring the object back from a replica.',
    details: { object: key },
  });
}
