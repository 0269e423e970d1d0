/**
 * The versions of one staged table's rows over a range of the log, in the same private schema. Each change of a row is an
 * event that holds the row as it was before, so that every version is stored once: the state after an event is what the
 * next event of that key holds, or else the staged row. Of several events of a key in one transaction the first counts.
 * Invariant: an event is noted before its change is applied, so the staged rows decide whose it is, as in a restore.
 */
import { TargetError } from '../../domain/errors.ts';
import type { RowShape } from '../../domain/net-batch.ts';
import type { Equality } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { sameBytes } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { quoteIdentifier } from '../sql.ts';
import { copyInto } from '../staging/copy-import.ts';
import { makePrivate } from '../staging/private-schema.ts';
import { beginReplay } from '../staging/replay.ts';
import { bind, matchKey } from '../staging/replay-binding.ts';
import { leftOut } from '../staging/settle-stage.ts';
import { StageTable } from '../staging/stage-table.ts';
import { isOrphan } from '../staging/staged-references.ts';
import { addVersionColumn, type ChangedRow, encodeChanged, retypeVersions } from './changed-rows.ts';

export type EventKind = 'put' | 'delete' | 'truncate' | 'left';

export interface NumberedTransaction {
  readonly number: number;
  readonly lsn: string;
  readonly xid: number;
  /** ISO 8601 UTC with microseconds. */
  readonly time: string;
}

/** Of events at a moment that the log does not tell; after all others. */
export const UNKNOWN_TRANSACTION = Number.MAX_SAFE_INTEGER;

export class VersionTables {
  readonly connection: Connection;
  /** The table whose rows are followed. */
  readonly stage: StageTable;
  /** The events: the same columns, and those that were dropped on the way. */
  readonly events: StageTable;
  /** Quoted, qualified. */
  readonly transactions: string;
  readonly contexts: string;
  /** Numbers of the columns that identify a row. */
  readonly key: readonly number[];
  readonly #oid: number;
  #columns: StageTable['columns'] | undefined;
  /** Columns of the table that COPY fills. */
  #changed = '';

  constructor(connection: Connection, stage: StageTable, number: number) {
    this.connection = connection;
    this.stage = stage;
    this.events = new StageTable(stage.area, number, stage.owned, stage.schema, false);
    this.transactions = `${quoteIdentifier(stage.area)}.transactions`;
    this.contexts = `${quoteIdentifier(stage.area)}.contexts`;
    this.key = keyNumbers(stage);
    this.#oid = stage.schema.oid;
  }

  /** TargetError `no-row-versions` for a table without a key. */
  async create(): Promise<void> {
    const { stage, events, key } = this;
    if (key.length === 0) throw noVersions(stage, 'it has no key');
    events.columns = [...stage.columns];
    this.#columns = stage.columns;
    const from = key.map(number => `f${number} ${this.#typeOf(number)}`);
    const columns = stage.columns.map(({ physical, stagedType }) => `${physical} ${stagedType}`);
    await this.connection.query(
      `CREATE UNLOGGED TABLE ${events.staged} (_n int8 GENERATED ALWAYS AS IDENTITY, _tx int8 NOT NULL, _kind text NOT NULL, _existed bool NOT NULL, ${[...from, ...columns].join(', ')}) WITH (autovacuum_enabled = off);
       CREATE UNLOGGED TABLE ${this.transactions} (_tx int8 PRIMARY KEY, lsn text, xid int8, time text);
       CREATE UNLOGGED TABLE ${this.contexts} (_tx int8, context text)`,
    );
    await makePrivate(this.connection, stage.area);
  }

  /** A round of changes with what is noted of them. SourceError. */
  async inTransaction(work: () => Promise<void>): Promise<void> {
    try {
      await beginReplay(this.connection);
      await work();
      await this.connection.query('COMMIT');
    } catch (error) {
      throw asSourceError(error, 'replaying the change log');
    }
  }

  async noteTransactions(transactions: readonly NumberedTransaction[]): Promise<void> {
    if (transactions.length === 0) return;
    const column = <K extends keyof NumberedTransaction>(name: K) => transactions.map(each => each[name]);
    await this.connection.query(
      `INSERT INTO ${this.transactions} SELECT * FROM unnest($1::int8[], $2::text[], $3::int8[], $4::text[])`,
      [column('number'), column('lsn'), column('xid'), column('time')],
    );
  }

