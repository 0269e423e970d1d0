/**
 * Writes messages into tenants' frames so that each segment contains complete transactions: B before a tenant's first
 * change of a transaction, the relation before its first use in the segment, C at the end. Copies bytes; allocates
 * nothing for an ordinary change.
 */
import { MessageCursor } from '../../codec/message-cursor.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { RelationRoute } from './relation-route.ts';
import type { SegmentBuffers, TenantLog } from './segment-buffers.ts';

export class TransactionWriter {
  readonly #buffers: SegmentBuffers;
  /** The transaction's B. */
  readonly #begin = new MessageCursor();
  /** The tenants with changes in the open transaction. */
  #touched: TenantLog[] = [];
  #serial = 0;

  constructor(buffers: SegmentBuffers) {
    this.#buffers = buffers;
  }

  begin(at: MessageCursor): void {
    this.#begin.keep(at);
    this.#serial++;
    this.#touched = [];
  }

  /** Writes C for every tenant that the transaction changed; returns whether there was one. */
  end(at: MessageCursor, commitLsn: Lsn, commitTime: bigint): boolean {
    const { xid } = this.#begin;
    for (const log of this.#touched) {
      this.#buffers.append(log, at);
      log.firstCommit ??= commitLsn;
      log.lastCommit = commitLsn;
      if (log.transactions === 0 || commitTime < log.minCommitTime) log.minCommitTime = commitTime;
      if (log.transactions === 0 || commitTime > log.maxCommitTime) log.maxCommitTime = commitTime;
      log.leastXid = Math.min(log.leastXid, xid);
      log.greatestXid = Math.max(log.greatestXid, xid);
      log.transactions++;
      log.changes += log.openChanges;
      log.openChanges = 0;
      if (this.#buffers.isFull(log)) this.#buffers.seal(log);
    }
    return this.#touched.length > 0;
  }

  /** The change of a row as it is in the block. */
  change(log: TenantLog, route: RelationRoute, at: MessageCursor): void {
    if (log.transaction !== this.#serial) this.#enter(log);
    if (log.written.get(route.relation.oid) !== route) this.writeRelation(log, route, at.lsn);
    this.write(log, at);
    log.openChanges++;
  }

  /** A change built for this tenant, which is in no block. */
  changeBuilt(log: TenantLog, route: RelationRoute, lsn: Lsn, message: Buffer): void {
    this.writeRelation(log, route, lsn);
    this.#buffers.appendBuilt(log, lsn, message);
    log.openChanges++;
  }

  /** The message as it is in the block. */
  write(log: TenantLog, at: MessageCursor): void {
    if (log.transaction !== this.#serial) this.#enter(log);
    this.#buffers.append(log, at);
    if (this.#buffers.isFull(log)) this.#buffers.seal(log);
  }

  /** The relation's definition, where this segment does not have it yet. */
  writeRelation(log: TenantLog, route: RelationRoute, lsn: Lsn): void {
    if (log.transaction !== this.#serial) this.#enter(log);
    if (log.written.get(route.relation.oid) === route) return;
    log.written.set(route.relation.oid, route);
    this.#buffers.appendBuilt(log, lsn, route.bytes);
  }

  /** Begins the transaction in this log, at its tenant's first change. */
  #enter(log: TenantLog): void {
    log.transaction = this.#serial;
    this.#touched.push(log);
    this.#buffers.append(log, this.#begin);
  }
}
