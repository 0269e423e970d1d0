/**
 * Routes decoded changes to their tenants. Works on blocks of CopyData messages as they came over the wire: reads the
 * bytes that identify a row's tenant and copies the message to that tenant's frames; nothing else is parsed.
 *
 * Invariants: complete transactions, in commit order; a row's tenant is proved as of the change's own position
 * (parent-states.ts) or left undecided: an unproved change goes to the unrouted log (SYSTEM) as it came, with both
 * images, and nowhere else, so that a single log orders the changes of a row for each restore; a segment never contains
 * a row image of another tenant: a row that moves is split.
 */

import { MessageCursor, NONE } from '../../codec/message-cursor.ts';
import { parseMessage, type Relation, TAG } from '../../codec/pgoutput.ts';
import type { Lsn } from '../../domain/lsn.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { CONTEXT_PREFIX, MAX_CONTEXT_BYTES, parseContextFilter } from '../../domain/transaction-context.ts';
import type { Context } from '../context.ts';
import { RowMover } from './move-row.ts';
import { NOBODY, type Owner, type ParentStates, UNPROVEN } from './parent-states.ts';
import type { RelationRoute, RouteTable } from './relation-route.ts';
import { type RouteEvents, readMessage } from './route-events.ts';
import { type Reuse, RowOwner } from './row-owner.ts';
import { type SegmentBuffers, TenantLog } from './segment-buffers.ts';
import type { TenantNames } from './tenant-names.ts';
import { TransactionWriter } from './transaction-writer.ts';
import { wantParents } from './want-parents.ts';

/** As in the message. */
const CONTEXT = Buffer.from(`${CONTEXT_PREFIX}\0`);

export class Router {
  readonly #routes: RouteTable;
  readonly #buffers: SegmentBuffers;
  readonly #owners: RowOwner;
  readonly #states: ParentStates;
  readonly #writer: TransactionWriter;
  readonly #events: RouteEvents;
  readonly #inProgress: (xid: number) => boolean;
  readonly #system: TenantLog;
  /** Moved rows, for which the database may have to be queried before run() can continue. */
  readonly mover: RowMover;
  /** The current message. */
  readonly #at = new MessageCursor();
  readonly #relations = new Map<number, RelationRoute>();
  #changes = 0;
  /** Reached a transaction that new snapshots may not see yet: it and what follows are left to the next run. */
  stopped = false;
  stoppedAt: Lsn | undefined;
  /** A later transaction is visible to them: the snapshot shows more than the run has. */
  overtaken = false;
  /** Serial number of the open transaction. */
  #transaction = 0;

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
    this.#writer = new TransactionWriter(parts.buffers, ctx.settings.accidents.quiet.map(parseContextFilter));
    this.#owners = new RowOwner(ctx, parts.buffers, parts.states, parts.names);
    this.#states = parts.states;
    this.#events = parts.events;
    this.#inProgress = inProgress;
    this.#system = parts.buffers.log(SYSTEM, null);
    this.mover = new RowMover(this.#writer, parts.events, this.#system);
  }

  /** Positions of large transactions with a context that the settings name as quiet. */
  get quiet(): Iterable<string> {
    return this.#writer.quiet;
  }

  get relations(): Iterable<RelationRoute> {
    return this.#relations.values();
  }

  /**
   * Routes messages of the block from `position`; returns where it stopped: the end, or earlier where buffers must
   * settle, parents must be resolved or the mover's query must be answered first.
   */
  run(block: Buffer, position: number): number {
    let next = position;
    while (next < block.byteLength && !this.stopped) {
      // Anything else is a keepalive of the server.
      if (this.#at.toCopyData(block, next) && !this.#message(this.#at)) {
        wantParents(block, next, { routes: this.#relations, owners: this.#owners, states: this.#states });
        return next;
      }
      next = this.#at.end;
      if (this.#buffers.pressing) return next;
    }
    if (!this.stopped) return next;
    this.#passOver(block, next);
    return block.byteLength;
  }

  /** Only looks for transactions. */
  #passOver(block: Buffer, from: number): void {
    const message = new MessageCursor();
    for (let at = from; at < block.byteLength; at = message.end) {
      const begins = message.toCopyData(block, at) && message.tag === TAG.begin;
      if (begins && !this.#inProgress(message.xid)) this.overtaken = true;
    }
  }

  /** False where the database must be queried first; then nothing has been written. */
  #message(at: MessageCursor): boolean {
    switch (at.tag) {
      case TAG.insert:
        return this.#insert(at);
      case TAG.update:
        return this.#update(at);
      case TAG.delete:
        return this.#delete(at);
      case TAG.begin:
        this.#begun(at);
        return true;
      case TAG.commit: {
        const hasRows = this.#writer.end(at, this.#events.commitLsn, this.#events.commitTime);
        this.#events.commit(at.commitEnd, hasRows, this.#changes);
        return true;
      }
      case TAG.relation: {
        const copy = Buffer.from(at.message);
        const relation = parseMessage(copy) as Relation;
        this.#relations.set(relation.oid, this.#routes.route(relation, copy));
        this.#events.relationSeen(relation);
        return true;
      }
      case TAG.truncate:
        this.#truncate(at);
        return true;
      case TAG.message:
        this.#told(at);
        return true;
      default:
        return true;
    }
  }

  /** A logical message: of the application about its transaction, of ours, or of anything else. */
  #told(at: MessageCursor): void {
    const contextBytes = at.contentBytes(CONTEXT);
    if (contextBytes === undefined) {
      const restoring = this.#events.restoring.length;
      const tenant = readMessage(this.#events, Buffer.from(at.message));
      if (this.#events.restoring.length > restoring) this.#writer.restoring();
      if (tenant) this.#writer.write(this.#buffers.log(tenant, null), at);
    } else if (at.transactional) {
      if (contextBytes > MAX_CONTEXT_BYTES) this.#events.contextsTooLong++;
      else this.#writer.context(at);
    }
  }

  #begun(at: MessageCursor): void {
    const { commitLsn, xid } = at;
    if (this.#inProgress(xid)) {
      this.stopped = true;
      this.stoppedAt = commitLsn;
      return;
    }
    this.#writer.begin(at);
    this.#changes = 0;
    this.#transaction++;
    this.#events.begin(commitLsn, at.commitTime, xid);
  }

  /** Finds the row's tuples. Undefined for tables that Holdfast ignores (shared, excluded). */
  #routeOf(at: MessageCursor): RelationRoute | undefined {
    const route = this.#relations.get(at.relation);
    if (route === undefined || route.kind === 'ignored') return undefined;
    at.findTuples();
    return route;
  }

  #insert(at: MessageCursor): boolean {
    const route = this.#routeOf(at);
    if (route === undefined) return true;
    const owner = this.#owners.of(route, at);
    if (owner === undefined) return false;
    this.#events.deferred.inserted(route);
    if (route.referenced.length > 0) this.#reused(this.#owners.inserted(route, at, this.#transaction), owner);
    this.#write(owner, route, at);
    this.#changes++;
    return true;
  }

