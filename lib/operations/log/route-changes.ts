/**
 * Routes decoded changes to their tenants. Works on blocks of CopyData messages as they came over the wire: looks at the bytes
 * that say whose a row is and copies the message to that tenant's frames; nothing else is parsed.
 *
 * Invariants: whole transactions, in commit order; whose a row is, is proved as of the change's own position
 * (parent-states.ts) or not decided: what is not proved goes to the unrouted log (SYSTEM) as it came, with both images,
 * and nowhere else, so that one log alone orders the changes of a row for each restore; a segment never holds a row image
 * of another tenant: a row that moves is split.
 */

import { NEW, parseMessage, type Relation, type RowMessage, TAG } from '../../codec/pgoutput.ts';
import { buildInsert } from '../../codec/pgoutput-build.ts';
import { completed } from '../../codec/row-change.ts';
import { hasUnchanged, tupleEnd } from '../../codec/tuple-scan.ts';
import { type Lsn, lsn } from '../../domain/lsn.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { XLOG_HEADER } from '../../postgres/log/log-stream.ts';
import type { Context } from '../context.ts';
import { NOBODY, type Owner, type ParentStates, UNPROVEN } from './parent-states.ts';
import type { RelationRoute, RouteTable } from './relation-route.ts';
import { type RouteEvents, readMessage } from './route-events.ts';
import { NONE, type Reuse, RowOwner } from './row-owner.ts';
import { type SegmentBuffers, TenantLog } from './segment-buffers.ts';
import type { TenantNames } from './tenant-names.ts';
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
  readonly #states: ParentStates;
  readonly #writer: TransactionWriter;
  readonly #events: RouteEvents;
  readonly #inProgress: (xid: number) => boolean;
  readonly #system: TenantLog;
  readonly #relations = new Map<number, RelationRoute>();
  #changes = 0;
  /** A transaction was met that new snapshots may not see yet: it and what follows are left for the next run. */
  stopped = false;
  stoppedAt: Lsn | undefined;
  /** One that they do see came after it: the snapshot shows more than the run has. */
  overtaken = false;
  /** Serial number of the open transaction. */
  #transaction = 0;
  /** What must be asked before run() can go on. */
  moved: MovedRow | undefined;
  #movedValues: { values: Buffer[] | undefined } | undefined;

  constructor(
    ctx: Context,
    parts: {
      routes: RouteTable;
      buffers: SegmentBuffers;
      states: ParentStates;
      events: RouteEvents;
      names: TenantNames;
    },
    inProgress: (xid: number) => boolean,
  ) {
    this.#routes = parts.routes;
    this.#buffers = parts.buffers;
    this.#writer = new TransactionWriter(parts.buffers);
    this.#owners = new RowOwner(ctx, parts.buffers, parts.states, parts.names);
    this.#states = parts.states;
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
    if (!this.stopped) return position;
    this.#passOver(bytes, position);
    return bytes.byteLength;
  }

  /** Only looks which transactions there are. */
  #passOver(bytes: Buffer, from: number): void {
    for (let at = from; at < bytes.byteLength; at += 1 + bytes.readUInt32BE(at + 1)) {
      const start = at + DATA_AT;
      const begins = at + 1 + bytes.readUInt32BE(at + 1) > start && bytes[start] === TAG.begin;
      if (begins && !this.#inProgress(bytes.readUInt32BE(start + 17))) this.overtaken = true;
    }
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
        this.#events.relationTold(relation);
        return true;
      }
      case TAG.truncate:
        this.#truncate(bytes, lsnAt, start, end);
        return true;
      case TAG.message: {
        const tenant = readMessage(this.#events, Buffer.from(bytes.subarray(start, end)));
        if (tenant) this.#writer.write(this.#buffers.log(tenant, null), undefined, bytes, lsnAt, start, end);
        return true;
      }
      default:
        return true;
    }
  }

  #begun(bytes: Buffer, lsnAt: number, start: number): void {
    if (this.#inProgress(bytes.readUInt32BE(start + 17))) {
      this.stopped = true;
      this.stoppedAt = lsn(bytes.readBigUInt64BE(start + 1));
      return;
    }
    this.#writer.begin(bytes, lsnAt, start);
    this.#changes = 0;
    this.#transaction++;
    this.#events.begin(
      lsn(bytes.readBigUInt64BE(start + 1)),
      bytes.readBigInt64BE(start + 9),
      bytes.readUInt32BE(start + 17),
    );
  }

  #committed(bytes: Buffer, lsnAt: number, start: number, end: number): void {
    const { commitLsn, commitTime } = this.#events;
    const hasRows = this.#writer.end(commitLsn, commitTime, bytes, lsnAt, start, end);
    this.#events.commit(lsn(bytes.readBigUInt64BE(start + 10)), hasRows, this.#changes);
  }

  #insert(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    const route = this.#routeOf(bytes, start);
    if (route === undefined) return true;
    const owner = this.#owners.of(route, bytes, start + 6, NONE);
    if (owner === undefined) return false;
    this.#events.deferred.inserted(route);
    if (route.referenced.length > 0)
      this.#reused(this.#owners.inserted(route, bytes, start + 6, this.#transaction), owner);
    this.#write(owner, route, bytes, lsnAt, start, end);
    this.#changes++;
    return true;
  }

  #delete(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    const route = this.#routeOf(bytes, start);
    if (route === undefined) return true;
    const mark = bytes[start + 5]!;
    const tells = this.#owners.tells(route, bytes, mark, start + 6);
    const owner = tells ? this.#owners.of(route, bytes, start + 6, NONE, true) : UNPROVEN;
    if (owner === undefined) return false;
    this.#events.deferred.deleted(route);
    if (route.referenced.length > 0) this.#owners.deleted(route, bytes, mark, start + 6, owner, this.#transaction);
    this.#write(owner, route, bytes, lsnAt, start, end);
    this.#changes++;
    return true;
  }

  #update(bytes: Buffer, lsnAt: number, start: number, end: number): boolean {
    const route = this.#routeOf(bytes, start);
    if (route === undefined) return true;
    const mark = bytes[start + 5]!;
    const old = mark === NEW ? NONE : start + 6;
    const newAt = old === NONE ? start + 6 : tupleEnd(bytes, old) + 1;
    this.#events.deferred.updated(route, bytes, old, newAt);
    const owner = this.#owners.of(route, bytes, newAt, old);
    if (owner === undefined) return false;
    const tells = old !== NONE && this.#owners.tells(route, bytes, mark, old);
    // Without an old tuple nothing of the identity changed.
    const kept = !tells && old === NONE && !route.weak;
    const before = tells ? this.#owners.of(route, bytes, old, NONE, true) : kept ? owner : UNPROVEN;
    if (before === undefined) return false;
    if (tells || kept) {
      if (!this.#follow(route, before, owner, { bytes, lsnAt, start, old, newAt, end })) return false;
    } else {
      // For its new owner, and for whoever had it before.
      if (owner instanceof TenantLog) this.#writer.change(owner, route, bytes, lsnAt, start, end);
      this.#write(route.kind === 'direct' && owner !== UNPROVEN ? NOBODY : UNPROVEN, route, bytes, lsnAt, start, end);
    }
    if (route.referenced.length > 0)
      this.#reused(this.#owners.updated(route, bytes, mark, old, newAt, before, this.#transaction), owner);
    this.#changes++;
    return true;
  }

  /** Writes an update whose both sides were asked about; false where a moved row's values must be asked for first. */
  #follow(route: RelationRoute, before: Owner, owner: Owner, at: UpdateAt): boolean {
    const { bytes, lsnAt, start, old, newAt, end } = at;
    if (before === owner) {
      this.#write(owner, route, bytes, lsnAt, start, end);
      return true;
    }
    const isMove = old === NONE || !this.#owners.sameRouting(route, bytes, old, newAt);
    // A row of nobody that every restore may hold, since nothing forbids it, is not moved behind their backs.
    const decided =
      before !== UNPROVEN && owner !== UNPROVEN && (before !== NOBODY || route.kind === 'direct' || route.enforced);
    if (!decided) this.#write(UNPROVEN, route, bytes, lsnAt, start, end);
    else if (!this.#move(route, before, owner, at)) return false;
    if (isMove && route.referenced.length > 0) this.#events.parentMoved(refOfOwner(before), refOfOwner(owner));
    return true;
  }

  #write(owner: Owner, route: RelationRoute, bytes: Buffer, lsnAt: number, start: number, end: number): void {
    if (owner instanceof TenantLog) this.#writer.change(owner, route, bytes, lsnAt, start, end);
    else {
      this.#writer.change(this.#system, route, bytes, lsnAt, start, end);
      this.#events.unrouted++;
      if (bytes[start] !== TAG.delete && !(route.kind === 'direct' && owner === NOBODY)) this.#system.offered++;
    }
  }

  /** Rows may refer to a key that another tenant's row had before. */
  #reused(reuse: Reuse | undefined, owner: Owner): void {
    if (reuse !== undefined && reuse.from !== owner) this.#events.parentMoved(reuse.from.ref, refOfOwner(owner));
  }

  /** D to the tenant that loses the row, I to the one that gets it; what is nobody's then is told to all. */
  #move(route: RelationRoute, from: Owner, to: Owner, { bytes, lsnAt, start, newAt, end }: UpdateAt): boolean {
    const receiver = to instanceof TenantLog ? to : this.#system;
    let insert: Buffer;
    if (hasUnchanged(bytes, newAt)) {
      const message = parseMessage(bytes.subarray(start, end)) as RowMessage;
      const values = this.#completed(route, message);
      if (values === undefined) return false;
      if (values.includes(undefined)) this.#events.valueLost(receiver.ref);
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
    if (from instanceof TenantLog) this.#writer.changeBuilt(from, route, bytes, lsnAt, gone);
    this.#writer.changeBuilt(receiver, route, bytes, lsnAt, insert);
    if (receiver === this.#system) {
      this.#events.unrouted++;
      if (route.kind !== 'direct') this.#system.offered++;
    }
    return true;
  }

  /** The new row with unchanged values filled in; undefined where the database must be asked first. */
  #completed(route: RelationRoute, message: RowMessage): (Buffer | null | undefined)[] | undefined {
    const known = completed(message);
    if (!known.includes(undefined)) return known;
    if (this.#movedValues === undefined) {
      this.moved = { route, message, xid: this.#events.xid };
      return undefined;
    }
    const { values } = this.#movedValues;
    this.#movedValues = undefined;
    let next = 0;
    return known.map(value => (value === undefined ? values?.[next++] : value));
  }

  #truncate(bytes: Buffer, lsnAt: number, start: number, end: number): void {
    const count = bytes.readUInt32BE(start + 1);
    let owned = false;
    for (let index = 0; index < count; index++) {
      const oid = bytes.readUInt32BE(start + 6 + 4 * index);
      const route = this.#relations.get(oid);
      if (route === undefined || route.kind === 'ignored') continue;
      this.#writer.tell(this.#system, route, bytes, lsnAt);
      this.#events.tableTruncated(oid, this.#changes + 1);
      for (const { key } of route.referenced) this.#states.truncated(key);
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
    this.#walk(bytes, from, (route, mark, old, tuple) => {
      if (route.parent === undefined && route.canonical !== 'folded') return;
      if (old !== NONE && this.#owners.tells(route, bytes, mark, old)) this.#owners.want(route, bytes, old, NONE);
      if (tuple !== NONE) this.#owners.want(route, bytes, tuple, old);
    });
    // What changes of those parents further on say of them answers without the database.
    this.#walk(bytes, from, (route, mark, old, tuple) => {
      if (route.referenced.length > 0 && this.#states.wants) this.#owners.foresee(route, bytes, mark, old, tuple);
    });
  }

  /** Row changes in the rest of the block, as far as tables are as they are now. `mark`: 0 for an insert. */
  #walk(
    bytes: Buffer,
    from: number,
    visit: (route: RelationRoute, mark: number, old: number, tuple: number) => void,
  ): void {
    for (let position = from; position < bytes.byteLength; position += 1 + bytes.readUInt32BE(position + 1)) {
      const end = position + 1 + bytes.readUInt32BE(position + 1);
      const start = position + DATA_AT;
      const tag = start < end ? bytes[start] : undefined;
      if (tag === TAG.truncate || (tag === TAG.relation && this.#relations.has(bytes.readUInt32BE(start + 1)))) return;
      if (tag !== TAG.insert && tag !== TAG.update && tag !== TAG.delete) continue;
      const route = this.#routeOf(bytes, start);
      if (route === undefined) continue;
      const mark = bytes[start + 5]!;
      if (tag === TAG.insert) visit(route, 0, NONE, start + 6);
      else if (tag === TAG.delete) visit(route, mark, start + 6, NONE);
      else if (mark === NEW) visit(route, mark, NONE, start + 6);
      else visit(route, mark, start + 6, tupleEnd(bytes, start + 6) + 1);
    }
  }
}

/** Where the parts of an update stand in its block. */
interface UpdateAt {
  readonly bytes: Buffer;
  readonly lsnAt: number;
  readonly start: number;
  readonly old: number;
  readonly newAt: number;
  readonly end: number;
}

/** Undefined: nobody knows whose it is. */
function refOfOwner(owner: Owner): TenantRef | 'nobody' | undefined {
  if (owner instanceof TenantLog) return owner.ref;
  return owner === NOBODY ? 'nobody' : undefined;
}
