/**
 * Writes messages into tenants' frames so that each segment contains complete transactions: B before a tenant's first
 * change of a transaction, the relation before its first use in the segment, what the application said about the
 * transaction, C at the end. Copies bytes; allocates nothing for an ordinary change.
 */
import { MessageCursor } from '../../codec/message-cursor.ts';
import { parseMessage } from '../../codec/pgoutput.ts';
import { formatLsn, type Lsn } from '../../domain/lsn.ts';
import { type ContextFilter, parseContext } from '../../domain/transaction-context.ts';
import type { RelationRoute } from './relation-route.ts';
import type { SegmentBuffers, TenantLog } from './segment-buffers.ts';

export class TransactionWriter {
  readonly #buffers: SegmentBuffers;
  /** The transaction's B. */
  readonly #begin = new MessageCursor();
  /** What the application said last about the open transaction. */
  readonly #context = new MessageCursor();
  #hasContext = false;
  /** The tenants with changes in the open transaction. */
  #touched: TenantLog[] = [];
  #serial = 0;

  /** Positions of large transactions with a context that is named as quiet. */
  readonly quiet = new Set<string>();
  readonly #quietFilters: readonly ContextFilter[];
  #isRestoring = false;

  constructor(buffers: SegmentBuffers, quietFilters: readonly ContextFilter[]) {
    this.#buffers = buffers;
    this.#quietFilters = quietFilters;
  }

  begin(at: MessageCursor): void {
    this.#begin.keep(at);
    this.#serial++;
    this.#touched = [];
    this.#hasContext = false;
    this.#isRestoring = false;
  }

  /** The open transaction says that Holdfast restored in it. */
  restoring(): void {
    this.#isRestoring = true;
  }

  /** Kept until the end: only then is it known whose rows the transaction changed. */
  context(at: MessageCursor): void {
    this.#context.keep(at);
    this.#hasContext = true;
  }

  /** Writes C for every tenant that the transaction changed; returns whether there was one. */
  end(at: MessageCursor, commitLsn: Lsn, commitTime: bigint): boolean {
    const { xid } = this.#begin;
    const ended = { xid, commitLsn, commitTime };
    let isLarge = false;
    for (const log of this.#touched) {
      // At the position of C: frames are in the order of their positions.
      if (this.#hasContext && log.openChanges > 0) this.#buffers.appendBuilt(log, at.lsn, this.#context.message);
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
      isLarge = log.activity.end(ended, this.#isRestoring) || isLarge;
      if (this.#buffers.isFull(log)) this.#buffers.seal(log);
    }
    if (isLarge && this.#isQuiet()) this.quiet.add(formatLsn(commitLsn));
    return this.#touched.length > 0;
  }

  #isQuiet(): boolean {
    if (!this.#hasContext || this.#quietFilters.length === 0) return false;
    const message = parseMessage(Buffer.from(this.#context.message));
    const context = parseContext(message.type === 'message' ? message.content.toString('utf8') : '');
    return this.#quietFilters.some(isMeant => isMeant(context));
  }

  /** The change of a row as it is in the block. */
  change(log: TenantLog, route: RelationRoute, at: MessageCursor): void {
    if (log.transaction !== this.#serial) this.#enter(log);
    if (log.written.get(route.relation.oid) !== route) this.writeRelation(log, route, at.lsn);
    this.write(log, at);
    log.openChanges++;
    log.activity.count(route.name, at.tag);
  }

  /** A change built for this tenant, which is in no block. */
  changeBuilt(log: TenantLog, route: RelationRoute, lsn: Lsn, message: Buffer): void {
    this.writeRelation(log, route, lsn);
    this.#buffers.appendBuilt(log, lsn, message);
    log.openChanges++;
    log.activity.count(route.name, message[0]!);
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
