/**
 * Routes decoded changes to their tenants. Works on blocks of CopyData messages as they came over the wire: looks at the bytes
 * that say whose a row is and copies the message to that tenant's frames; nothing else is parsed.
 *
 * Invariants: whole transactions, in commit order; nothing that was decoded is dropped: what cannot be routed goes to
 * the unrouted log (SYSTEM); a segment never holds a row image of another tenant: a row that moves is split.
 */

import { KEY, NEW, OLD, parseMessage, type Relation, type RowMessage, TAG } from '../../codec/pgoutput.ts';
import { buildInsert } from '../../codec/pgoutput-build.ts';
import { filled } from '../../codec/row-change.ts';
import { hasUnchanged, tupleEnd } from '../../codec/tuple-scan.ts';
import type { Lsn } from '../../domain/lsn.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { XLOG_HEADER } from '../../postgres/log/log-stream.ts';
import type { Context } from '../context.ts';
import type { ParentTenants } from './parent-tenants.ts';
import type { RelationRoute, RouteTable } from './relation-route.ts';
import { type RouteEvents, readMessage } from './route-events.ts';
import { RowOwner } from './row-owner.ts';
import type { SegmentBuffers, TenantLog } from './segment-buffers.ts';
import { TransactionWriter } from './transaction-writer.ts';

/** Type and length of a CopyData message; its content begins with the change's position. */
const COPY_HEADER = 5;
const DATA_AT = COPY_HEADER + XLOG_HEADER;

/** A moved row whose unchanged TOASTed values the database is asked for. */
export interface MovedRow {
  readonly route: RelationRoute;
  readonly message: RowMessage;
  readonly xid: number;
}

export class Router {
  readonly #routes: RouteTable;
  readonly #buffers: SegmentBuffers;
  readonly #owners: RowOwner;
  readonly #writer: TransactionWriter;
  readonly #events: RouteEvents;
  readonly #inProgress: (xid: number) => boolean;
  readonly #system: TenantLog;
  readonly #relations = new Map<number, RelationRoute>();
  #changes = 0;
  /** A transaction was met that new snapshots may not see yet: it and what follows are left for the next run. */
  stopped = false;
  /** What must be asked before run() can go on. */
  moved: MovedRow | undefined;
  #movedValues: { values: Buffer[] | undefined } | undefined;

  constructor(
    ctx: Context,
    parts: { routes: RouteTable; buffers: SegmentBuffers; parents: ParentTenants; events: RouteEvents },
    inProgress: (xid: number) => boolean,
  ) {
    this.#routes = parts.routes;
    this.#buffers = parts.buffers;
    this.#writer = new TransactionWriter(parts.buffers);
    this.#owners = new RowOwner(ctx, parts.buffers, parts.parents);
    this.#events = parts.events;
    this.#inProgress = inProgress;
    this.#system = parts.buffers.log(SYSTEM, null);
  }

  get relations(): Iterable<RelationRoute> {
    return this.#relations.values();
  }

  /** The answer to `moved`: the values of its unchanged columns, or undefined where they are gone. */
  answerMoved(values: Buffer[] | undefined): void {
    this.#movedValues = { values };
    this.moved = undefined;
  }

