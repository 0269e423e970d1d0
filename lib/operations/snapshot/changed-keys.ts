/**
 * The keys of changed rows, which a snapshot must read again. Invariant: every row of the tenant that changed in the
 * range is included, or its entire table is; there may be too many (the unrouted log has rows of others too), never too
 * few.
 */
import { parseMessage, type Relation, type RowMessage, type Tuple } from '../../codec/pgoutput.ts';
import type { Lsn } from '../../domain/lsn.ts';
import { packTuple } from '../../domain/packed-tuple.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { ownedTables, routingColumns, type TenantModel } from '../../domain/tenant-model.ts';
import { parseTableName } from '../../postgres/sql.ts';
import type { Context } from '../context.ts';
import { mergedLog } from '../log/read-log.ts';
import { ChangedParents, type ParentKeys, type ParentReference, type WatchedReference } from './changed-parents.ts';

/** Key values as text, in the order of the requested key columns; `all`: the table must be read in full. */
export type ChangedKeys = Map<TableName, readonly string[][] | 'all'>;

export interface WatchedTables {
  /** The key columns of each table. */
  readonly keys: ReadonlyMap<TableName, readonly string[]>;
  /** By parent. */
  readonly references: ReadonlyMap<TableName, readonly ParentReference[]>;
  /** Takes keys of a table over when they become too many to remember; false where it cannot. */
  readonly place?: (table: TableName, keys: readonly string[][]) => Promise<boolean>;
}

export interface FoundChanges {
  readonly keys: ChangedKeys;
  /** Rows below these may have changed hands, and are to be added. */
  readonly parents: readonly ParentKeys[];
}

/** Estimated bytes of one remembered key in addition to its text. */
const KEY_BYTES = 200;

/**
 * Keys of rows with a change in from ≤ commit LSN ≤ to, for each of the given tables that has one. `keys`: the key
 * columns per table; a changed table that is not among them is left out; `references`: by parent. A table is `all` after TRUNCATE, where an old
 * tuple does not have those columns, where a row that it refers to may have come from another tenant without a trace in
 * the log (an update with an old tuple that does not identify the tenant), and when there are too many keys to remember
 * that cannot be placed. Remembered keys take a sixteenth of `settings.logMemoryBytes`: while the log is read, the
 * collector leaves three times as much of what is read beside them.
 */
export async function changedKeys(
  ctx: Context,
  tenant: TenantRef,
  from: Lsn,
  to: Lsn,
  { keys, references, place }: WatchedTables,
): Promise<FoundChanges> {
  const { logMemoryBytes } = ctx.settings;
  const parents = new ChangedParents(references, logMemoryBytes / 4);
  const collector = new Collector(keys, logMemoryBytes / (place ? 16 : 4), ctx.model, parents);
  for await (const transaction of mergedLog(ctx, tenant, from, to)) {
    for (const { log, message } of transaction.frames) {
      collector.add(log, message);
      while (collector.isFull) await collector.relieve(place);
    }
  }
  return collector.result();
}

interface WatchedTable {
  readonly table: TableName;
  readonly relation: Relation;
  /** Indexes of the key's columns; undefined where the relation did not have them all. */
  readonly indexes: number[] | undefined;
  /** Old tuples have them. */
  readonly carried: boolean;
  /** Tables with rows that may have come with an updated row, where updates do not identify the old tenant. */
  readonly followers: readonly TableName[];
  /** References to the table, of which the children may change hands. */
  readonly references: readonly WatchedReference[];
}

class Collector {
  readonly #keys: ReadonlyMap<TableName, readonly string[]>;
  readonly #names = new Map<string, TableName>();
  readonly #relations = { own: new Map<number, WatchedTable>(), system: new Map<number, WatchedTable>() };
  readonly #found = new Map<TableName, Map<string, string[]> | 'all'>();
  readonly #limitBytes: number;
  readonly #model: TenantModel;
  readonly #parents: ChangedParents;
  #bytes = 0;

  constructor(
    keys: ReadonlyMap<TableName, readonly string[]>,
    limitBytes: number,
    model: TenantModel,
    parents: ChangedParents,
  ) {
    this.#model = model;
    this.#parents = parents;
    this.#keys = keys;
    this.#limitBytes = limitBytes;
    for (const table of keys.keys()) {
      const name = parseTableName(table);
      this.#names.set(`${name.schema}\0${name.table}`, table);
    }
  }

