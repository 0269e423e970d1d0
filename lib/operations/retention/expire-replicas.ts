/**
 * Expiry in another region: removes exactly what the signed lists of the primary's expiry name (domain/removal-list.ts).
 * An object stays unless it is gone from the primary, and unlocked and not under hold here, and no legal hold
 * stands on its owner by the records of this region; the vault of the region has the
 * last word. Fail closed: if the primary does not answer, nothing is removed. Lists are taken in order, each once, so that
 * a crash repeats at most one of them.
 */
import * as z from 'zod';
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { REMOVALS_PREFIX } from '../../domain/object-key.ts';
import { RemovalList, rightfulKeys } from '../../domain/removal-list.ts';
import type { Deps } from '../../ports.ts';
import { runs } from '../catalog/catalog-index.ts';
import { one } from '../catalog/typed-items.ts';
import { inParallel } from '../in-parallel.ts';
import { readSigned } from '../storage/signed-document.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';

export interface ReplicaExpiryDeps extends Pick<Deps, 'vault' | 'signer' | 'catalog' | 'clock'> {
  readonly region: string;
  /** Whether the primary still has the object. */
  isInPrimary(key: string): Promise<boolean>;
}

export interface ReplicaExpiry {
  readonly lists: number;
  readonly removed: number;
  /** Objects that stay: locked or under hold here, or still in the primary. */
  readonly kept: number;
  /** Lists that this installation did not sign, and keys that do not belong to the owner of their list. */
  readonly refused: number;
  readonly caughtUp: boolean;
}

/** The last list that was taken, and when a run last took all that were due. */
const Progress = z.object({ after: z.string(), caughtUpAt: z.string().nullable() });
type Progress = z.infer<typeof Progress>;

const PARTITION = 'replica-expiry';
/** The primary has removed what it lists by then, and replication has brought the list. */
const WAIT_MS = 24 * 3600 * 1000;
const AT_ONCE = 16;

export async function expireReplicas(deps: ReplicaExpiryDeps, budget: TimeBudget = NO_LIMIT): Promise<ReplicaExpiry> {
  const result = { lists: 0, removed: 0, kept: 0, refused: 0, caughtUp: true };
  const progress = (await one(deps.catalog, PARTITION, deps.region, Progress)) ?? { after: '', caughtUpAt: null };
  const due = new Date(deps.clock.now().getTime() - WAIT_MS);
  let { after } = progress;
  for await (const key of deps.vault.keys(REMOVALS_PREFIX, after || undefined)) {
    const list = await readList(deps, key);
    if (list !== undefined && new Date(list.at) > due) break;
    if (result.lists > 0 && budget.isUsed()) {
      result.caughtUp = false;
      break;
    }
    if (list === undefined) result.refused += 1;
    else await expireListed(deps, list, result);
    result.lists += 1;
    after = key;
    await record(deps, { ...progress, after });
  }
  if (result.caughtUp) await record(deps, { after, caughtUpAt: deps.clock.now().toISOString() });
  return result;
}

/**
 * Seconds since the slowest region last took all lists that were due; if it never did, since the log began. Undefined where
 * nothing was ever shipped.
 */
export async function replicaExpiryAge(
  { catalog, clock }: Pick<Deps, 'catalog' | 'clock'>,
  regions: readonly string[],
): Promise<number | undefined> {
  const began = (await runs.first(catalog))?.fromTime;
  if (began === undefined) return undefined;
  const taken = await Promise.all(regions.map(region => one(catalog, PARTITION, region, Progress)));
  const oldest = taken.map(progress => progress?.caughtUpAt ?? began).sort()[0] ?? began;
  return Math.max(0, (clock.now().getTime() - Date.parse(oldest)) / 1000);
}

async function expireListed(
  deps: ReplicaExpiryDeps,
  list: RemovalList,
  result: { removed: number; kept: number; refused: number },
): Promise<void> {
  const keys = rightfulKeys(list);
  result.refused += list.keys.length - keys.length;
  if (keys.length > 0 && (await isUnderHold(deps, list.owner))) {
    result.kept += keys.length;
    return;
  }
  await inParallel(AT_ONCE, keys, async key => {
    const here = await deps.vault.head(key);
    if (here === undefined) return;
    const locked = here.hold || here.retainUntil > deps.clock.now();
    if (!locked && !(await deps.isInPrimary(key)) && (await isRemoved(deps, key))) result.removed += 1;
    else result.kept += 1;
  });
}

/** False if the vault refuses: it was locked or held since. */
async function isRemoved({ vault }: ReplicaExpiryDeps, key: string): Promise<boolean> {
  try {
    await vault.delete(key);
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'object-locked') return false;
    throw error;
  }
}

/** Undefined for what this installation did not sign: it is skipped, and must not stop the lists after it. */
async function readList(deps: ReplicaExpiryDeps, key: string): Promise<RemovalList | undefined> {
  try {
    return await readSigned(deps, key, RemovalList);
  } catch (error) {
    if (error instanceof IntegrityError && error.code === 'object-altered') return undefined;
    throw error;
  }
}

async function record(deps: ReplicaExpiryDeps, value: Progress): Promise<void> {
  await deps.catalog.write([{ put: { partition: PARTITION, sort: deps.region, value } }]);
}
