/**
 * Reads the versions of single rows. A row is named by the texts of its key, to the byte: values that the type holds
 * equal may be keys of different rows at different times, and whoever asks decides what belongs together.
 */
import type { HoldfastError } from '../../domain/errors.ts';
import { parseContext, type TransactionContext } from '../../domain/transaction-context.ts';
import type { Connection } from '../connection.ts';
import { badKey, type RowCondition } from '../diff/row-filter.ts';
import { sameBytes, textOf } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { quoteIdentifier } from '../sql.ts';
import type { EventKind, VersionTables } from './version-tables.ts';

/** Values in the order of the key's columns. */
export type KeyTexts = readonly string[];
/** Values in the order of VersionReads.columns. */
export type RowTexts = readonly (string | null)[];

export interface VersionTransaction {
  readonly lsn: string;
  readonly xid: number;
  /** ISO 8601 UTC with microseconds. */
  readonly time: string;
  readonly context?: TransactionContext;
}

export interface RowEvent {
  /** Number of its transaction. */
  readonly number: number;
  /** Null: the log does not tell when. */
  readonly transaction: VersionTransaction | null;
  readonly kind: EventKind;
  /** The row under this key just before the transaction; null: there was none. */
  readonly before: RowTexts | null;
  /** The key under which the row after the transaction was before it, where that is another. */
  readonly from: KeyTexts | null;
}

const MOST_KEYS = 100;

export class VersionReads {
  /** Names of all columns; one that was dropped is marked. */
  readonly columns: readonly string[];
  /** Names of the columns of the key. */
  readonly key: readonly string[];
  readonly #tables: VersionTables;

  constructor(tables: VersionTables) {
    this.#tables = tables;
    const { events, stage } = tables;
    const isLive = (number: number) => stage.columns.some(column => column.number === number);
    this.columns = events.columns.map(({ name, number }) => (isLive(number) ? name : `${name} (dropped)`));
    this.key = tables.key.map(number => events.columns.find(column => column.number === number)!.name);
  }

  /**
   * Keys of rows of the range for which the condition over the columns of the table's key holds, in any spelling.
   * InputError `bad-key`.
   */
  async keysLike(condition: RowCondition): Promise<KeyTexts[]> {
    const { events, stage, connection } = this.#tables;
    const named = stage.columns
      .filter(({ name }) => stage.schema.key.includes(name))
      .map(({ name, physical }) => `${physical}${this.#collate(name)} AS ${quoteIdentifier(name)}`);
    const own = this.#physicalKey().map((physical, index) => `${physical} AS own_${index}`);
    const list = [...named, ...own].join(', ');
    const texts = `ARRAY[${this.key.map((_, index) => textOf(`v.own_${index}`)).join(', ')}]`;
    const sql = `SELECT DISTINCT ${texts} AS key FROM (SELECT ${list} FROM ${events.staged} UNION ALL SELECT ${list} FROM ${stage.staged}) AS v WHERE ${condition('v')} LIMIT ${MOST_KEYS}`;
    const rows = await readOnly(connection, sql, state => badKey(stage.table, state));
    return rows.map(row => row.key as string[]);
  }

  /** The row at the end of the range. */
  async current(key: KeyTexts): Promise<RowTexts | null> {
    const { stage, connection } = this.#tables;
    const { rows } = await connection.query(
      `SELECT ${this.#row('s', true)} AS row FROM ${stage.staged} AS s WHERE ${this.#isKey('s', 'c')}`,
      [...key],
    );
    return rows[0]?.row ?? null;
  }

  /** Events of a key, newest first: before a transaction, or all. */
  async events(key: KeyTexts, before: number | null, limit: number): Promise<RowEvent[]> {
    return this.#read(key, before === null ? '' : ` AND e._tx < ${before}`, 'DESC', limit);
  }

  /** The row under that key after a transaction. */
  async after(key: KeyTexts, transaction: number): Promise<RowTexts | null> {
    const [next] = await this.#read(key, ` AND e._tx > ${transaction}`, 'ASC', 1);
    return next ? next.before : this.current(key);
  }