  #delete(at: MessageCursor): boolean {
    const route = this.#routeOf(at);
    if (route === undefined) return true;
    const owner = this.#owners.identifies(route, at) ? this.#owners.before(route, at) : UNPROVEN;
    if (owner === undefined) return false;
    this.#events.deferred.deleted(route);
    if (route.referenced.length > 0) this.#owners.deleted(route, at, owner, this.#transaction);
    this.#write(owner, route, at);
    this.#changes++;
    return true;
  }

  #update(at: MessageCursor): boolean {
    const route = this.#routeOf(at);
    if (route === undefined) return true;
    this.#events.deferred.updated(route, at);
    const owner = this.#owners.of(route, at);
    if (owner === undefined) return false;
    const isKnown = at.old !== NONE && this.#owners.identifies(route, at);
    // Without an old tuple nothing of the identity changed.
    const kept = !isKnown && at.old === NONE && !route.weak;
    const before = isKnown ? this.#owners.before(route, at) : kept ? owner : UNPROVEN;
    if (before === undefined) return false;
    if (isKnown || kept) {
      if (!this.#follow(route, before, owner, at)) return false;
    } else {
      // For its new owner, and for the previous one.
      if (owner instanceof TenantLog) this.#writer.change(owner, route, at);
      this.#write(route.kind === 'direct' && owner !== UNPROVEN ? NOBODY : UNPROVEN, route, at);
    }
    if (route.referenced.length > 0) this.#reused(this.#owners.updated(route, at, before, this.#transaction), owner);
    this.#changes++;
    return true;
  }

  /** Writes an update with both owners known; false where a moved row's values must be read first. */
  #follow(route: RelationRoute, before: Owner, owner: Owner, at: MessageCursor): boolean {
    if (before === owner) {
      this.#write(owner, route, at);
      return true;
    }
    const isMove = at.old === NONE || !this.#owners.sameRouting(route, at);
    // A row without a tenant may be in any restore, since nothing forbids it: it is not moved without the unrouted log.
    const decided =
      before !== UNPROVEN && owner !== UNPROVEN && (before !== NOBODY || route.kind === 'direct' || route.enforced);
    if (!decided) this.#write(UNPROVEN, route, at);
    else if (!this.mover.move(route, before, owner, at)) return false;
    if (isMove && route.referenced.length > 0) this.#events.parentMoved(refOfOwner(before), refOfOwner(owner));
    return true;
  }

  #write(owner: Owner, route: RelationRoute, at: MessageCursor): void {
    if (owner instanceof TenantLog) this.#writer.change(owner, route, at);
    else {
      this.#writer.change(this.#system, route, at);
      this.#events.unrouted++;
      if (at.tag !== TAG.delete && !(route.kind === 'direct' && owner === NOBODY)) this.#system.offered++;
    }
  }

  /** Rows may refer to a key that previously belonged to another tenant's row. */
  #reused(reuse: Reuse | undefined, owner: Owner): void {
    if (reuse !== undefined && reuse.from !== owner) this.#events.parentMoved(reuse.from.ref, refOfOwner(owner));
  }

  #truncate(at: MessageCursor): void {
    let owned = false;
    for (const oid of at.truncated) {
      const route = this.#relations.get(oid);
      if (route === undefined || route.kind === 'ignored') continue;
      this.#writer.writeRelation(this.#system, route, at.lsn);
      this.#system.activity.count(route.name, at.tag);
      this.#events.tableTruncated(oid, this.#changes + 1);
      for (const { key } of route.referenced) this.#states.truncated(key);
      owned = true;
    }
    if (!owned) return;
    this.#writer.write(this.#system, at);
    this.#system.openChanges++;
    this.#changes++;
  }
}

/** Undefined: the owner is unknown. */
function refOfOwner(owner: Owner): TenantRef | 'nobody' | undefined {
  if (owner instanceof TenantLog) return owner.ref;
  return owner === NOBODY ? 'nobody' : undefined;
}