  async noteContexts(contexts: readonly { readonly number: number; readonly text: string }[]): Promise<void> {
    if (contexts.length === 0) return;
    await this.connection.query(`INSERT INTO ${this.contexts} SELECT * FROM unnest($1::int8[], $2::text[])`, [
      contexts.map(({ number }) => number),
      contexts.map(({ text }) => text),
    ]);
  }

  /** Notes what these rows were, before they are applied. TargetError `no-row-versions`. */
  async note(shape: RowShape, rows: readonly ChangedRow[]): Promise<void> {
    await this.#follow();
    const { stage, events, connection } = this;
    const binding = bind(stage, shape);
    const told = [...new Set([...binding.key, ...this.#physicalKey()])];
    const isMoveTold = this.#physicalKey().every(name => binding.key.includes(name));
    await this.#emptyChanged(told);
    const places = told.map(name => binding.columns.indexOf(name));
    const origins = this.#physicalKey().map(name => binding.key.indexOf(name));
    const from = this.key.map(number => `f${number}`);
    const encoded = encodeChanged(rows, places, isMoveTold ? origins : origins.map(() => -1));
    await copyInto(connection, events.batch, ['_o', '_tx', '_kind', ...from, ...told], encoded);
    const same = matchKey(binding, name => [`s.${name}`, `w.${name}`]);
    const { names, values } = this.#carried(name =>
      told.includes(name) ? `CASE WHEN s.ctid IS NULL THEN w.${name} ELSE s.${name} END` : `s.${name}`,
    );
    const moved = isMoveTold ? [] : [this.#movedSql(same)];
    const noted = `INSERT INTO ${events.staged} (_tx, _kind, _existed, ${[...from, ...names].join(', ')})
      SELECT w._tx, w._kind, s.ctid IS NOT NULL, ${[...from.map(name => `w.${name}`), ...values].join(', ')}
        FROM ${events.batch} AS w LEFT JOIN ${stage.staged} AS s ON ${same}
       WHERE s.ctid IS NOT NULL OR w._kind = 'put' ORDER BY w._o`;
    await connection.query([...moved, noted].join('; '));
  }

  /** A change of the key that the columns with which the log identifies rows do not show. */
  #movedSql(same: string): string {
    const { stage, events } = this;
    const key = this.#physicalKey();
    const kept = key.map(name => sameBytes(this.equalityOf(name), `s.${name}`, `w.${name}`)).join(' AND ');
    const isTold = key.map(name => `w.${name} IS NOT NULL`).join(' AND ');
    return `INSERT INTO ${events.staged} (_tx, _kind, _existed, ${[...this.key.map(number => `f${number}`), ...key].join(', ')})
      SELECT w._tx, w._kind, false, ${[...key.map(name => `s.${name}`), ...key.map(name => `w.${name}`)].join(', ')}
        FROM ${events.batch} AS w JOIN ${stage.staged} AS s ON ${same}
       WHERE w._kind = 'put' AND ${isTold} AND NOT (${kept}) ORDER BY w._o`;
  }

  /** Every staged row, before the table is emptied. */
  async noteTruncate(transaction: number): Promise<void> {
    await this.#noteStaged(transaction, 'truncate', 'true');
  }

  /** The staged rows whose parent is not the tenant's any more. */
  async noteOrphans(transaction: number, parent: StageTable): Promise<void> {
    await this.#noteStaged(transaction, 'left', isOrphan(this.stage, parent, 's'));
  }

  async #noteStaged(transaction: number, kind: EventKind, condition: string): Promise<void> {
    await this.#follow();
    const { names, values } = this.#carried(name => `s.${name}`);
    await this.connection.query(
      `INSERT INTO ${this.events.staged} (_tx, _kind, _existed, ${names.join(', ')}) SELECT ${transaction}, '${kind}', true, ${values.join(', ')} FROM ${this.stage.staged} AS s WHERE ${condition}`,
    );
  }

  /**
   * Before the staged state is settled: what has no parent of the tenant's then is the tenant's no more, and where a
   * foreign key forbids that, it has been until then.
   */
  async noteLost(parent: StageTable | undefined): Promise<void> {
    await this.#follow();
    if (parent !== undefined) await this.noteOrphans(UNKNOWN_TRANSACTION, parent);
  }

  /**
   * After it is settled. Without a foreign key, rows of others may have been staged until then: only versions whose
   * parent is the tenant's are kept.
   */
  async dropUnproved(parent: StageTable): Promise<void> {
    await this.#follow();
    const { connection, events } = this;
    await connection.query(`DELETE FROM ${events.staged} AS s WHERE s._existed AND ${isOrphan(events, parent, 's')}`);
  }

  /** Makes the events ready to be read. Those of rows that were left out go too. */
  async finish(): Promise<void> {
    await this.#follow();
    const { connection, events, stage } = this;
    const key = this.#physicalKey();
    const same = key.map(name => sameBytes(this.equalityOf(name), `s.${name}`, `g.${name}`)).join(' AND ');
    const gone = events.hasLeftOut
      ? [`DELETE FROM ${events.staged} AS s USING ${leftOut(events)} AS g WHERE ${same}`]
      : [];
    const index = (table: string) => `CREATE INDEX ON ${table} (${key.join(', ')})`;
    const analyze = [events.staged, stage.staged].map(table => `ANALYZE ${table}`);
    await connection.query([...gone, index(events.staged), index(stage.staged), ...analyze].join('; '));
  }

  equalityOf(physical: string): Equality | undefined {
    return this.stage.columns.find(column => column.physical === physical)?.equality;
  }

  /** Gives the events the columns that the staged table got on the way. */
  async #follow(): Promise<void> {
    const { stage, events, connection } = this;
    if (this.#columns === stage.columns && events.schema === stage.schema) return;
    if (stage.schema.oid !== this.#oid) throw noVersions(stage, 'it was dropped and created again');
    if (keyNumbers(stage).join() !== this.key.join()) throw noVersions(stage, 'it got another key');
    for (const column of stage.columns) {
      const at = events.columns.findIndex(({ number }) => number === column.number);
      const before = events.columns[at];
      if (before === undefined) {
        await addVersionColumn(connection, events, column, this.#missingIn(column.number));
        events.columns.push(column);
      } else if (before.stagedType === column.stagedType) events.columns[at] = column;
      else events.columns[at] = await retypeVersions(connection, events, before, column);
    }
    this.#columns = stage.columns;
    events.schema = stage.schema;
    events.owned = stage.owned;
    this.#changed = '';
  }

  /** The staged table's columns in the types of the events. */
  #carried(value: (name: string) => string): { names: string[]; values: string[] } {
    const { stage, events } = this;
    const typed = ({ number, physical, stagedType }: StageTable['columns'][number]) => {
      const kept = events.columns.find(column => column.number === number)!;
      return kept.stagedType === stagedType ? value(physical) : `(${value(physical)})::text`;
    };
    return { names: stage.columns.map(({ physical }) => physical), values: stage.columns.map(typed) };
  }

  #missingIn(number: number): string | null {
    return this.stage.schema.columns.find(column => column.number === number)?.missing ?? null;
  }

  #physicalKey(): string[] {
    return this.key.map(number => `c${number}`);
  }

