/**
 * Folds what the logs tell about one tenant's rows. Own changes are the tenant's by construction; an unrouted one is
 * offered to every tenant and judged here: a row of a table with the tenant column belongs or is gone, a row that is
 * reached through a parent is taken along and judged when all is replayed (settle-stage.ts).
 */
import { parseMessage, type RowMessage, TAG } from '../../codec/pgoutput.ts';
import { completed, foldRow, toNetChange } from '../../codec/row-change.ts';
import type { NetBatch, NetChange, NetChanges } from '../../domain/net-changes.ts';
import { canonicalTenant } from '../../domain/tenant-text.ts';
import type { LoggedChange, RelationTarget } from './merge-log.ts';

const NOTHING: readonly NetBatch[] = [];

export class LogFolder {
  readonly #net: NetChanges;
  readonly #tenant: string;
  /** Changes taken in. */
  seen = 0;

  constructor(net: NetChanges, tenant: string) {
    this.#net = net;
    this.#tenant = tenant;
  }

  /** Returns the batches that must be applied now. */
  fold({ lsn, own, bytes, start, end, targets }: LoggedChange): readonly NetBatch[] {
    if (bytes[start] === TAG.truncate)
      return this.#add(targets.map(({ shape }) => ({ kind: 'truncate', lsn, table: shape.table })));
    const target = targets[0]!;
    if (target.shape.key.length === 0) return NOTHING;
    if (own || target.owned.kind === 'via' || bytes[start] === TAG.delete) {
      this.seen += 1;
      return foldRow(this.#net, target.shape, lsn, bytes, start, end);
    }
    const row = parseMessage(bytes.subarray(start, end)) as RowMessage;
    const change = toNetChange(row, target.shape, lsn);
    return this.#add(belongs(row, target, this.#tenant) ? [change] : gone(change));
  }

  #add(changes: readonly NetChange[]): readonly NetBatch[] {
    this.seen += changes.length;
    return changes.flatMap(change => this.#net.add(change));
  }
}

/** Whether an inserted or updated row of a table with the tenant column is the tenant's. */
function belongs(row: RowMessage, { owned, shape, canonical }: RelationTarget, tenant: string): boolean {
  if (owned.kind === 'via') return true;
  const values = completed(row);
  const value = values[shape.columns.indexOf(owned.column)];
  if (value === undefined || value === null) return false;
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
