/**
 * Which rows of a staged table some of the transactions between it and its baseline changed, and which all the others did:
 * so that an undo of some transactions takes back theirs alone. Invariant: afterwards staged state and baseline differ
 * exactly by what the chosen transactions did; rows of which that cannot be said are in the table of clashes.
 */

import type { ColumnSchema } from '../../domain/table-schema.ts';
import type { VersionRow } from '../../domain/take-back.ts';
import type { Connection } from '../connection.ts';
import { equalValues, textOf } from '../equality.ts';
import { columnReference, quoteIdentifier } from '../sql.ts';
import { CopyTextWriter, copyInto, copyText, PIECE_BYTES } from './copy-import.ts';
import type { StagedTable } from './staging.ts';

/** A staged table with its baseline, both of the same shape. */
export type StepTable = Pick<StagedTable, 'staged' | 'columns' | 'key' | 'schema'> & { readonly baseline: string };

/** A row that both sorts of transactions changed. */
export interface MixedRow {
  /** Every spelling of its key: texts of the key columns, in order. */
  readonly spellings: string[][];
  /** The staged row. */
  readonly row: VersionRow | null;
}

/** A row as it is to be on both sides; `clash`: it cannot be said. */
export interface SettledRow {
  readonly key: readonly string[];
  readonly rows: { readonly before: VersionRow | null; readonly after: VersionRow | null } | 'clash';
}

export class StepRows {
  readonly table: StepTable;
  readonly #connection: Connection;
  readonly #touched: string;
  readonly #clashes: string;
  readonly #key: readonly KeyColumn[];
  readonly #writer = new CopyTextWriter();

  /** `number`: part of the names of its tables in the staging schema. */
  constructor(connection: Connection, schema: string, number: number, table: StepTable) {
    this.#connection = connection;
    this.table = table;
    const name = (prefix: string) => `${quoteIdentifier(schema)}.${prefix}${number}`;
    this.#touched = name('touched');
    this.#clashes = name('clash');
    this.#key = table.key.map(name => keyColumn(table, name));
  }

