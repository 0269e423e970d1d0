/**
 * The tenant's own log and the unrouted log of all tenants as one stream of changes, in the order in which they
 * happened, up to the target (fold-log.ts says what they mean for the tenant). Blocks are walked without waiting and
 * without parsing messages: only beginnings of transactions and relations are read here. The position of the stream can
 * be stored and resumed: earlier pieces are not read, the current piece is read from its beginning.
 */
import * as z from 'zod';
import { type Begin, type LogicalMessage, parseMessage, type Relation, TAG } from '../../../codec/pgoutput.ts';
import { identityIndexes, isRow, relationOf } from '../../../codec/row-change.ts';
import { frameEnd, frameLsn, messageStart, wholeFrames } from '../../../codec/segment.ts';
import { formatLsn, type Lsn, LsnText, parseLsn, ZERO_LSN } from '../../../domain/lsn.ts';
import type { RowShape } from '../../../domain/net-batch.ts';
import type { TableSchema } from '../../../domain/table-schema.ts';
import type { OwnedTable } from '../../../domain/tenant-model.ts';
import type { Canonical } from '../../../domain/tenant-text.ts';

/** A payload of the log. `folded`: an incremental, with its rows in one transaction in the order of their LSNs. */
export interface LogPiece {
  /** Id of its run or incremental. */
  readonly part: string;
  readonly own: boolean;
  readonly folded: boolean;
  /** Transactions that committed at or before this position are in an earlier piece. */
  readonly after: Lsn;
  readonly blocks: AsyncIterable<Uint8Array>;
}

/** What a relation of the log means for this restore; undefined: not staged. */
export interface RelationTarget {
  readonly owned: OwnedTable;
  readonly shape: RowShape;
  /** For a table with the tenant column: how its values identify a tenant. */
  readonly canonical: Canonical;
}

/** The position in one of the two logs: the number of consumed changes of that piece. */
const Place = z.object({
  piece: z.number().int(),
  taken: z.number().int(),
  /** The end of the piece before: transactions up to it are skipped. */
  skipTo: LsnText,
});
type Place = z.infer<typeof Place>;

/** The position in the merged stream. */
export const LogPlace = z.object({ own: Place, unrouted: Place });
export type LogPlace = z.infer<typeof LogPlace>;

const BEGINNING: Place = { piece: 0, taken: 0, skipTo: formatLsn(ZERO_LSN) };
export const LOG_BEGINNING: LogPlace = { own: BEGINNING, unrouted: BEGINNING };

/** Changes in merged order, and the position before the first of them. */
export interface MergedChanges {
  readonly changes: readonly LoggedChange[];
  readonly from: LogPlace;
}

/** The position after `count` of these changes. */
export function placeAfter({ changes, from }: MergedChanges, count: number): LogPlace {
  const own = changes.slice(0, count).filter(change => change.own).length;
  return {
    own: { ...from.own, taken: from.own.taken + own },
    unrouted: { ...from.unrouted, taken: from.unrouted.taken + count - own },
  };
}

export interface MergeOptions {
  readonly target: Lsn;
  /** Where to begin, from `placeAfter`. */
  readonly from: LogPlace;
  /** Own pieces in log order, and unrouted ones in log order. */
  readonly own: AsyncIterable<LogPiece> | Iterable<LogPiece>;
  readonly unrouted: AsyncIterable<LogPiece> | Iterable<LogPiece>;
  readonly relation: (relation: Relation, part: string) => RelationTarget | undefined;
  /** Transactions to leave out, by 32-bit id. */
  readonly without?: (xid: number) => boolean;
  /** Called for the beginning of each transaction, and with its logical messages, before its changes are returned. */
  readonly observe?: (message: Begin | LogicalMessage, commit: Lsn) => void;
}

/** A message that changes rows, at [start, end), with its place in the merged order. */
export interface LoggedChange {
  readonly commit: Lsn;
  readonly lsn: Lsn;
  readonly own: boolean;
  /** The net result of several changes; its commit is that of the last. */
  readonly folded: boolean;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** The staged relations that it changes: one, or those of a truncate. */
  readonly targets: readonly RelationTarget[];
}

/** The changes in merged order, a block's worth at a time: one step per change would cost more than folding it. */
export async function* mergeLog(options: MergeOptions): AsyncGenerator<MergedChanges> {
  const own = new Stream(changesOf(options.own, options.from.own, options), options.from.own);
  const unrouted = new Stream(changesOf(options.unrouted, options.from.unrouted, options), options.from.unrouted);
  for (;;) {
    await own.fill();
    await unrouted.fill();
    if (own.done && unrouted.done) return;
    const from = { own: own.place, unrouted: unrouted.place };
    if (own.done || unrouted.done) yield { from, changes: own.done ? unrouted.rest() : own.rest() };
    else {
      const merged: LoggedChange[] = [];
      for (let [a, b] = [own.head, unrouted.head]; a && b; [a, b] = [own.head, unrouted.head])
        merged.push((before(a, b) ? own : unrouted).take());
      yield { from, changes: merged };
    }
  }
}

function before(a: LoggedChange, b: LoggedChange): boolean {
  return a.commit === b.commit ? a.lsn <= b.lsn : a.commit < b.commit;
}

/** One of the two logs, change by change, without waiting within a block. */
class Stream {
  readonly #source: AsyncGenerator<PieceOfChanges, undefined>;
  #changes: readonly LoggedChange[] = [];
  /** The position of the first change. */
  #from: Place;
  #at = 0;
  done = false;

