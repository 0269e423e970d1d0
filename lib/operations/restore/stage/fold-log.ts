/**
 * Folds the logs' changes of one tenant's rows. Own changes are the tenant's by construction. An unrouted one is
 * offered to every tenant and decided by the tenant's own rows at its position: a row of a table with the tenant column
 * either belongs to the tenant or is gone, a row reached through a parent belongs to the tenant if that parent does at
 * the end of the transaction. So a batch with such rows is applied before a later transaction changes their parents.
 */
import { parseMessage, type RowMessage, TAG } from '../../../codec/pgoutput.ts';
import { completed, foldRow, isBlindUpdate, toNetChange } from '../../../codec/row-change.ts';
import type { Lsn } from '../../../domain/lsn.ts';
import type { NetBatch, NetChange } from '../../../domain/net-batch.ts';
import type { NetChanges } from '../../../domain/net-changes.ts';
import { RowCursor } from '../../../domain/row-cursor.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { canonicalTenant } from '../../../domain/tenant-text.ts';
import { VacatedKeys } from '../../../domain/vacated-keys.ts';
import { unnamedRows, unprovedRow } from '../../../postgres/staging/settle-stage.ts';
import type { LoggedChange, RelationTarget } from './merge-log.ts';

const NOTHING: readonly NetBatch[] = [];

export interface FoldBy {
  readonly tenant: string;
  /**
   * The snapshot is consistent at this position: the rows that were read may already contain earlier changes of the
   * log.
   */
  readonly consistent: Lsn;
  /** Tables with rows that others refer to. */
  readonly parents: ReadonlySet<TableName>;
  /** The transaction in which an earlier process ended, leaving rows undecided. */
  readonly within: Lsn | undefined;
  /** An earlier process replayed the log up to here. */
  readonly resumed: boolean;
}

export class LogFolder {
  readonly #net: NetChanges;
  readonly #row = new RowCursor();
  readonly #by: FoldBy;
  readonly #vacated: VacatedKeys;
  #commit: Lsn | undefined;
  /** The tables referred to by offered rows of other transactions in the batch, and of the open one. */
  #decided = new Set<TableName>();
  #open = new Set<TableName>();
  /** Rows of the open transaction were emitted undecided. */
  #within: boolean;
  /** Changes consumed. */
  seen = 0;

  constructor(net: NetChanges, by: FoldBy) {
    this.#net = net;
    this.#by = by;
    this.#vacated = new VacatedKeys(by.resumed);
    this.#commit = by.within;
    this.#within = by.within !== undefined;
  }

  /** Returns the batches that must be applied now. TargetError `incomplete-row`. */
  fold(change: LoggedChange): readonly NetBatch[] {
    if (change.commit <= this.#by.consistent) this.#proveValues(change);
    const first = change.commit === this.#commit ? NOTHING : this.#begin(change.commit);
    const before = this.#decided.size > 0 ? this.#beforeParents(change.targets) : NOTHING;
    const offers = isOffered(change);
    const batches = this.#handOut(this.#take(change, offers), offers);
    if (offers) this.#open.add(parentOf(change.targets[0]!));
    return first.length + before.length === 0 ? batches : [...first, ...before, ...batches];
  }

  /** The remaining batches; `through`: the log ends here. */
  end(through: boolean): readonly NetBatch[] {
    if (through) this.#open.clear();
    return this.#handOut(this.#net.end(), false);
  }

  /** Where the base may contain later changes: that the row takes no value from another row. */
  #proveValues({ bytes, start, end, lsn, folded, targets }: LoggedChange): void {
    if (bytes[start] === TAG.truncate) {
      for (const { shape } of targets) this.#vacated.proves({ kind: 'truncate', lsn, table: shape.table });
      return;
    }
    const { shape } = targets[0]!;
    if (shape.key.length === 0 || (!folded && keepsKey(bytes, start))) return;
    const row = parseMessage(bytes.subarray(start, end)) as RowMessage;
    if (!this.#vacated.proves(toNetChange(row, shape, lsn), folded)) throw unprovedRow(shape.table);
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
    if (target.shape.key.length === 0) throw unnamedRows(target.shape.table);
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
    // Its tenant column is unchanged and not in the log: whoever has the row keeps it.
    if (isOwn === undefined && put.kind === 'put') return this.#add([{ ...put, offered: true, claimed }]);
    return this.#add(!isOwn ? gone(put) : put.kind === 'put' ? [{ ...put, claimed }] : [put]);
  }

  /**
   * The update of a parent without its old values: where the row does not exist, it came from another tenant, together
   * with rows that the log does not contain.
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

/** Whether no row leaves its key: an insert, or an update without the old values. */
function keepsKey(bytes: Buffer, start: number): boolean {
  return bytes[start] === TAG.insert || isBlindUpdate(bytes, start);
}

/** Whether a row's tenant is decided by its parent when it is applied. */
function isOffered({ own, bytes, start, targets }: LoggedChange): boolean {
  const tag = bytes[start];
  return !own && (tag === TAG.insert || tag === TAG.update) && targets[0]!.owned.kind === 'via';
}

function parentOf({ owned }: RelationTarget): TableName {
  return owned.kind === 'via' ? owned.path[0]!.references : owned.table;
}

/** Whether an inserted or updated row of a table with the tenant column is the tenant's; undefined: unknown. */
function belongs(row: RowMessage, { owned, shape, canonical }: RelationTarget, tenant: string): boolean | undefined {
  const value = owned.kind === 'via' ? undefined : completed(row)[shape.columns.indexOf(owned.column)];
  if (!value) return value === null ? false : undefined;
  const name = canonicalTenant(canonical, value.toString('utf8'));
  // Only the database can decide: it is queried once everything is replayed.
  return name === undefined || name === canonicalTenant(canonical, tenant);
}

/** Another tenant's row now: rows with its keys no longer belong to this tenant. */
function gone(change: NetChange): NetChange[] {
  if (change.kind !== 'put') return [change];
  const { shape, lsn, values, oldKey } = change;
  const key = shape.key.map(index => values[index]);
  const keys = oldKey ? [oldKey, key] : [key];
  return keys.map(each => ({ kind: 'delete', lsn, shape, key: each }));
}
