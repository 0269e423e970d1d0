/**
 * Makes and repairs the replicas of tenants' keys in the other regions of the vault, and counts the keys without one. A
 * key that was found complete is noted in the catalog and checked again a day later; a lost note only costs a check.
 * Invariants: one silent region does not keep another from its replicas, and a key counts as complete only while a check
 * of the last week says so.
 */
import * as z from 'zod';
import { HoldfastError } from '../../domain/errors.ts';
import { AUDITORS, SYSTEM, TenantRef } from '../../domain/tenant.ts';
import type { Deps, KeyReplicas } from '../../ports.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { collect } from '../catalog/typed-items.ts';
import { inParallel } from '../in-parallel.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';

/** The regions in which a tenant's key was found, and when. */
const ReplicatedKey = z.object({ ref: TenantRef, regions: z.array(z.string()), at: z.string() });
type ReplicatedKey = z.infer<typeof ReplicatedKey>;

export interface ReplicatedKeys {
  /** Keys that this run asked about. */
  readonly checked: number;
  /** Keys that lack a usable replica in some region, or of which that is not known. */
  readonly withoutReplica: number;
  /** Error codes of the failed checks. */
  readonly failures: readonly string[];
}

type ReplicateDeps = Pick<Deps, 'catalog' | 'clock'>;

const PARTITION = 'key-replicas';
const HOUR_MS = 3600 * 1000;
const CHECK_AGAIN_MS = 24 * HOUR_MS;
const UNPROVED_MS = 7 * 24 * HOUR_MS;
const AT_ONCE = 8;
/** A region that does not answer this often is not asked again in the same run: each time costs its time limit. */
const SILENT_AFTER = 3;

/** All keys that are due, or only that of `only`, as long as the budget lasts. */
export async function replicateKeys(
  deps: ReplicateDeps,
  replicas: KeyReplicas,
  { only, budget = NO_LIMIT }: { only?: TenantRef; budget?: TimeBudget } = {},
): Promise<ReplicatedKeys> {
  const now = deps.clock.now().getTime();
  const owners = [SYSTEM, AUDITORS, ...(await tenants.list(deps.catalog)).map(item => item.ref)];
  const notes = new Map((await collect(deps.catalog, PARTITION, ReplicatedKey)).map(note => [note.ref, note]));
  const regions = new Regions(replicas);
  const keyless = new Set<TenantRef>();
  let checked = 0;
  const due = only ? [only] : dueKeys(owners, notes, replicas, now);
  // A region that did not answer leaves an older note, with its time, as it is.
  await inParallel(AT_ONCE, due, async owner => {
    if (checked > 0 && budget.isUsed()) return;
    checked += 1;
    const found = await regions.withKeyOf(owner);
    if (found === undefined) keyless.add(owner);
    else if (found.unknown === 0 || !notes.has(owner)) notes.set(owner, await note(deps, owner, found.there));
  });
  const proved = (ref: TenantRef) => isComplete(notes.get(ref), replicas, now - UNPROVED_MS);
  const lacking = owners.filter(ref => !keyless.has(ref) && !proved(ref));
  return { checked, withoutReplica: lacking.length, failures: [...regions.failures].sort() };
}

/** Those never seen complete first, then those seen longest ago. */
function dueKeys(
  owners: readonly TenantRef[],
  notes: ReadonlyMap<TenantRef, ReplicatedKey>,
  replicas: KeyReplicas,
  now: number,
): TenantRef[] {
  const since = (ref: TenantRef) => {
    const note = notes.get(ref);
    return isComplete(note, replicas, 0) ? note!.at : '';
  };
  return owners
    .filter(ref => !isComplete(notes.get(ref), replicas, now - CHECK_AGAIN_MS))
    .toSorted((a, b) => (since(a) < since(b) ? -1 : 1));
}

function isComplete(note: ReplicatedKey | undefined, { regions }: KeyReplicas, after: number): boolean {
  return note !== undefined && Date.parse(note.at) > after && regions.every(region => note.regions.includes(region));
}

async function note(deps: ReplicateDeps, ref: TenantRef, regions: readonly string[]): Promise<ReplicatedKey> {
  const value = { ref, regions: [...regions], at: deps.clock.now().toISOString() };
  await deps.catalog.write([{ put: { partition: PARTITION, sort: ref, value } }]);
  return value;
}

interface Found {
  readonly there: string[];
  /** Regions that did not answer. */
  readonly unknown: number;
}

/** Asks region by region, and remembers which do not answer. */
class Regions {
  readonly failures = new Set<string>();
  readonly #replicas: KeyReplicas;
  readonly #silences = new Map<string, number>();

  constructor(replicas: KeyReplicas) {
    this.#replicas = replicas;
  }

  /** Undefined if the owner has no key. */
  async withKeyOf(owner: TenantRef): Promise<Found | undefined> {
    const there: string[] = [];
    let unknown = 0;
    for (const region of this.#replicas.regions) {
      const answer = await this.#ask(owner, region);
      if (answer === 'no key') return undefined;
      if (answer === 'there') there.push(region);
      if (answer === 'unknown') unknown += 1;
    }
    return { there, unknown };
  }

  async #ask(owner: TenantRef, region: string): Promise<'there' | 'missing' | 'unknown' | 'no key'> {
    const silences = this.#silences.get(region) ?? 0;
    if (silences >= SILENT_AFTER) return 'unknown';
    try {
      return (await this.#replicas.replicate(owner, region)) ? 'there' : 'no key';
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      this.failures.add(error.code);
      if (error.code === 'key-unusable') return 'missing';
      this.#silences.set(region, silences + 1);
      return 'unknown';
    }
  }
}
