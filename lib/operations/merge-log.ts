/**
 * The tenant's own log and the unrouted log of all tenants as one stream of row changes, in the order in which they
 * happened, up to the target. Own changes are the tenant's by construction; an unrouted one is offered to every tenant
 * and judged here: a row of a table with the tenant column belongs or is gone, a row that is reached through a parent is
 * taken along and judged when all is replayed (settle-stage.ts).
 */

import { parseMessage, type Relation, type RowMessage, TAG } from '../codec/pgoutput.ts';
import { filled, identityIndexes, toNetChange } from '../codec/row-change.ts';
import type { Frame } from '../codec/segment.ts';
import type { Lsn } from '../domain/lsn.ts';
import type { NetChange, RowShape } from '../domain/net-changes.ts';
import type { OwnedTable } from '../domain/tenant-model.ts';

/** A payload of the log. `folded`: an incremental, whose rows stand in one transaction in the order of their LSNs. */
export interface LogPiece {
  readonly own: boolean;
  readonly folded: boolean;
  /** Transactions that committed at or before this position are in an earlier piece. */
  readonly after: Lsn;
  readonly frames: AsyncIterable<Frame>;
}

/** What a relation of the log means for this restore; undefined: not staged. */
export interface RelationTarget {
  readonly owned: OwnedTable;
  readonly shape: RowShape;
}

export interface MergeOptions {
  readonly target: Lsn;
  /** Own pieces in log order, and unrouted ones in log order. */
  readonly own: AsyncIterable<LogPiece> | Iterable<LogPiece>;
  readonly unrouted: AsyncIterable<LogPiece> | Iterable<LogPiece>;
  readonly tenant: string;
  readonly relation: (relation: Relation) => RelationTarget | undefined;
}

/** A change with where it stands in the merged order. */
interface Placed {
  readonly commit: Lsn;
  readonly lsn: Lsn;
  readonly changes: readonly NetChange[];
}

export async function* mergeLog(options: MergeOptions): AsyncGenerator<NetChange> {
  const streams = [changesOf(options.own, options), changesOf(options.unrouted, options)] as const;
  const heads = [await streams[0].next(), await streams[1].next()];
  for (;;) {
    const [own, unrouted] = heads.map(head => (head.done ? undefined : head.value));
    if (!own && !unrouted) return;
    const take = !unrouted || (own && before(own, unrouted)) ? 0 : 1;
    yield* heads[take]!.value!.changes;
    heads[take] = await streams[take].next();
  }
}

function before(a: Placed, b: Placed): boolean {
  return a.commit === b.commit ? a.lsn <= b.lsn : a.commit < b.commit;
}

async function* changesOf(pieces: MergeOptions['own'], options: MergeOptions): AsyncGenerator<Placed, undefined> {
  let last: Lsn | undefined;
  for await (const piece of pieces) {
    const relations = new Map<number, RelationTarget | undefined>();
    const skipTo: Lsn = last !== undefined && last > piece.after ? last : piece.after;
    let commit: Lsn | undefined;
    let skipped = false;
    let beyond = false;
    for await (const { lsn, message } of piece.frames) {
      const tag = message[0];
      if (tag === TAG.begin) {
        const begin = parseMessage(message);
        if (begin.type !== 'begin') continue;
        commit = begin.commitLsn;
        // A payload is read to its end even so: only then its digest is known to be right.
        beyond = !piece.folded && commit > options.target;
        skipped = beyond || (!piece.folded && commit <= skipTo);
        if (!skipped) last = commit;
      } else if (tag === TAG.relation) {
        const relation = parseMessage(message);
        if (relation.type === 'relation') relations.set(relation.oid, options.relation(relation));
      } else if (!skipped && (tag === TAG.insert || tag === TAG.update || tag === TAG.delete || tag === TAG.truncate)) {
        const changes = interpret(message, lsn, relations, piece.own, options);
        if (changes.length > 0) yield { commit: piece.folded ? lsn : commit!, lsn, changes };
      }
    }
    if (beyond) return undefined;
  }
  return undefined;
}

function interpret(
  bytes: Buffer,
  lsn: Lsn,
  relations: ReadonlyMap<number, RelationTarget | undefined>,
  own: boolean,
  { tenant }: MergeOptions,
): readonly NetChange[] {
  const message = parseMessage(bytes);
  if (message.type === 'truncate') {
    return message.oids.flatMap(oid => {
      const target = relations.get(oid);
      return target ? [{ kind: 'truncate' as const, lsn, table: target.shape.table }] : [];
    });
  }
  const row = message as RowMessage;
  const target = relations.get(row.oid);
  if (!target || target.shape.key.length === 0) return [];
  const change = toNetChange(row, target.shape, lsn);
  return own || belongs(row, target, tenant) ? [change] : gone(change);
}

function belongs(row: RowMessage, { owned, shape }: RelationTarget, tenant: string): boolean {
  if (owned.kind === 'via' || row.type === 'delete') return true;
  const values = row.oldKind === 'full' ? filled(row.new!, row.old!) : row.new!;
  const value = values[shape.columns.indexOf(owned.column)];
  return value !== undefined && value !== null && value.toString('utf8') === tenant;
}

/** Another tenant's row now: whatever stood under its keys is not this tenant's any more. */
function gone(change: NetChange): NetChange[] {
  if (change.kind !== 'put') return [change];
  const { shape, lsn, values, oldKey } = change;
  const key = shape.key.map(index => values[index]);
  const keys = oldKey ? [oldKey, key] : [key];
  return keys.map(each => ({ kind: 'delete', lsn, shape, key: each }));
}

/** One shape object per definition, whichever log tells it: a new object would end the folding batch. */
export class Shapes {
  readonly #known = new Map<string, RowShape>();

  shapeOf(table: string, relation: Relation, tableKey: readonly string[]): RowShape {
    const columns = relation.columns.map(column => column.name);
    const key = identityIndexes(relation, tableKey);
    const id = JSON.stringify([relation.oid, table, columns, key]);
    let shape = this.#known.get(id);
    if (!shape) {
      shape = { table, columns, key };
      this.#known.set(id, shape);
    }
    return shape;
  }
}