  /**
   * Routes messages of the block from `at`; returns where it stopped: the end, or earlier where buffers must settle,
   * parents must be resolved or `moved` must be answered first.
   */
  run(bytes: Buffer, at: number): number {
    let position = at;
    while (position < bytes.byteLength && !this.stopped) {
      const end = position + 1 + bytes.readUInt32BE(position + 1);
      // Shorter are the server's words on how far it is.
      const isData = end - position > DATA_AT;
      if (isData && !this.#message(bytes, position + COPY_HEADER + 1, position + DATA_AT, end)) {
        this.#wantParents(bytes, position);
        return position;
      }
      position = end;
      if (this.#buffers.pressing) return position;
    }
    return this.stopped ? bytes.byteLength : position;
  }

  /** False where something must be asked first; then nothing has been written. */
  #message(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    switch (bytes[start]) {
      case TAG.insert:
        return this.#insert(bytes, lsnAt, start, end);
      case TAG.update:
        return this.#update(bytes, lsnAt, start, end);
      case TAG.delete:
        return this.#delete(bytes, lsnAt, start, end);
      case TAG.begin:
        this.#begun(bytes, lsnAt, start);
        return true;
      case TAG.commit:
        this.#committed(bytes, lsnAt, start, end);
        return true;
      case TAG.relation: {
        const copy = Buffer.from(bytes.subarray(start, end));
        const relation = parseMessage(copy) as Relation;
        this.#relations.set(relation.oid, this.#routes.route(relation, copy));
        return true;
      }
      case TAG.truncate:
        this.#truncate(bytes, lsnAt, start, end);
        return true;
      case TAG.message: {
        const tenant = readMessage(this.#events, Buffer.from(bytes.subarray(start, end)));
        if (tenant)
          this.#writer.write(this.#buffers.log(tenant as TenantRef, null), undefined, bytes, lsnAt, start, end);
        return true;
      }
      default:
        return true;
    }
  }

