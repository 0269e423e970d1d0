/**
 * Writes the log's indexes: one for each closed stretch of runs (domain/log-index.ts), so that readers of one tenant
 * need not read every tenant's entries. Part of every run of the shipper, under its lock.
 *
 * Invariants: an index repeats the signed manifests of its runs, each verified for it; it is in the catalog once all of
 * its shards are durable. Write order: shards → catalog. Keys follow from the stretch, so that a crash in between
 * leaves shards that the next process reuses. The runs remain authoritative: without an index, or with a late one,
 * readers read the runs.
 */
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { closedStretches, follows, isAfter, shardBits, shardOfRun, wrongShard } from '../../domain/log-index.ts';
import { type IndexedRun, LogBody, LogIndexBody } from '../../domain/log-manifest.ts';
import { type Lsn, parseLsn, ZERO_LSN } from '../../domain/lsn.ts';
import type { ManifestHeader } from '../../domain/manifest.ts';
import { logIndexKey, logIndexShardId } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { MemoryPart } from '../../ports.ts';
import { type RunItem, runs } from '../catalog/catalog-index.ts';
import { type LogIndexItem, logIndexes } from '../catalog/log-items.ts';
import type { Context } from '../context.ts';
import { inParallel } from '../in-parallel.ts';
import { readManifest, writeManifest } from '../storage/manifest-store.ts';
import { logIncomplete } from './log-run.ts';

/** Stretches per run of the shipper: a log without indexes gets them over some hours. */
const STRETCHES = 4;
/** Runs per request to the catalog. */
const PAGE = 1000;
/** Manifests read, or shards written, at the same time. */
const PARALLEL = 16;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Returns the indexes written by this call. A failure of one is reported and does not fail the shipper; where a
 * document does not verify, the stretch is left to its runs and the next ones are indexed.
 */
export async function indexLog(ctx: Context): Promise<LogIndexItem[]> {
  const written: LogIndexItem[] = [];
  for (const stretch of await unindexed(ctx)) {
    try {
      written.push(await writeIndex(ctx, stretch));
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      await tell(ctx, stretch, error);
      if (!(error instanceof IntegrityError)) break;
    }
  }
  return written;
}

/** What this process has reported: the shipper runs every minute, and finds the same until the next hour is closed. */
const REPORTED: MemoryPart<Set<string>> = { make: () => new Set() };

async function tell(ctx: Context, stretch: readonly RunItem[], error: HoldfastError): Promise<void> {
  const known = ctx.memory.of(REPORTED);
  const trouble = [stretch[0]!.id, error.code, String(error.details?.object)].join(' ');
  if (known.has(trouble)) return;
  await ctx.notifier.notify({
    severity: error instanceof IntegrityError ? 'alarm' : 'info',
    code: 'log-index-failed',
    message: `A log index could not be written (${error.code}): its runs are read one by one instead.`,
    details: error.details ?? {},
  });
  known.add(trouble);
}

async function unindexed(ctx: Context): Promise<RunItem[][]> {
  const limits = ctx.settings.logIndex;
  if (limits.runs < 2) return [];
  const latest = await logIndexes.latest(ctx.catalog);
  let position = latest ? parseLsn(latest.to) : ZERO_LSN;
  const limit = Math.max(PAGE, limits.runs + 1);
  for (;;) {
    const page = await runs.some(ctx.catalog, position, limit);
    const closed = closedStretches(page.filter(isAfter(position)), limits);
    const end: Lsn | undefined = page.length < limit ? undefined : parseLsn(page.at(-1)!.to);
    if (closed.length > 0 || end === undefined || end === position) return closed.slice(0, STRETCHES);
    position = end;
  }
}