  async create(): Promise<void> {
    await this.#connection.query(
      `CREATE UNLOGGED TABLE ${this.#touched} AS SELECT ${this.#keyOf('s')} FROM ${this.table.staged} s WITH NO DATA;
       ALTER TABLE ${this.#touched} ADD COLUMN ${SELECTED} bool`,
    );
  }

  /** A row was changed; its key as the log prints it. */
  async add(key: readonly Buffer[], selected: boolean): Promise<void> {
    for (const value of key) this.#writer.field(value);
    this.#writer.field(selected ? TRUE : FALSE);
    this.#writer.endRow();
    if (this.#writer.length > PIECE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#writer.length === 0) return;
    await copyInto(this.#connection, this.#touched, [...this.table.key, SELECTED_NAME], [this.#writer.take()]);
  }

  /** Outside of what the chosen transactions changed, the baseline is the staged state. */
  async restrict(): Promise<void> {
    const { staged, baseline, columns } = this.table;
    const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    const other = (alias: string) =>
      `NOT EXISTS (SELECT 1 FROM ${this.#touched} t WHERE t.${SELECTED} AND ${this.#same('t', alias)})`;
    await this.#connection.query(
      `ANALYZE ${this.#touched};
       DELETE FROM ${baseline} b WHERE ${other('b')};
       INSERT INTO ${baseline} (${list}) SELECT ${list} FROM ${staged} s WHERE ${other('s')};
       ANALYZE ${baseline}`,
    );
  }

  /** The rows that both sorts changed; undefined where there are more than `most`. */
  async mixed(most: number): Promise<MixedRow[] | undefined> {
    const values = this.table.columns.map(
      ({ name }, at) => `${textOf(columnReference(name, 's'))} AS ${quoteIdentifier(`holdfast ${at}`)}`,
    );
    const { rows } = await this.#connection.query(
      `WITH m AS (SELECT ${this.#keyOf('t')} FROM ${this.#touched} t
              GROUP BY ${this.#values('t').join(', ')} HAVING bool_or(t.${SELECTED}) AND bool_or(NOT t.${SELECTED}) LIMIT ${most + 1})
            SELECT s.ctid IS NOT NULL AS "holdfast present",
                   (SELECT jsonb_agg(DISTINCT jsonb_build_array(${this.#texts('t')})) FROM ${this.#touched} t WHERE ${this.#same('t', 'm')}) AS "holdfast spellings"
                   ${values.length > 0 ? `, ${values.join(', ')}` : ''}
              FROM m LEFT JOIN ${this.table.staged} s ON ${this.#same('s', 'm')}`,
    );
    if (rows.length > most) return undefined;
    return rows.map(row => ({
      spellings: row['holdfast spellings'] as string[][],
      row: row['holdfast present']
        ? Object.fromEntries(this.table.columns.map(({ name }, at) => [name, row[`holdfast ${at}`] as string | null]))
        : null,
    }));
  }

  /** Writes both sides of rows that both sorts changed. Returns the table of clashes, where there are any. */
  async settle(rows: readonly SettledRow[]): Promise<string | undefined> {
    const { staged, baseline } = this.table;
    const clashing = rows.filter(({ rows: sides }) => sides === 'clash');
    const known = rows.flatMap(({ key, rows: sides }) => (sides === 'clash' ? [] : [{ key, ...sides }]));
    if (known.length > 0) {
      await this.#keys(
        `${this.#touched}_settled`,
        known.map(({ key }) => key),
      );
      for (const side of [staged, baseline])
        await this.#connection.query(
          `DELETE FROM ${side} x USING ${this.#touched}_settled y WHERE ${this.#same('x', 'y')}`,
        );
      await this.#rows(
        staged,
        known.map(({ before }) => before),
      );
      await this.#rows(
        baseline,
        known.map(({ after }) => after),
      );
    }
    if (clashing.length === 0) return undefined;
    await this.#keys(
      this.#clashes,
      clashing.map(({ key }) => key),
    );
    return this.#clashes;
  }

  async #keys(name: string, keys: readonly (readonly string[])[]): Promise<void> {
    await this.#connection.query(
      `CREATE UNLOGGED TABLE ${name} AS SELECT ${this.#keyOf('s')} FROM ${this.table.staged} s WITH NO DATA`,
    );
    await copyInto(this.#connection, name, this.table.key, copyText(keys));
    await this.#connection.query(`ANALYZE ${name}`);
  }

  async #rows(into: string, rows: readonly (VersionRow | null)[]): Promise<void> {
    const names = this.table.columns.map(({ name }) => name);
    const present = rows.flatMap(row => (row === null ? [] : [names.map(name => row[name]!)]));
    await copyInto(this.#connection, into, names, copyText(present));
  }

  #keyOf(alias: string): string {
    return this.#values(alias)
      .map((value, at) => `${value} AS ${quoteIdentifier(this.table.key[at]!)}`)
      .join(', ');
  }

  #texts(alias: string): string {
    return this.table.key.map(name => textOf(columnReference(name, alias))).join(', ');
  }

  #same(left: string, right: string): string {
    const rights = this.#values(right);
    return this.#values(left)
      .map((value, at) => equalValues(this.#key[at]!, value, rights[at]!))
      .join(' AND ');
  }

  #values(alias: string): string[] {
    return this.#key.map(({ name, collate }) => `${columnReference(name, alias)}${collate}`);
  }
}

/** How the database tells rows apart: staged columns have its default collation, under which other rows are equal. */
interface KeyColumn extends Pick<ColumnSchema, 'name' | 'equality'> {
  readonly collate: string;
}

function keyColumn({ columns, schema }: StepTable, name: string): KeyColumn {
  // Of a value that is staged as its text, nothing but the text is known.
  const asText = columns.find(column => column.name === name)?.asText ?? false;
  const column = schema.columns.find(candidate => candidate.name === name);
  if (asText || column?.equality === undefined) return { name, collate: '' };
  const { equality, collation } = column;
  if (equality.canonical !== 'none' || collation === null || collation.startsWith('default('))
    return { name, equality, collate: '' };
  return { name, equality, collate: ` COLLATE ${collation.replace(/@[^@"]*$/, '')}` };
}

const SELECTED_NAME = 'holdfast selected';
const SELECTED = quoteIdentifier(SELECTED_NAME);
const TRUE = Buffer.from('t');
const FALSE = Buffer.from('f');
