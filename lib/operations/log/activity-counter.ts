/**
 * Counts one tenant's changes while they are routed: per table, and the largest transactions (domain/activity.ts).
 * Allocates nothing for an ordinary change, and for a transaction only where it is among the largest so far. Memory: a
 * counter for each table that the tenant changed in the run.
 */
import { TAG } from '../../codec/pgoutput.ts';
import { type Activity, LARGEST_BY_CHANGES, type TableSum, type TransactionSums } from '../../domain/activity.ts';
import { formatLsn, type Lsn } from '../../domain/lsn.ts';
import { serverTimeText } from '../../domain/server-time.ts';
import type { TableName } from '../../domain/table-schema.ts';

interface Counter {
  /** Of the transactions that ended. */
  readonly sum: Counts;
  /** Of the open one. */
  readonly open: Counts;
}

/** Changeable. */
type Counts = { -readonly [K in keyof TableSum]: TableSum[K] };

/** The transaction that ends. */
export interface EndedTransaction {
  readonly xid: number;
  readonly commitLsn: Lsn;
  readonly commitTime: bigint;
}

interface Ranked {
  readonly sums: TransactionSums;
  readonly lsn: Lsn;
  readonly rank: number;
}

/** Of one tenant in one run. */
const MOST_RESTORING = 1000;

export class ActivityCounter {
  readonly #counters = new Map<TableName, Counter>();
  /** The table of the last change: most follow one of the same table. */
  #table = '';
  #counter: Counter | undefined;
  /** Those with changes of the open transaction. */
  readonly #open: Counter[] = [];
  /** In falling order. */
  readonly #byChanges: Ranked[] = [];
  #byDeletes: Ranked | undefined;
  #byUpdates: Ranked | undefined;

  /** `tag`: of a row message or a truncate. */
  count(table: TableName, tag: number): void {
    const { open } = this.#counter !== undefined && table === this.#table ? this.#counter : this.#counterOf(table);
    if (open.insert + open.update + open.delete + open.truncate === 0) this.#open.push(this.#counter!);
    if (tag === TAG.insert) open.insert++;
    else if (tag === TAG.update) open.update++;
    else if (tag === TAG.delete) open.delete++;
    else open.truncate++;
  }

  /** Transactions that say that Holdfast restored in them, however small. */
  readonly restoring: TransactionSums[] = [];

  /**
   * Adds the open transaction; returns whether it is among the largest so far. `restoring`: it says that Holdfast restored
   * in it; beyond a number of such it is one like any other.
   */
  end(transaction: EndedTransaction, restoring = false): boolean {
    let [changes, updates, deletes] = [0, 0, 0];
    for (const { sum, open } of this.#open) {
      sum.insert += open.insert;
      sum.update += open.update;
      sum.delete += open.delete;
      sum.truncate += open.truncate;
      changes += open.insert + open.update + open.delete + open.truncate;
      updates += open.update;
      deletes += open.truncate > 0 ? Number.POSITIVE_INFINITY : open.delete;
    }
    if (restoring && this.#open.length > 0 && this.restoring.length < MOST_RESTORING)
      this.restoring.push(this.#sumsOf(transaction));
    const isLargest = this.#rank(transaction, changes, updates, deletes);
    for (const { open } of this.#open) {
      open.insert = 0;
      open.update = 0;
      open.delete = 0;
      open.truncate = 0;
    }
    this.#open.length = 0;
    return isLargest;
  }

  /** Undefined where nothing was counted. */
  get activity(): Activity | undefined {
    if (this.#counters.size === 0) return undefined;
    const ranked = new Map<Lsn, TransactionSums>();
    for (const each of [...this.#byChanges, this.#byDeletes, this.#byUpdates])
      if (each) ranked.set(each.lsn, each.sums);
    const largest = [...ranked].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sums]) => sums);
    return { tables: [...this.#counters.values()].map(({ sum }) => sum).sort(byTable), largest };
  }

  #counterOf(table: TableName): Counter {
    let counter = this.#counters.get(table);
    if (counter === undefined) {
      counter = { sum: zero(table), open: zero(table) };
      this.#counters.set(table, counter);
    }
    this.#table = table;
    this.#counter = counter;
    return counter;
  }

  #rank(transaction: EndedTransaction, changes: number, updates: number, deletes: number): boolean {
    const isLarge = changes > (this.#byChanges[LARGEST_BY_CHANGES - 1]?.rank ?? 0);
    const hasMostDeletes = deletes > (this.#byDeletes?.rank ?? 0);
    const hasMostUpdates = updates > (this.#byUpdates?.rank ?? 0);
    if (!isLarge && !hasMostDeletes && !hasMostUpdates) return false;
    const sums = this.#sumsOf(transaction);
    const ranked = (rank: number): Ranked => ({ sums, lsn: transaction.commitLsn, rank });
    if (hasMostDeletes) this.#byDeletes = ranked(deletes);
    if (hasMostUpdates) this.#byUpdates = ranked(updates);
    if (!isLarge) return true;
    const place = this.#byChanges.findIndex(other => other.rank < changes);
    this.#byChanges.splice(place < 0 ? this.#byChanges.length : place, 0, ranked(changes));
    if (this.#byChanges.length > LARGEST_BY_CHANGES) this.#byChanges.pop();
    return true;
  }

  #sumsOf({ xid, commitLsn, commitTime }: EndedTransaction): TransactionSums {
    const tables = this.#open.map(({ open }) => ({ ...open })).sort(byTable);
    return { xid, lsn: formatLsn(commitLsn), time: serverTimeText(commitTime), tables };
  }
}

function zero(table: TableName): Counts {
  return { table, insert: 0, update: 0, delete: 0, truncate: 0 };
}

function byTable(a: TableSum, b: TableSum): number {
  return a.table < b.table ? -1 : 1;
}