  constructor(source: AsyncGenerator<PieceOfChanges, undefined>, from: Place) {
    this.#source = source;
    this.#from = from;
  }

  get place(): Place {
    return { ...this.#from, taken: this.#from.taken + this.#at };
  }

  /** The next change; undefined until `fill`. */
  get head(): LoggedChange | undefined {
    return this.#changes[this.#at];
  }

  take(): LoggedChange {
    return this.#changes[this.#at++]!;
  }

  rest(): readonly LoggedChange[] {
    const rest = this.#changes.slice(this.#at);
    this.#at = this.#changes.length;
    return rest;
  }

  async fill(): Promise<void> {
    while (!this.done && this.head === undefined) {
      const next = await this.#source.next();
      this.done = next.done === true;
      // At its end it is positioned after the last change: resumed there, it returns nothing more.
      this.#from = next.value?.from ?? this.place;
      this.#changes = next.value?.changes ?? [];
      this.#at = 0;
    }
  }
}

interface PieceOfChanges {
  readonly changes: readonly LoggedChange[];
  readonly from: Place;
}

async function* changesOf(
  pieces: MergeOptions['own'],
  start: Place,
  options: MergeOptions,
): AsyncGenerator<PieceOfChanges, undefined> {
  let last = parseLsn(start.skipTo);
  let number = -1;
  for await (const piece of pieces) {
    number += 1;
    if (number < start.piece) continue;
    const skipTo = last > piece.after ? last : piece.after;
    const reader = new PieceReader(piece, skipTo, options);
    const place = { piece: number, skipTo: formatLsn(skipTo) };
    const before = number === start.piece ? start.taken : 0;
    let told = 0;
    for await (const bytes of wholeFrames(piece.blocks)) {
      const changes = reader.changes(bytes);
      const first = Math.max(told, before);
      yield { changes: changes.slice(first - told), from: { ...place, taken: first } };
      told += changes.length;
    }
    last = reader.last ?? skipTo;
    if (reader.beyond) return undefined;
  }
  return undefined;
}

/** Finds the changes in one payload. */
class PieceReader {
  /** Commit of the last transaction that was not skipped. */
  last: Lsn | undefined;
  /**
   * The last transaction committed after the target. A payload is still read to its end: only then is its digest
   * verified.
   */
  beyond = false;
  readonly #piece: LogPiece;
  readonly #skipTo: Lsn;
  readonly #options: MergeOptions;
  readonly #relations = new Map<number, readonly RelationTarget[]>();
  #commit: Lsn | undefined;
  #skipped = false;

  constructor(piece: LogPiece, skipTo: Lsn, options: MergeOptions) {
    this.#piece = piece;
    this.#skipTo = skipTo;
    this.#options = options;
  }

  /** The changes among these complete frames. */
  changes(bytes: Buffer): LoggedChange[] {
    const found: LoggedChange[] = [];
    const { own, folded } = this.#piece;
    for (let at = 0, end = 0; at < bytes.byteLength; at = end) {
      end = frameEnd(bytes, at)!;
      const start = messageStart(at);
      const tag = bytes[start];
      const row = isRow(tag);
      if (!row && tag !== TAG.truncate) {
        if (tag === TAG.begin || tag === TAG.relation) this.#note(bytes.subarray(start, end));
        else if (tag === TAG.message && !this.#skipped) this.#observe(bytes.subarray(start, end));
        continue;
      }
      if (this.#skipped) continue;
      const targets = row ? this.#relations.get(relationOf(bytes, start)) : this.#truncated(bytes.subarray(start, end));
      if (targets === undefined || targets.length === 0) continue;
      const lsn = frameLsn(bytes, at);
      found.push({ commit: folded ? lsn : this.#commit!, lsn, own, folded, bytes, start, end, targets });
    }
    return found;
  }

  #note(bytes: Buffer): void {
    const message = parseMessage(bytes);
    if (message.type === 'relation') {
      const target = this.#options.relation(message, this.#piece.part);
      this.#relations.set(message.oid, target ? [target] : []);
    } else if (message.type === 'begin') {
      const { folded } = this.#piece;
      this.#commit = message.commitLsn;
      this.beyond = !folded && message.commitLsn > this.#options.target;
      this.#skipped = this.beyond || (!folded && message.commitLsn <= this.#skipTo);
      if (!this.#skipped) this.last = message.commitLsn;
      if (!folded && this.#options.without?.(message.xid)) this.#skipped = true;
      if (!this.#skipped) this.#options.observe?.(message, message.commitLsn);
    }
  }

  #observe(bytes: Buffer): void {
    if (this.#options.observe === undefined || this.#piece.folded) return;
    const message = parseMessage(bytes);
    if (message.type === 'message') this.#options.observe(message, this.#commit!);
  }

  #truncated(bytes: Buffer): RelationTarget[] {
    const message = parseMessage(bytes);
    return message.type === 'truncate' ? message.oids.flatMap(oid => this.#relations.get(oid) ?? []) : [];
  }
}

/** One shape object per definition, from either log: a new object would end the folding batch. */
export class Shapes {
  readonly #known = new Map<string, RowShape>();

  shapeOf(table: string, relation: Relation, definition: Pick<TableSchema, 'key' | 'columns'>): RowShape {
    const columns = relation.columns.map(column => column.name);
    const key = identityIndexes(relation, definition.key);
    const numbers = definition.columns.map(column => column.number);
    const id = JSON.stringify([relation.oid, table, columns, key, numbers]);
    let shape = this.#known.get(id);
    if (!shape) {
      shape = { table, columns, key };
      this.#known.set(id, shape);
    }
    return shape;
  }
}
