/**
 * Proves what a plan takes from the catalog in addition to its chain: that the log ends where the catalog says, that no
 * gap and no erasure is withheld, altered or forged. Requests beyond those of the chain: two listings and one document
 * (the run after the target: a gap may begin one run before the run that finds it).
 */
import { setTimeout as pauseFor } from 'node:timers/promises';
import { IntegrityError } from '../../../domain/errors.ts';
import type { GapEntry } from '../../../domain/log-manifest.ts';
import { type Lsn, parseLsn, sortableLsn } from '../../../domain/lsn.ts';
import { ErasureBody } from '../../../domain/manifest.ts';
import { LOG_MANIFESTS_PREFIX, manifestPrefix } from '../../../domain/object-key.ts';
import { gapEnd } from '../../../domain/table-gaps.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { type ErasureItem, erasures, type RunItem, runs } from '../../catalog/catalog-index.ts';
import { type RecoveryMaterial, recoveryMaterial } from '../../catalog/recovery-material.ts';
import { backupAsSigned, catalogDiffers, listedGap } from '../../catalog/signed-items.ts';
import { type LoggedRun, type LoggedRunsDeps, readRuns } from '../../log/logged-runs.ts';
import { readHeader, readManifest } from '../../storage/manifest-store.ts';
import type { VerifiedChain } from './verify-chain.ts';

/**
 * A run is in the catalog some milliseconds after its manifest is in the vault; with a large fleet, seconds. Ten
 * seconds in total.
 */
const WAITS_MS = [100, 200, 400, 800, 1500, 2000, 2500, 2500];
/** More runs than a catalog lacks while a shipper is running. */
const MANY = 100;

/**
 * The catalog's items of the tenant, with all of the log that the vault has. IntegrityError `catalog-behind` where the
 * vault has runs that the catalog does not list.
 */
export async function provedMaterial(
  deps: LoggedRunsDeps & Pick<Deps, 'pause'>,
  tenant: TenantRef,
): Promise<RecoveryMaterial> {
  const pause = deps.pause ?? pauseFor;
  for (let attempt = 0; ; attempt++) {
    // What the vault lists now must be in the catalog when that is read afterwards.
    const newest = await runs.latest(deps.catalog);
    const after = await manifestsAfter(deps, newest);
    const at = await recoveryMaterial(deps, tenant);
    const known = new Set(at.runs.map(run => run.key));
    const withheld = await firstGoingOn(
      deps,
      at.runs.at(-1),
      after.filter(key => !known.has(key)),
    );
    if (withheld === undefined) return at;
    const wait = WAITS_MS[attempt];
    if (wait === undefined) throw catalogBehind(withheld);
    await pause(wait);
  }
}

async function manifestsAfter({ vault }: LoggedRunsDeps, newest: RunItem | undefined): Promise<string[]> {
  const keys: string[] = [];
  const after = newest && `${LOG_MANIFESTS_PREFIX}${sortableLsn(parseLsn(newest.to))}`;
  for await (const key of vault.keys(LOG_MANIFESTS_PREFIX, after)) {
    keys.push(key);
    if (keys.length === MANY) break;
  }
  return keys;
}

/** The first run that continues the listed log; leftovers of a shipper that lost a race do not continue it. */
async function firstGoingOn(
  deps: LoggedRunsDeps,
  last: RunItem | undefined,
  unlisted: readonly string[],
): Promise<string | undefined> {
  for (const key of unlisted) {
    const { header } = await readHeader(deps, key);
    if (last === undefined || header.previous?.sha256 === last.sha256) return key;
    if (parseLsn(header.from) >= parseLsn(last.to)) return key;
  }
  return undefined;
}

function catalogBehind(object: string): IntegrityError {
  return new IntegrityError(
    'catalog-behind',
    `The vault holds the log run ${object}, which the catalog does not list.`,
    {
      hint: 'Nothing was written. If a shipper is running, try again. If not, run `holdfast ship`, which adopts it, or `holdfast catalog rebuild`.',
      retry: 'auto',
      details: { object },
    },
  );
}

type SignedGaps = ReadonlyMap<string, { readonly run: string; readonly gap: GapEntry }>;

/** What the gaps of a plan are proved for. */
interface Planned {
  readonly at: RecoveryMaterial;
  readonly target: Lsn;
  readonly chain: VerifiedChain;
  /** A snapshot as it was taken: nothing is replayed. */
  readonly asTaken: boolean;
}

/** IntegrityError `catalog-differs` where the catalog's gaps are not those of the signed runs. */
export async function proveGaps(deps: LoggedRunsDeps, planned: Planned): Promise<void> {
  const { at, target } = planned;
  const read = await runsAround(deps, planned);
  const signed = signedGaps(read);
  const [first, last] = [read[0], read.at(-1)];
  if (first === undefined || last === undefined) return;
  for (const { run, gap } of signed.values()) {
    if (!isListed(at.gaps, gap, parseLsn(last.header.to))) throw catalogDiffers(run, `the gap ${gap.id}`);
  }
  if (read.some(run => run.body.gaps === undefined)) return;
  const [begin, end] = [parseLsn(first.header.from), parseLsn(last.header.to)];
  const made = at.gaps.find(
    gap => !signed.has(gap.id) && parseLsn(gap.from) >= begin && parseLsn(gap.from) < target && !isFoundLater(gap, end),
  );
  if (made) throw catalogDiffers(first.key, `no run of the log records the gap ${made.id}`);
}

