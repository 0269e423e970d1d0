/**
 * Copies of the log for a tenant under legal hold: the packs of the log have the rows of every tenant, which must not be
 * kept for years for the sake of one. The tenant's segments are copied as they are stored, byte for byte, into packs of its
 * own, with what of the unrouted log can concern it; a signed manifest has the runs as their own manifests have them. A
 * restore reads the copy once the run has expired, and verifies the same digests.
 *
 * Invariant: expire-log.ts removes no run that a held tenant has no copy of. Write order: packs, manifest, catalog.
 */
import { segmentDigest } from '../../codec/digest.ts';
import type { Block } from '../../domain/chunk-page.ts';
import { HeldLogBody, type IndexedRun, type SegmentEntry } from '../../domain/log-manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { manifestKey, manifestPrefix, packKey } from '../../domain/object-key.ts';
import { SnapshotBody } from '../../domain/snapshot-body.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { backups, type RunItem, runs } from '../catalog/catalog-index.ts';
import { heldRunItem, heldRuns } from '../catalog/held-log-items.ts';
import { writeAll } from '../catalog/typed-items.ts';
import { type LoggedRun, readRuns } from '../log/logged-runs.ts';
import { readPayload } from '../log/payload-reader.ts';
import { type ReducingFacts, reduceUnrouted } from '../log/reduce-unrouted.ts';
import { readManifest, writeManifest } from '../storage/manifest-store.ts';
import { PackWriter, readRange } from '../storage/pack.ts';
import { digestKey } from '../storage/tenant-key.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';

export type CopyLogDeps = Pick<
  Deps,
  'vault' | 'keyring' | 'signer' | 'catalog' | 'clock' | 'random' | 'memory' | 'notifier' | 'progress' | 'crash'
>;

export interface CopiedLog {
  /** Runs that this call copied. */
  readonly copied: number;
  /** The log has no run that the tenant has no copy of. */
  readonly done: boolean;
}

/** Runs in one copy: its manifest is read for each of them. */
const RUNS_TOGETHER = 500;
/** Bytes of a block of the reduced unrouted log. */
const BLOCK_BYTES = 1024 * 1024;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Copies every run of the catalog that the tenant has no copy of. Continues after a crash; copies twice at worst.
 * IntegrityError naming the object where the log is damaged.
 */
export async function copyHeldLog(
  deps: CopyLogDeps,
  tenant: TenantRef,
  budget: TimeBudget = NO_LIMIT,
): Promise<CopiedLog> {
  const stored = new Set<string>();
  for await (const key of deps.vault.keys(manifestPrefix(tenant, 'held-log'))) stored.add(key);
  const listed = await heldRuns.list(deps.catalog, tenant);
  const known = new Set(listed.filter(run => stored.has(run.copy?.key ?? '')).map(run => run.sha256));
  const missing = (await runs.list(deps.catalog)).filter(run => !known.has(run.sha256));
  const facts = missing.length > 0 ? await newestFacts(deps, tenant) : undefined;
  let copied = 0;
  for (const batch of consecutive(missing)) {
    if (copied > 0 && budget.isUsed()) return { copied, done: false };
    await copyRuns(deps, tenant, batch, facts);
    copied += batch.length;
    deps.progress?.({ step: 'hold.copy-log', message: 'Copying the log', done: copied, total: missing.length });
  }
  return { copied, done: true };
}

/** A copy says that it is complete between its ends: so its runs follow one another. */
function* consecutive(missing: readonly RunItem[]): Generator<RunItem[]> {
  let batch: RunItem[] = [];
  for (const run of missing) {
    const before = batch.at(-1);
    if (before && (batch.length === RUNS_TOGETHER || run.previous?.sha256 !== before.sha256)) {
      yield batch;
      batch = [];
    }
    batch.push(run);
  }
  if (batch.length > 0) yield batch;
}

/** As the newest snapshot says. */
async function newestFacts(deps: CopyLogDeps, tenant: TenantRef): Promise<ReducingFacts> {
  const newest = (await backups.list(deps.catalog, tenant)).findLast(item => item.kind === 'snapshot');
  if (newest === undefined) return undefined;
  const { key, sha256 } = newest;
  return (await readManifest(deps, key, SnapshotBody, { tenant, kind: 'snapshot', sha256 })).body;
}

