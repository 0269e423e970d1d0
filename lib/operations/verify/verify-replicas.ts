/**
 * Proves that the objects of the primary vault are in the other regions too, with their bytes and at least their lock. Each
 * run continues where the last one stopped, as long as its budget lasts; a round over all objects begins once a week. What
 * was found missing is looked up again in every run, until it is there. Only metadata is read: the bytes are proved by
 * their digest when they were stored, and by verification.
 */
import * as z from 'zod';
import { LOG_PREFIX, TENANTS_PREFIX, tenantPrefix } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps, StoredObject, Vault } from '../../ports.ts';
import { one } from '../catalog/typed-items.ts';
import { inParallel } from '../in-parallel.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';

export interface ReplicaProofDeps extends Pick<Deps, 'vault' | 'catalog' | 'clock'> {
  readonly regions: ReadonlyMap<string, Pick<Vault, 'head'>>;
}

export interface ReplicaProof {
  readonly checked: number;
  /** Objects that lack a copy, or its lock, in some region. */
  readonly withoutReplica: number;
  /** When the last complete round over all objects began; null before the first has ended. */
  readonly provedSince: string | null;
}

const Lacking = z.object({ key: z.string(), region: z.string() });
const Progress = z.object({
  /** The last object that was checked. */
  after: z.string(),
  /** When the round began, or begins. */
  startedAt: z.string(),
  provedSince: z.string().nullable(),
  lacking: z.array(Lacking),
  /** Those beyond the limit of `lacking`, of this round and of the one before. */
  more: z.number(),
  moreBefore: z.number(),
});
type Progress = z.infer<typeof Progress>;

const PARTITION = 'replica-proof';
/** Prefixes of what a restore needs, in the order of their keys; plans, lists and copies of keys are short-lived. */
const PREFIXES = [LOG_PREFIX, tenantPrefix(SYSTEM), TENANTS_PREFIX];
/** Replication to a region without time control can take hours. */
const SETTLED_MS = 24 * 3600 * 1000;
const ROUND_MS = 7 * 24 * 3600 * 1000;
const REMEMBERED = 1000;
const BATCH = 64;

export async function verifyReplicas(deps: ReplicaProofDeps, budget: TimeBudget = NO_LIMIT): Promise<ReplicaProof> {
  const now = deps.clock.now().toISOString();
  const before = await one(deps.catalog, PARTITION, 'all', Progress);
  const progress = before ?? { after: '', startedAt: now, provedSince: null, lacking: [], more: 0, moreBefore: 0 };
  progress.lacking = await stillLacking(deps, progress.lacking);
  let checked = 0;
  let ended = progress.startedAt <= now;
  for await (const batch of ended ? batches(deps, progress.after) : []) {
    if (checked > 0 && budget.isUsed()) {
      ended = false;
      break;
    }
    await check(deps, batch, progress);
    checked += batch.length;
    progress.after = batch.at(-1)!.key;
  }
  const next = ended ? nextRound(progress, now) : progress;
  await deps.catalog.write([{ put: { partition: PARTITION, sort: 'all', value: next } }]);
  const keys = new Set(next.lacking.map(({ key }) => key));
  return { checked, withoutReplica: keys.size + next.more + next.moreBefore, provedSince: next.provedSince };
}

/** A week after this one began; at once if it took longer. */
function nextRound(progress: Progress, now: string): Progress {
  const due = new Date(Date.parse(progress.startedAt) + ROUND_MS).toISOString();
  const startedAt = due > now ? due : now;
  return { ...progress, after: '', startedAt, provedSince: progress.startedAt, more: 0, moreBefore: progress.more };
}

async function check(deps: ReplicaProofDeps, batch: readonly StoredObject[], progress: Progress): Promise<void> {
  const settled = deps.clock.now().getTime() - SETTLED_MS;
  const due = batch.filter(object => object.storedAt.getTime() < settled);
  const found = await inParallel(BATCH, due, async object =>
    (await regionsWithout(deps, object)).map(region => ({ key: object.key, region })),
  );
  const known = new Set(progress.lacking.map(({ key, region }) => `${region} ${key}`));
  for (const each of found.flat()) {
    if (known.has(`${each.region} ${each.key}`)) continue;
    if (progress.lacking.length < REMEMBERED) progress.lacking.push(each);
    else progress.more += 1;
  }
}

/** What was removed from the primary in the meantime lacks nothing. */
async function stillLacking(deps: ReplicaProofDeps, lacking: Progress['lacking']): Promise<Progress['lacking']> {
  const looked = await inParallel(BATCH, lacking, async each => {
    const object = await deps.vault.head(each.key);
    return object !== undefined && (await regionsWithout(deps, object)).includes(each.region);
  });
  return lacking.filter((_, index) => looked[index]);
}

async function regionsWithout({ regions }: ReplicaProofDeps, object: StoredObject): Promise<string[]> {
  const there = await Promise.all(
    [...regions].map(async ([region, vault]) => ({ region, copy: await vault.head(object.key) })),
  );
  return there.filter(({ copy }) => !isCopy(copy, object)).map(({ region }) => region);
}

function isCopy(copy: StoredObject | undefined, { bytes, sha256, retainUntil, hold }: StoredObject): boolean {
  return (
    copy !== undefined &&
    copy.bytes === bytes &&
    copy.sha256 === sha256 &&
    copy.retainUntil >= retainUntil &&
    (copy.hold || !hold)
  );
}

async function* batches({ vault }: ReplicaProofDeps, after: string): AsyncGenerator<StoredObject[]> {
  let batch: StoredObject[] = [];
  for (const prefix of PREFIXES) {
    // Prefixes before the one of `after` are done.
    if (after > prefix && !after.startsWith(prefix)) continue;
    for await (const object of vault.list(prefix, after.startsWith(prefix) ? after : undefined)) {
      batch.push(object);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