/**
 * A gap found by a later comparison begins where the rows were last compared; the run that records it need not be read.
 */
function isFoundLater({ reason, tables, seen }: GapEntry, end: Lsn): boolean {
  return reason === 'suspect' && tables !== undefined && seen !== undefined && parseLsn(seen) > end;
}

/** The runs with gaps that may concern the target: those of the chain, and the one after them. */
async function runsAround(deps: LoggedRunsDeps, { at, chain, asTaken }: Planned): Promise<readonly LoggedRun[]> {
  const { header, body } = chain.snapshot;
  // What a snapshot read itself is correct, whatever the log contains.
  if (asTaken && body.read === 'full') return [];
  const chained = asTaken ? (await readRuns(deps, at.tenant, overlapping(at.runs, header))).runs : chain.runs;
  const place = at.runs.findIndex(run => run.sha256 === chained.at(-1)?.sha256);
  const next = place < 0 ? undefined : at.runs[place + 1];
  return next ? [...chained, ...(await readRuns(deps, at.tenant, [next])).runs] : chained;
}

function overlapping(runs: readonly RunItem[], { from, to }: { from: string; to: string }): RunItem[] {
  return runs.filter(run => parseLsn(run.to) >= parseLsn(from) && parseLsn(run.from) <= parseLsn(to));
}

/** Each gap as in the last run that records it. */
function signedGaps(read: readonly LoggedRun[]): SignedGaps {
  return new Map(
    read.flatMap(({ key, header, body }) =>
      (body.gaps ?? []).map(gap => [gap.id, { run: key, gap: listedGap(gap, header) }] as const),
    ),
  );
}

/** The catalog has the gap as signed; an ongoing gap may have been ended by a run after `end`. */
function isListed(listed: readonly GapEntry[], signed: GapEntry, end: Lsn): boolean {
  const item = listed.find(gap => gap.id === signed.id);
  if (item === undefined) return false;
  if (spelled(item) === spelled(signed)) return true;
  const endedLater =
    signed.reason === 'unprotected' && signed.to === null && item.to !== null && parseLsn(item.to) > end;
  return endedLater && spelled({ ...item, to: null, toTime: null, seen: signed.seen }) === spelled(signed);
}

function spelled(gap: GapEntry): string {
  return JSON.stringify(Object.entries(gap).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * For the newest moment: it is the end of the log, or a signed gap is the reason why not, and no snapshot leads beyond
 * it. While a tenant waits for its snapshot after a gap this costs one request per snapshot; otherwise none.
 */
export async function proveLatest(deps: LoggedRunsDeps, at: RecoveryMaterial, target: Lsn): Promise<void> {
  const end = at.runs.at(-1);
  if (end === undefined || parseLsn(end.to) <= target) return;
  // A gap begins at most one run before the run that finds it.
  const beyond = at.runs.filter(run => parseLsn(run.to) >= target).slice(0, 3);
  const { runs: read } = await readRuns(deps, at.tenant, beyond);
  const explains = [...signedGaps(read).values()].some(({ gap }) => {
    const until = gapEnd(gap);
    return gap.tables === undefined && parseLsn(gap.from) === target && (until === null || parseLsn(until) > target);
  });
  if (!explains)
    throw catalogDiffers(end.key, 'the log continues, and no run records why it cannot be replayed that far');
  for await (const key of deps.vault.keys(manifestPrefix(at.tenant, 'snapshot'))) {
    const item = at.backups.find(backup => backup.key === key);
    const { header } = await readHeader(deps, key, item?.sha256);
    if (item) backupAsSigned(item, header);
    else if (parseLsn(header.to) > target) throw catalogDiffers(key, 'the snapshot is not listed');
  }
}

/**
 * Every erasure in the vault or the catalog: a withheld one would restore erased rows. Those with items that differ
 * from the stored ones are read from the vault.
 */
export async function provedErasures(deps: LoggedRunsDeps, tenant: TenantRef): Promise<ErasureItem[]> {
  const listed = new Map((await erasures.list(deps.catalog, tenant)).map(item => [item.key, item]));
  const proved: ErasureItem[] = [];
  for await (const { key, sha256 } of deps.vault.list(manifestPrefix(tenant, 'erasure'))) {
    const item = listed.get(key);
    listed.delete(key);
    proved.push(item?.sha256 === sha256 ? item : await readErasure(deps, tenant, key));
  }
  return [...proved, ...listed.values()];
}

async function readErasure(deps: LoggedRunsDeps, tenant: TenantRef, key: string): Promise<ErasureItem> {
  const { sha256, header, body } = await readManifest(deps, key, ErasureBody, { tenant, kind: 'erasure' });
  return { id: header.id, key, sha256, table: body.table, count: body.digests.length, at: header.createdAt };
}