async function copyRuns(
  deps: CopyLogDeps,
  tenant: TenantRef,
  batch: readonly RunItem[],
  facts: ReducingFacts,
): Promise<void> {
  const { runs: read } = await readRuns(deps, tenant, batch);
  const now = deps.clock.now();
  const id = newId(deps, now);
  // The hold keeps it; the lock only covers the time until it is set everywhere.
  const options = { retainUntil: new Date(now.getTime() + DAY_MS), hold: true };
  const writer = new PackWriter(deps, { ...options, key: number => packKey(tenant, id, number) });
  const copied: { run: LoggedRun; segments: SegmentEntry[] }[] = [];
  try {
    for (const run of read) copied.push({ run, segments: await copySegments(deps, writer, { tenant, run, facts }) });
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const packs = await writer.close();
  const body: HeldLogBody = HeldLogBody.parse({
    format: 'holdfast.held-log/1',
    runs: copied.map(({ run, segments }) => copiedRun(run, segments, packs)),
  });
  await proveCopy(deps, tenant, body);
  const [first, last] = [body.runs[0]!, body.runs.at(-1)!];
  const manifest = await writeManifest(
    deps,
    manifestKey(tenant, 'held-log', id),
    {
      ...{ kind: 'held-log', id, tenant, previous: null, objects: packs, createdAt: now.toISOString() },
      ...{ from: first.from, to: last.to, fromTime: first.fromTime, toTime: last.toTime },
    },
    body,
    options,
  );
  await writeAll(
    deps.catalog,
    body.runs.map(run => heldRuns.put(tenant, heldRunItem(run, manifest))),
  );
}

interface Copying {
  readonly tenant: TenantRef;
  readonly run: LoggedRun;
  readonly facts: ReducingFacts;
}

async function copySegments(
  deps: CopyLogDeps,
  writer: PackWriter,
  { tenant, run, facts }: Copying,
): Promise<SegmentEntry[]> {
  const segments: SegmentEntry[] = [];
  const { packs, relations } = run.body;
  for (const entry of run.body.segments) {
    if (entry.tenant !== SYSTEM) {
      const blocks: Block[] = [];
      for (const block of entry.blocks)
        blocks.push(await writer.copy(await readRange(deps.vault, packs[block.pack]!, block), block.rawLength));
      segments.push({ ...entry, blocks });
      continue;
    }
    const reduced = await reduceUnrouted(readPayload(deps, SYSTEM, { packs, entry }), facts, relations);
    if (reduced === undefined) continue;
    const { payload, changes } = reduced;
    const digest = segmentDigest(await digestKey(deps, tenant))
      .update(payload)
      .digest('hex');
    const blocks: Block[] = [];
    for (let start = 0; start < payload.length; start += BLOCK_BYTES)
      blocks.push(await writer.add(tenant, payload.subarray(start, start + BLOCK_BYTES)));
    const { activity: _, ...rest } = entry;
    const own = { blocks, digest, changes, rawBytes: payload.length, sealedFor: tenant, reducedFrom: entry.digest };
    segments.push({ ...rest, ...own });
  }
  return segments;
}

function copiedRun(run: LoggedRun, segments: SegmentEntry[], packs: IndexedRun['packs']): IndexedRun {
  const { key, sha256, header, body } = run;
  const { id, from, to, fromTime, toTime, previous, source } = header;
  return {
    ...{ id, key, sha256, from, to, fromTime, toTime, previous, packs, segments, relations: body.relations },
    ...(source && { source }),
    ...(body.reshaped && { reshaped: body.reshaped }),
    ...(body.gaps && { gaps: body.gaps }),
  };
}

/** Reads what was stored, to the end: the digests are those of the runs' signed manifests. IntegrityError. */
async function proveCopy(deps: CopyLogDeps, tenant: TenantRef, body: HeldLogBody): Promise<void> {
  for (const { packs, segments } of body.runs) {
    for (const entry of segments) {
      const payload = readPayload(deps, tenant, { packs: packs.map(pack => pack.key), entry });
      for await (const _ of payload);
    }
  }
}