  /** The event of a key in a transaction. */
  async at(key: KeyTexts, transaction: number): Promise<RowEvent | undefined> {
    return (await this.#read(key, ` AND e._tx = ${transaction}`, 'ASC', 1))[0];
  }

  /** Events after a transaction, oldest first. */
  async following(key: KeyTexts, transaction: number, limit: number): Promise<RowEvent[]> {
    return this.#read(key, ` AND e._tx > ${transaction}`, 'ASC', limit);
  }

  /** The key that a row of this key got in a transaction. */
  async movedTo(key: KeyTexts, transaction: number): Promise<KeyTexts | null> {
    const { events, connection } = this.#tables;
    const { rows } = await connection.query(
      `SELECT ${this.#keyTexts('m', 'c')} AS key FROM ${events.staged} AS m WHERE m._tx = ${transaction} AND ${this.#isKey('m', 'f')} ORDER BY m._n DESC LIMIT 1`,
      [...key],
    );
    return rows[0]?.key ?? null;
  }

  async #read(key: KeyTexts, range: string, order: 'ASC' | 'DESC', limit: number): Promise<RowEvent[]> {
    const { events, transactions, contexts, connection } = this.#tables;
    const isKey = (alias: string) => this.#isKey(alias, 'c');
    const { rows } = await connection.query(
      `SELECT q.*, x.lsn, x.xid::float8 AS xid, x.time,
              (SELECT m.context FROM ${contexts} AS m WHERE m._tx = q.tx LIMIT 1) AS context,
              (SELECT ${this.#keyTexts('m', 'f')} FROM ${events.staged} AS m WHERE ${isKey('m')} AND m._tx = q.tx AND m.f${this.#tables.key[0]} IS NOT NULL ORDER BY m._n DESC LIMIT 1) AS came
         FROM (SELECT DISTINCT ON (e._tx) e._tx AS tx, e._kind AS kind, CASE WHEN e._existed THEN ${this.#row('e', false)} END AS before
                 FROM ${events.staged} AS e WHERE ${isKey('e')}${range} ORDER BY e._tx ${order}, e._n LIMIT ${limit}) AS q
         LEFT JOIN ${transactions} AS x ON x._tx = q.tx ORDER BY q.tx ${order}`,
      [...key],
    );
    return rows.map(({ tx, kind, before, came, lsn, xid, time, context }) => ({
      ...{ number: Number(tx), kind, before, from: came },
      transaction:
        lsn === null ? null : { lsn, xid, time, ...(context !== null && { context: parseContext(context) }) },
    }));
  }

  #row(alias: string, staged: boolean): string {
    const { events, stage } = this.#tables;
    const values = events.columns.map(({ physical, number }) =>
      staged && !stage.columns.some(column => column.number === number) ? 'NULL' : textOf(`${alias}.${physical}`),
    );
    return `ARRAY[${values.join(', ')}]::text[]`;
  }

  #keyTexts(alias: string, mark: 'c' | 'f'): string {
    return `ARRAY[${this.#tables.key.map(number => textOf(`${alias}.${mark}${number}`)).join(', ')}]::text[]`;
  }

  /** SQL condition: the row's key (or the one before) is that of the parameters. */
  #isKey(alias: string, mark: 'c' | 'f'): string {
    return this.#tables.key
      .map((number, index) => {
        const { stagedType } = this.#tables.stage.columns.find(column => column.number === number)!;
        const equality = this.#tables.equalityOf(`c${number}`);
        return sameBytes(equality, `${alias}.${mark}${number}`, `$${index + 1}::text::${stagedType}`);
      })
      .join(' AND ');
  }

  /** Staged columns have the database's collation; under one that is not deterministic, other keys are equal. */
  #collate(name: string): string {
    const column = this.#tables.stage.schema.columns.find(candidate => candidate.name === name);
    const { collation = null, equality } = column ?? {};
    if (equality?.canonical !== 'none' || collation === null || collation.startsWith('default(')) return '';
    return ` COLLATE ${collation.replace(/@[^@"]*$/, '')}`;
  }

  #physicalKey(): string[] {
    return this.#tables.key.map(number => `c${number}`);
  }
}

/** A statement with a person's condition in it. What the database refuses is the condition's fault, unless the line is. */
export async function readOnly(
  connection: Connection,
  sql: string,
  refused: (state: string) => HoldfastError,
): Promise<Record<string, unknown>[]> {
  await connection.query('BEGIN READ ONLY');
  try {
    return (await connection.query(sql)).rows;
  } catch (error) {
    const state = (error as { code?: string }).code ?? '';
    // Data exceptions, and syntax errors: the classes that a condition can cause.
    if (/^(22|42)...$/.test(state)) throw refused(state);
    throw asSourceError(error, 'reading the versions of rows');
  } finally {
    await connection.query('ROLLBACK').catch(() => {});
  }
}