  add(log: 'own' | 'system', bytes: Buffer): void {
    const message = parseMessage(bytes);
    if (message.type === 'relation') this.#relation(log, message);
    else if (message.type === 'truncate') for (const oid of message.oids) this.#truncated(log, oid);
    else if (message.type === 'insert' || message.type === 'update' || message.type === 'delete')
      this.#row(log, message);
  }

  get isFull(): boolean {
    return this.#bytes > this.#limitBytes;
  }

  /** Forgets the keys of the table that has the most. */
  async relieve(place: WatchedTables['place']): Promise<void> {
    const known = [...this.#found].flatMap(([table, keys]) => (keys === 'all' ? [] : [{ table, keys }]));
    const { table, keys } = known.reduce((most, other) => (other.keys.size > most.keys.size ? other : most));
    const isPlaced = place && (await place(table, [...keys.values()]));
    this.#whole({ table });
    if (isPlaced) this.#found.delete(table);
  }

  result(): FoundChanges {
    for (const table of this.#parents.whole()) this.#whole({ table });
    const keys: ChangedKeys = new Map(
      [...this.#found].map(([table, found]) => [table, found === 'all' ? found : [...found.values()]]),
    );
    return { keys, parents: this.#parents.keys() };
  }

  #truncated(log: 'own' | 'system', oid: number): void {
    const watched = this.#relations[log].get(oid);
    this.#whole(watched);
    for (const reference of watched?.references ?? []) this.#parents.truncated(reference);
  }

  #relation(log: 'own' | 'system', relation: Relation): void {
    const table = this.#names.get(`${relation.schema}\0${relation.name}`);
    if (table === undefined) return;
    const indexes = this.#keys.get(table)!.map(name => relation.columns.findIndex(column => column.name === name));
    const whole = indexes.length > 0 && !indexes.includes(-1);
    const carried = whole && indexes.every(index => relation.columns[index]!.identity);
    this.#relations[log].set(relation.oid, {
      table,
      relation,
      indexes: whole ? indexes : undefined,
      carried,
      followers: this.#followers(table, relation),
      references: this.#parents.watch(table, relation),
    });
  }

  #followers(table: TableName, relation: Relation): TableName[] {
    const owned = ownedTables(this.#model);
    const routing = owned.filter(candidate => candidate.table === table).flatMap(routingColumns);
    const isKnown = routing.every(name => relation.columns.some(column => column.name === name && column.identity));
    if (isKnown) return [];
    return owned.flatMap(child =>
      child.kind === 'via' && child.path.some(step => step.references === table) ? [child.table] : [],
    );
  }

  #row(log: 'own' | 'system', message: RowMessage): void {
    const watched = this.#relations[log].get(message.oid);
    if (watched === undefined) return;
    if (message.type === 'update') for (const table of watched.followers) this.#whole({ table });
    for (const reference of watched.references) this.#parents.row(reference, message);
    // Without an old tuple the identity did not change; the key's other columns may have.
    const unsure = message.type !== 'insert' && !watched.carried;
    if (watched.indexes === undefined || unsure) this.#whole(watched);
    else for (const tuple of [message.old, message.new]) if (tuple) this.#key(watched, watched.indexes, tuple);
  }

  #key(watched: WatchedTable, indexes: readonly number[], tuple: Tuple): void {
    const values = indexes.map(index => tuple[index]);
    const texts = values.flatMap(value => (value ? [value.toString('utf8')] : []));
    const known = this.#found.get(watched.table) ?? new Map<string, string[]>();
    if (known === 'all') return;
    if (texts.length !== values.length) {
      this.#whole(watched);
      return;
    }
    const id = packTuple(values).toString('latin1');
    if (known.has(id)) return;
    known.set(id, texts);
    this.#found.set(watched.table, known);
    this.#bytes += KEY_BYTES + 2 * id.length;
  }

  #whole(watched: Pick<WatchedTable, 'table'> | undefined): void {
    if (watched === undefined) return;
    const known = this.#found.get(watched.table);
    if (known !== undefined && known !== 'all') {
      for (const id of known.keys()) this.#bytes -= KEY_BYTES + 2 * id.length;
    }
    this.#found.set(watched.table, 'all');
  }
}
