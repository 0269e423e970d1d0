/**
 * Finds the transactions of a tenant that did much, or that the application named. Segments that cannot contain one by
 * their summaries are not opened. Counts and contexts, no row values.
 *
 * Only the tenant's own segments are searched, and truncates of the unrouted log, which concern every tenant: whose its
 * other changes are, a restore alone decides (describe-log.ts). A revert, which is one, asks for those too.
 */
import { type TableSum, totalOf } from '../../domain/activity.ts';
import type { SegmentEntry } from '../../domain/log-manifest.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import {
  type Counted,
  countedOf,
  isWanted,
  mayHaveWanted,
  mostPossible,
  type TransactionFilter,
} from '../../domain/transaction-filter.ts';
import { SeenRows } from './describe-changes.ts';
import {
  type LogBounds,
  type LoggedTransaction,
  listSegments,
  mergeTransactions,
  truncationsIn,
} from './describe-log.ts';
import { type LoggedRun, type LoggedRunsDeps, segmentOf } from './logged-runs.ts';

export interface TransactionSearch {
  readonly bounds: LogBounds;
  readonly filter: TransactionFilter;
  /** `time`: newest first; otherwise the greatest first, and of equal ones the newest. */
  readonly sort: Counted | 'time';
  readonly limit: number;
  /** Also transactions of which the unrouted log has row changes: they may be another tenant's alone. */
  readonly unrouted?: boolean;
}

export interface FoundTransactions {
  readonly transactions: readonly LoggedTransaction[];
  /** There are others that are wanted. */
  readonly more: boolean;
  /** Segments with commits in the bounds, and how many of them were opened. */
  readonly segments: number;
  readonly opened: number;
}

/** IntegrityError naming the object. `runs`: in log order. */
export async function searchTransactions(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  runs: readonly LoggedRun[],
  search: TransactionSearch,
): Promise<FoundTransactions> {
  const best = new Best(search);
  let [segments, opened] = [0, 0];
  for (const run of runs.toReversed()) {
    if (best.isComplete) break;
    const owners = ([tenant, SYSTEM] as const).filter(owner => segmentOf(owner, run) !== undefined);
    segments += owners.length;
    const lists = new Map<TenantRef, LoggedTransaction[]>();
    for (const owner of owners) {
      const item = segmentOf(owner, run)!;
      const entry: SegmentEntry = item.entry;
      const truncatesOnly = owner === SYSTEM && search.unrouted !== true;
      if (!(truncatesOnly ? mayTruncate(entry) : best.mayTake(entry))) continue;
      opened += 1;
      const reading = { owner, bounds: { ...search.bounds, changes: 0 }, seen: new SeenRows(), verify: false };
      const found = await listSegments(deps, [item], reading);
      lists.set(owner, truncatesOnly ? truncationsIn(found) : found);
    }
    best.take(mergeTransactions(lists.get(SYSTEM) ?? [], lists.get(tenant) ?? []));
  }
  return { ...best.result(), segments, opened };
}

function mayTruncate({ activity }: SegmentEntry): boolean {
  return activity === undefined || totalOf(activity.tables).truncate > 0;
}

/** The wanted ones that come first, with one more, which shows that there are more. */
class Best {
  readonly #search: TransactionSearch;
  #kept: LoggedTransaction[] = [];
  #more = false;

  constructor(search: TransactionSearch) {
    this.#search = search;
  }

  /** Nothing earlier can be among them. */
  get isComplete(): boolean {
    return this.#search.sort === 'time' && this.#more;
  }

  mayTake(entry: SegmentEntry): boolean {
    const { filter, sort, limit } = this.#search;
    if (!mayHaveWanted(entry, filter)) return false;
    const last = this.#kept[limit - 1];
    if (last === undefined || sort === 'time' || !this.#more) return true;
    return mostPossible(entry, sort, filter.table) > rankOf(last.tables, sort);
  }

  /** Of one run, in log order; runs come newest first. */
  take(transactions: readonly LoggedTransaction[]): void {
    const { filter, sort, limit } = this.#search;
    this.#kept.push(...transactions.filter(each => isWanted(each, filter)).reverse());
    if (sort !== 'time') this.#kept.sort((a, b) => compare(rankOf(b.tables, sort), rankOf(a.tables, sort)));
    if (this.#kept.length > limit) {
      this.#more = true;
      this.#kept.length = limit;
    }
  }

  result(): Pick<FoundTransactions, 'transactions' | 'more'> {
    return { transactions: this.#kept, more: this.#more };
  }
}

function rankOf(tables: readonly TableSum[], sort: Counted): number {
  return countedOf(totalOf(tables), sort);
}

/** Also of infinities. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