async function writeIndex(ctx: Context, stretch: readonly RunItem[]): Promise<LogIndexItem> {
  const read = await inParallel(PARALLEL, stretch, run =>
    readManifest(ctx, run.key, LogBody, { tenant: SYSTEM, kind: 'log', sha256: run.sha256 }),
  );
  const indexed = read.map(indexedRun);
  for (const [at, run] of indexed.entries()) {
    if (at > 0 && !follows(indexed[at - 1]!, run)) {
      throw logIncomplete('a run does not follow the one before it', { object: run.key });
    }
  }
  const [first, last] = [read[0]!.header, read.at(-1)!.header];
  const segments = indexed.reduce((sum, run) => sum + run.segments.length, 0);
  const bits = shardBits(segments, ctx.settings.logIndex.shardSegments);
  // Named after its last run, so that a repeated write gives the same objects.
  const item = {
    id: last.id,
    ...{ from: first.from, to: last.to, fromTime: first.fromTime, toTime: last.toTime },
    bits,
  };
  const keep = Math.max(
    retainUntil(ctx.settings, 'log', new Date(last.createdAt)).getTime(),
    ctx.clock.now().getTime() + DAY_MS,
  );
  const shards = Array.from({ length: 2 ** bits }, (_, number) => ({ bits, number }));
  await inParallel(PARALLEL, shards, async shard => {
    await writeShard(ctx, item, shard, indexed, new Date(keep));
    await ctx.crash?.('index.after-shard');
  });
  await ctx.crash?.('index.after-shards');
  const listed = { ...item, ...endsOf(indexed) };
  await ctx.catalog.write([logIndexes.put(listed)]);
  await ctx.crash?.('index.after-catalog');
  return listed;
}

/** The catalog's fields about the runs of an index. */
export function endsOf(indexed: readonly IndexedRun[]): Pick<LogIndexItem, 'runs' | 'previous' | 'last'> {
  return { runs: indexed.length, previous: indexed[0]!.previous?.sha256 ?? null, last: indexed.at(-1)!.sha256 };
}

function indexedRun({
  key,
  sha256,
  header,
  body,
}: {
  key: string;
  sha256: string;
  header: ManifestHeader;
  body: LogBody;
}): IndexedRun {
  const sizes = new Map(header.objects.map(object => [object.key, object.bytes]));
  const packs = body.packs.map(pack => {
    const bytes = sizes.get(pack);
    if (bytes === undefined) throw logIncomplete('a run uses a pack that it does not list', { object: key });
    return { key: pack, bytes };
  });
  const { id, from, to, fromTime, toTime, previous, source } = header;
  const { relations, reshaped, segments, gaps } = body;
  return {
    ...{ id, key, sha256, from, to, fromTime, toTime, previous, packs, relations, segments, gaps },
    ...(reshaped && { reshaped }),
    ...(source && { source }),
  };
}

/** After a crash before the index was listed, its shard already exists: it must be equal. */
async function writeShard(
  ctx: Context,
  item: Omit<LogIndexItem, 'runs' | 'previous' | 'last'>,
  shard: LogIndexBody['shard'],
  indexed: readonly IndexedRun[],
  keep: Date,
): Promise<void> {
  const { id, from, to, fromTime, toTime } = item;
  const key = logIndexKey(parseLsn(to), id, shard.number);
  const body: LogIndexBody = {
    format: 'holdfast.log-index/1',
    index: id,
    shard,
    runs: indexed.map(run => shardOfRun(run, shard)),
  };
  if (await ctx.vault.head(key)) {
    const stored = await readManifest(ctx, key, LogIndexBody, { tenant: SYSTEM, kind: 'log-index' });
    const wrong = wrongShard(stored.header, stored.body, item, SYSTEM);
    if (wrong === undefined && JSON.stringify(stored.body) === JSON.stringify(LogIndexBody.parse(body))) return;
    throw logIncomplete(`a shard of its index ${wrong ?? 'has other contents'}`, { object: key });
  }
  await writeManifest(
    ctx,
    key,
    {
      ...{ kind: 'log-index', id: logIndexShardId(id, shard.number), tenant: SYSTEM, previous: null, objects: [] },
      ...{ createdAt: ctx.clock.now().toISOString(), from, to, fromTime, toTime },
    },
    body,
    { retainUntil: keep },
  );
}