  #typeOf(number: number): string {
    return this.stage.columns.find(column => column.number === number)!.stagedType;
  }

  async #emptyChanged(names: readonly string[]): Promise<void> {
    const { connection, events } = this;
    if (this.#changed === names.join()) {
      await connection.query(`TRUNCATE ${events.batch}`);
      return;
    }
    const columns = [
      ...this.key.map(number => `f${number} ${this.#typeOf(number)}`),
      ...names.map(name => `${name} ${this.#typeOf(Number(name.slice(1)))}`),
    ];
    await connection.query(
      `SET LOCAL client_min_messages = warning; DROP TABLE IF EXISTS ${events.batch}; CREATE UNLOGGED TABLE ${events.batch} (_o int4, _tx int8, _kind text, ${columns.join(', ')}) WITH (autovacuum_enabled = off)`,
    );
    this.#changed = names.join();
  }
}

function keyNumbers(stage: StageTable): number[] {
  return stage.key.map(name => stage.column(name)!.number);
}

export function noVersions({ table }: Pick<StageTable, 'table'>, why: string): TargetError {
  return new TargetError('no-row-versions', `The versions of rows of ${table} cannot be followed: ${why}.`, {
    hint: 'Choose a range that begins after that (--from, --since), or compare single moments with `holdfast diff`.',
    details: { table },
  });
}