  #begun(bytes: Buffer, lsnAt: number, start: number): void {
    if (this.#inProgress(bytes.readUInt32BE(start + 17))) {
      this.stopped = true;
      return;
    }
    this.#writer.begin(bytes, lsnAt, start);
    this.#changes = 0;
    this.#events.begin(
      bytes.readBigUInt64BE(start + 1) as Lsn,
      bytes.readBigInt64BE(start + 9),
      bytes.readUInt32BE(start + 17),
    );
  }

  #committed(bytes: Buffer, lsnAt: number, start: number, end: number): void {
    const { commitLsn, commitTime } = this.#events;
    const hasRows = this.#writer.end(commitLsn, commitTime, bytes, lsnAt, start, end);
    this.#events.commit(bytes.readBigUInt64BE(start + 10) as Lsn, hasRows, this.#changes);
  }

  #insert(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    const route = this.#routeOf(bytes, start);
    if (route === undefined) return true;
    const owner = this.#owners.of(route, bytes, start + 6);
    if (owner === undefined) return false;
    if (route.referenced.length > 0) this.#owners.remember(route, bytes, start + 6, owner);
    this.#writer.change(owner, route, bytes, lsnAt, start, end);
    this.#changes++;
    return true;
  }

  #delete(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    const route = this.#routeOf(bytes, start);
    if (route === undefined) return true;
    const known = bytes[start + 5] === OLD || !route.weak;
    const owner = known ? this.#owners.of(route, bytes, start + 6) : this.#system;
    if (owner === undefined) return false;
    if (route.referenced.length > 0 && owner !== this.#system) this.#owners.remember(route, bytes, start + 6, owner);
    this.#writer.change(owner, route, bytes, lsnAt, start, end);
    this.#changes++;
    return true;
  }

  #update(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    const route = this.#routeOf(bytes, start);
    if (route === undefined) return true;
    const mark = bytes[start + 5]!;
    const newAt = mark === NEW ? start + 6 : tupleEnd(bytes, start + 6) + 1;
    const owner = this.#owners.of(route, bytes, newAt);
    if (owner === undefined) return false;
    const tells = mark === OLD || (mark === KEY && !route.weak);
    const before = tells ? this.#owners.of(route, bytes, start + 6) : owner;
    if (before === undefined) return false;
    if (before !== owner) {
      if (!this.#move(route, before, owner, bytes, lsnAt, start, newAt, end)) return false;
    } else {
      this.#writer.change(owner, route, bytes, lsnAt, start, end);
      if (route.weak && mark !== OLD && owner !== this.#system)
        this.#writer.change(this.#system, route, bytes, lsnAt, start, end);
    }
    if (route.referenced.length > 0) {
      const known = this.#owners.remember(route, bytes, newAt, owner);
      // A parent that was not found when a child asked is no move: that child went to the unrouted log.
      const from = before !== owner ? before : known === this.#system ? owner : known;
      if (from !== undefined && from !== owner) this.#events.parentMoved(from.ref, owner.ref);
    }
    this.#changes++;
    return true;
  }

  /** D to the tenant that loses the row, I to the one that gets it. */
  #move(
    route: RelationRoute,
    from: TenantLog,
    to: TenantLog,
    bytes: Buffer,
    lsnAt: number,
    start: number,
    newAt: number,
    end: number,
  ): boolean {
    let insert: Buffer;
    if (hasUnchanged(bytes, newAt)) {
      const message = parseMessage(bytes.subarray(start, end)) as RowMessage;
      const values = this.#completed(route, message);
      if (values === undefined) return false;
      if (values.includes(undefined)) this.#events.valueLost(to.ref);
      insert = buildInsert(message.oid, values);
    } else {
      insert = Buffer.concat([
        Buffer.from([TAG.insert]),
        bytes.subarray(start + 1, start + 5),
        Buffer.from([NEW]),
        bytes.subarray(newAt, end),
      ]);
    }
    const gone = Buffer.concat([Buffer.from([TAG.delete]), bytes.subarray(start + 1, newAt - 1)]);
    this.#writer.changeBuilt(from, route, bytes, lsnAt, gone);
    this.#writer.changeBuilt(to, route, bytes, lsnAt, insert);
    return true;
  }

  /** The new row with unchanged values filled in; undefined where the database must be asked first. */
  #completed(route: RelationRoute, message: RowMessage): (Buffer | null | undefined)[] | undefined {
    if (message.oldKind === 'full') return filled(message.new!, message.old!);
    if (this.#movedValues === undefined) {
      this.moved = { route, message, xid: this.#events.xid };
      return undefined;
    }
    const { values } = this.#movedValues;
    this.#movedValues = undefined;
    let next = 0;
    return message.new!.map(value => (value === undefined ? values?.[next++] : value));
  }

  #truncate(bytes: Buffer, lsnAt: number, start: number, end: number): void {
    const count = bytes.readUInt32BE(start + 1);
    let owned = false;
    for (let index = 0; index < count; index++) {
      const oid = bytes.readUInt32BE(start + 6 + 4 * index);
      const route = this.#relations.get(oid);
      if (route === undefined || route.kind === 'ignored') continue;
      this.#writer.tell(this.#system, route, bytes, lsnAt);
      this.#events.truncated(oid);
      owned = true;
    }
    if (!owned) return;
    this.#writer.write(this.#system, undefined, bytes, lsnAt, start, end);
    this.#system.openChanges++;
    this.#changes++;
  }

  /** Undefined for tables that are none of Holdfast's business (shared, excluded). */
  #routeOf(bytes: Buffer, start: number): RelationRoute | undefined {
    const route = this.#relations.get(bytes.readUInt32BE(start + 1));
    return route === undefined || route.kind === 'ignored' ? undefined : route;
  }

  /** Notes every parent that the rest of the block will ask for, so that one statement answers all. */
  #wantParents(bytes: Buffer, from: number): void {
    for (let position = from; position < bytes.byteLength; position += 1 + bytes.readUInt32BE(position + 1)) {
      const end = position + 1 + bytes.readUInt32BE(position + 1);
      const start = position + DATA_AT;
      const tag = start < end ? bytes[start] : undefined;
      if (tag !== TAG.insert && tag !== TAG.update && tag !== TAG.delete) continue;
      const route = this.#routeOf(bytes, start);
      if (route?.kind !== 'via' || route.parent === undefined) continue;
      if (tag !== TAG.insert && (bytes[start + 5] === OLD || !route.weak)) this.#owners.want(route, bytes, start + 6);
      if (tag === TAG.insert) this.#owners.want(route, bytes, start + 6);
      if (tag === TAG.update)
        this.#owners.want(route, bytes, bytes[start + 5] === NEW ? start + 6 : tupleEnd(bytes, start + 6) + 1);
    }
  }
}
