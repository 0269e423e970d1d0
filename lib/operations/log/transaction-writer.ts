/**
 * Writes messages into tenants' frames so that each segment holds whole transactions: B before a tenant's first change
 * of a transaction, the relation before its first use in the segment, C at the end. Copies bytes; allocates nothing for
 * an ordinary change.
 */
import { type Lsn, lsn } from '../../domain/lsn.ts';
import type { RelationRoute } from './relation-route.ts';
import type { SegmentBuffers, TenantLog } from './segment-buffers.ts';

const BEGIN_BYTES = 21;

export class TransactionWriter {
  readonly #buffers: SegmentBuffers;
  /** LSN (8 bytes) and message of the transaction's B. */
  readonly #begin = Buffer.alloc(8 + BEGIN_BYTES);
  /** The tenants that have changes in the open transaction. */
  #touched: TenantLog[] = [];
  #serial = 0;

  constructor(buffers: SegmentBuffers) {
    this.#buffers = buffers;
  }

  begin(bytes: Buffer, lsnAt: number, start: number): void {
    bytes.copy(this.#begin, 0, lsnAt, lsnAt + 8);
    bytes.copy(this.#begin, 8, start, start + BEGIN_BYTES);
    this.#serial++;
    this.#touched = [];
  }

  /** Writes C to every tenant that the transaction touched; whether there was one. */
  end(commitLsn: Lsn, commitTime: bigint, bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    for (const log of this.#touched) {
      this.#add(log, bytes, lsnAt, start, end);
      log.firstCommit ??= commitLsn;
      log.lastCommit = commitLsn;
      if (log.transactions === 0 || commitTime < log.minCommitTime) log.minCommitTime = commitTime;
      if (log.transactions === 0 || commitTime > log.maxCommitTime) log.maxCommitTime = commitTime;
      log.transactions++;
      log.changes += log.openChanges;
      log.openChanges = 0;
      if (this.#buffers.isFull(log)) this.#buffers.seal(log);
    }
    return this.#touched.length > 0;
  }

  change(log: TenantLog, route: RelationRoute, bytes: Buffer, lsnAt: number, start: number, end: number): void {
    this.write(log, route, bytes, lsnAt, start, end);
    log.openChanges++;
  }

  changeBuilt(log: TenantLog, route: RelationRoute, bytes: Buffer, lsnAt: number, message: Buffer): void {
    this.#enter(log);
    this.tell(log, route, bytes, lsnAt);
    const before = log.frames.capacity;
    log.frames.add(lsn(bytes.readBigUInt64BE(lsnAt)), message);
    this.#buffers.openBytes += log.frames.capacity - before;
    log.openChanges++;
  }

  write(
    log: TenantLog,
    route: RelationRoute | undefined,
    bytes: Buffer,
    lsnAt: number,
    start: number,
    end: number,
  ): void {
    if (log.transaction !== this.#serial) this.#enter(log);
    if (route !== undefined && log.told.get(route.relation.oid) !== route) this.tell(log, route, bytes, lsnAt);
    this.#add(log, bytes, lsnAt, start, end);
    if (this.#buffers.isFull(log)) this.#buffers.seal(log);
  }

  /** The transaction begins in this log with the first change of its tenant. */
  #enter(log: TenantLog): void {
    if (log.transaction === this.#serial) return;
    log.transaction = this.#serial;
    this.#touched.push(log);
    this.#add(log, this.#begin, 0, 8, 8 + BEGIN_BYTES);
  }

  tell(log: TenantLog, route: RelationRoute, bytes: Buffer, lsnAt: number): void {
    this.#enter(log);
    if (log.told.get(route.relation.oid) === route) return;
    log.told.set(route.relation.oid, route);
    const before = log.frames.capacity;
    log.frames.add(lsn(bytes.readBigUInt64BE(lsnAt)), route.bytes);
    this.#buffers.openBytes += log.frames.capacity - before;
  }

  #add(log: TenantLog, bytes: Buffer, lsnAt: number, start: number, end: number): void {
    const before = log.frames.capacity;
    log.frames.addFrom(bytes, lsnAt, start, end);
    this.#buffers.openBytes += log.frames.capacity - before;
  }
}
