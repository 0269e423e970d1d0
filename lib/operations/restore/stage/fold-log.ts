/**
 * Folds what the logs tell about one tenant's rows. Own changes are the tenant's by construction. An unrouted one is
 * offered to every tenant and judged by the tenant's own rows at its position: a row of a table with the tenant column
 * belongs or is gone, a row that is reached through a parent belongs where that parent is the tenant's once its
 * transaction is through. So a batch that holds such rows is applied before a later transaction changes their parents.
 */
import { parseMessage, type RowMessage, TAG } from '../../../codec/pgoutput.ts';
import { completed, foldRow, isBlindUpdate, toNetChange } from '../../../codec/row-change.ts';
import type { Lsn } from '../../../domain/lsn.ts';
import type { NetBatch, NetChange } from '../../../domain/net-batch.ts';
import type { NetChanges } from '../../../domain/net-changes.ts';
import { RowCursor } from '../../../domain/row-cursor.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { canonicalTenant } from '../../../domain/tenant-text.ts';
import type { LoggedChange, RelationTarget } from './merge-log.ts';

const NOTHING: readonly NetBatch[] = [];

export interface FoldBy {
  readonly tenant: string;
  /** The snapshot is consistent here: before it, the log tells what the rows that were read may have already. */
  readonly consistent: Lsn;
  /** Tables to whose rows others refer. */
  readonly parents: ReadonlySet<TableName>;
  /** The transaction in which an earlier process ended, leaving rows undecided. */
  readonly within: Lsn | undefined;
}

export class LogFolder {
  readonly #net: NetChanges;
  readonly #row = new RowCursor();
  readonly #by: FoldBy;
  #commit: Lsn | undefined;
  /** Tables that other transactions of the batch, and the open one, put offered rows into: what these refer to. */
  #decided = new Set<TableName>();
  #open = new Set<TableName>();
  /** Rows of the open transaction were handed out undecided. */
  #within: boolean;
  /** Changes taken in. */
  seen = 0;

  constructor(net: NetChanges, by: FoldBy) {
    this.#net = net;
    this.#by = by;
    this.#commit = by.within;
    this.#within = by.within !== undefined;
  }

  /** Returns the batches that must be applied now. */
  fold(change: LoggedChange): readonly NetBatch[] {
    const first = change.commit === this.#commit ? NOTHING : this.#begin(change.commit);
    const before = this.#decided.size > 0 ? this.#beforeParents(change.targets) : NOTHING;
    const offers = isOffered(change);
    const batches = this.#handOut(this.#take(change, offers), offers);
    if (offers) this.#open.add(parentOf(change.targets[0]!));
    return first.length + before.length === 0 ? batches : [...first, ...before, ...batches];
  }

  /** What is left; `through`: the log ends here. */
  end(through: boolean): readonly NetBatch[] {
    if (through) this.#open.clear();
    return this.#handOut(this.#net.end(), false);
  }

  #begin(commit: Lsn): readonly NetBatch[] {
    this.#commit = commit;
    if (this.#within) {
      this.#within = false;
      this.#open.clear();
      this.#decided.clear();
      return [...this.#net.end(), { tables: [], settles: true }];
    }
    for (const table of this.#open) this.#decided.add(table);
    this.#open.clear();
    return NOTHING;
  }

  #beforeParents(targets: readonly RelationTarget[]): readonly NetBatch[] {
    if (!targets.some(({ owned }) => this.#decided.has(owned.table))) return NOTHING;
    return this.#handOut(this.#net.end(), false);
  }

  #handOut(batches: readonly NetBatch[], offers: boolean): readonly NetBatch[] {
    if (batches.length === 0) return batches;
    const within = this.#open.size > 0 || offers ? this.#commit : undefined;
    this.#open.clear();
    this.#decided.clear();
    if (within === undefined) return batches;
    this.#within = true;
    return batches.map(batch => ({ ...batch, within }));
  }

  #take(change: LoggedChange, offers: boolean): readonly NetBatch[] {
    const { lsn, own, bytes, start, end, targets } = change;
    if (bytes[start] === TAG.truncate)
      return this.#add(targets.map(({ shape }) => ({ kind: 'truncate', lsn, table: shape.table })));
    const target = targets[0]!;
    if (target.shape.key.length === 0) return NOTHING;
    const claimed = this.#isClaimed(change);
    if (own || offers || bytes[start] === TAG.delete) {
      this.seen += 1;
      const row = this.#row.moveTo(lsn, bytes, start, end);
      row.offered = offers;
      row.claimed = claimed;
      return foldRow(this.#net, target.shape, row);
    }
    const row = parseMessage(bytes.subarray(start, end)) as RowMessage;
    const put = toNetChange(row, target.shape, lsn);
    const isOwn = belongs(row, target, this.#by.tenant);
    // Its tenant column is unchanged and not told: who has the row keeps it.
    if (isOwn === undefined && put.kind === 'put') return this.#add([{ ...put, offered: true, claimed }]);
    return this.#add(!isOwn ? gone(put) : put.kind === 'put' ? [{ ...put, claimed }] : [put]);
  }

  /**
   * The update of a parent that does not tell what it was before: where the row is not there, it came from another tenant,
   * and with it came rows of which the log says nothing.
   */
  #isClaimed({ commit, bytes, start, targets }: LoggedChange): boolean {
    const { consistent, parents } = this.#by;
    return isBlindUpdate(bytes, start) && commit > consistent && parents.has(targets[0]!.owned.table);
  }

  #add(changes: readonly NetChange[]): readonly NetBatch[] {
    this.seen += changes.length;
    return changes.flatMap(change => this.#net.add(change));
  }
}

/** Whether a row's parent decides, when it is applied, whose it is. */
function isOffered({ own, bytes, start, targets }: LoggedChange): boolean {
  const tag = bytes[start];
  return !own && (tag === TAG.insert || tag === TAG.update) && targets[0]!.owned.kind === 'via';
}

function parentOf({ owned }: RelationTarget): TableName {
  return owned.kind === 'via' ? owned.path[0]!.references : owned.table;
}

/** Whether an inserted or updated row of a table with the tenant column is the tenant's; undefined: it does not say. */
function belongs(row: RowMessage, { owned, shape, canonical }: RelationTarget, tenant: string): boolean | undefined {
  const value = owned.kind === 'via' ? undefined : completed(row)[shape.columns.indexOf(owned.column)];
  if (!value) return value === null ? false : undefined;
  const name = canonicalTenant(canonical, value.toString('utf8'));
  // Only the database can tell: it is asked when all is replayed.
  return name === undefined || name === canonicalTenant(canonical, tenant);
}

/** Another tenant's row now: whatever stood under its keys is not this tenant's any more. */
function gone(change: NetChange): NetChange[] {
  if (change.kind !== 'put') return [change];
  const { shape, lsn, values, oldKey } = change;
  const key = shape.key.map(index => values[index]);
  const keys = oldKey ? [oldKey, key] : [key];
  return keys.map(each => ({ kind: 'delete', lsn, shape, key: each }));
}
