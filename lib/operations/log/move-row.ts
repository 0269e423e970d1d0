/**
 * An update that moves a row from one owner to another: a delete for the old owner, an insert for the new one, so that
 * no segment contains a row image of another tenant. An unchanged TOASTed value, which the log does not contain, is
 * read from the database; one that no longer exists there is recorded as lost.
 */
import { deleteOfOld, insertOfNew, type MessageCursor } from '../../codec/message-cursor.ts';
import { parseMessage, type RowMessage } from '../../codec/pgoutput.ts';
import { buildInsert } from '../../codec/pgoutput-build.ts';
import { completed } from '../../codec/row-change.ts';
import { hasUnchanged } from '../../codec/tuple-scan.ts';
import type { Owner } from './parent-states.ts';
import type { RelationRoute } from './relation-route.ts';
import type { RouteEvents } from './route-events.ts';
import { TenantLog } from './segment-buffers.ts';
import type { TransactionWriter } from './transaction-writer.ts';

/** A moved row with unchanged TOASTed values to read from the database. */
export interface MovedRow {
  readonly route: RelationRoute;
  readonly message: RowMessage;
  readonly xid: number;
}

export class RowMover {
  readonly #writer: TransactionWriter;
  readonly #events: RouteEvents;
  readonly #system: TenantLog;
  /** The query to answer before the move can be written. */
  asked: MovedRow | undefined;
  #answer: { values: Buffer[] | undefined } | undefined;

  constructor(writer: TransactionWriter, events: RouteEvents, system: TenantLog) {
    this.#writer = writer;
    this.#events = events;
    this.#system = system;
  }

  /** The answer to `asked`: the values of its unchanged columns, or undefined where they no longer exist. */
  answer(values: Buffer[] | undefined): void {
    this.#answer = { values };
    this.asked = undefined;
  }

  /**
   * Writes the move; false where its values must be read first. A row that loses its tenant goes to the unrouted log.
   */
  move(route: RelationRoute, from: Owner, to: Owner, at: MessageCursor): boolean {
    const receiver = to instanceof TenantLog ? to : this.#system;
    const insert = hasUnchanged(at.bytes, at.tuple) ? this.#completedInsert(route, at, receiver) : insertOfNew(at);
    if (insert === undefined) return false;
    if (from instanceof TenantLog) this.#writer.changeBuilt(from, route, at.lsn, deleteOfOld(at));
    this.#writer.changeBuilt(receiver, route, at.lsn, insert);
    if (receiver === this.#system) {
      this.#events.unrouted++;
      if (route.kind !== 'direct') this.#system.offered++;
    }
    return true;
  }

  #completedInsert(route: RelationRoute, at: MessageCursor, receiver: TenantLog): Buffer | undefined {
    const message = parseMessage(at.message) as RowMessage;
    const values = this.#completed(route, message);
    if (values?.includes(undefined)) this.#events.valueLost(receiver.ref);
    return values && buildInsert(message.oid, values);
  }

  /** The new row with unchanged values filled in; undefined where the database must be queried first. */
  #completed(route: RelationRoute, message: RowMessage): (Buffer | null | undefined)[] | undefined {
    const known = completed(message);
    if (!known.includes(undefined)) return known;
    if (this.#answer === undefined) {
      this.asked = { route, message, xid: this.#events.xid };
      return undefined;
    }
    const { values } = this.#answer;
    this.#answer = undefined;
    let next = 0;
    return known.map(value => (value === undefined ? values?.[next++] : value));
  }
}
