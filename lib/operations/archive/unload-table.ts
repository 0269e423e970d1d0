/**
 * One staged table as the files of an export. Invariants: a table's files have as many rows as staging has; the same state
 * gives the same bytes. Memory: one piece of the stream, or one part where files are cut.
 */
import { cutAtRows } from '../../codec/copy-lines.ts';
import { ndjsonRows } from '../../codec/ndjson-rows.ts';
import { parquetRows } from '../../codec/parquet-rows.ts';
import { IntegrityError } from '../../domain/errors.ts';
import type { ExportedColumn, ExportedTable, ExportForm } from '../../domain/export-document.ts';
import { isBoundedForm, jsonForm, type ParquetForm, parquetForm } from '../../domain/export-types.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { StagedColumn, StagedTable } from '../../postgres/staging/staging.ts';
import { copyBegin, copyEnd } from '../../postgres/unload/copy-script.ts';
import { type ReadAs, unboundedColumns, unloadRows } from '../../postgres/unload/unload-rows.ts';

export interface UnloadHow {
  readonly form: ExportForm;
  /** Of an SQL file's rows; absent: one file for each table. */
  readonly partBytes?: number;
  /** The type of a column in schema.sql. */
  readonly typeOf: (table: string, column: string) => string;
  /** Encoding of the database that the backup was read from. */
  readonly encoding: string;
}

/** Takes a file. Its bytes are read to the end. */
export type PutFile = (name: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>;

const EXTENSIONS: Readonly<Record<ExportForm, string>> = {
  sql: 'sql',
  csv: 'csv',
  ndjson: 'ndjson',
  parquet: 'parquet',
};

/** `tables/0001-orders`: unique by its number, whatever the table is called. */
export function tableStem(table: string, index: number): string {
  const name = table
    .replace(/^public\./, '')
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '_')
    .slice(0, 60);
  return `tables/${String(index + 1).padStart(4, '0')}-${name}`;
}

/** `kept`: the table's file is there from an earlier attempt. IntegrityError `export-differs`; SourceError. */
export async function unloadTable(
  connection: Connection,
  table: StagedTable,
  how: UnloadHow,
  {
    stem,
    put,
    isKept,
  }: { readonly stem: string; readonly put: PutFile; readonly isKept: (name: string) => Promise<boolean> },
): Promise<ExportedTable> {
  const columns = await chosenColumns(connection, table, how);
  const described = columns.map(({ name, type, as }): ExportedColumn => ({ name, type, as }));
  const single = `${stem}.${EXTENSIONS[how.form]}`;
  const whole = { table: table.table, rows: table.rows, files: [single], columns: described };
  if (how.partBytes === undefined && (await isKept(single))) return whole;
  const read = unloadRows(connection, { ...table, columns }, how.form === 'csv' ? 'csv' : 'text');
  const files: string[] = [];
  for await (const bytes of encoded(read.pieces, table, columns, how)) {
    const part = how.partBytes === undefined ? single : `${stem}-${String(files.length + 1).padStart(4, '0')}.sql`;
    files.push(part);
    await put(part, bytes);
  }
  if (read.rows() === table.rows) return { ...whole, files };
  throw new IntegrityError(
    'export-differs',
    `${table.table} was read with ${read.rows()} rows; it has ${table.rows}.`,
    {
      hint: 'Nothing else may write into the staging schema. Run it again.',
      details: { table: table.table },
    },
  );
}

interface ChosenColumn extends ExportedColumn {
  readonly readAs: ReadAs;
  readonly parquet: ParquetForm;
  readonly staged: StagedColumn;
}

async function chosenColumns(connection: Connection, table: StagedTable, how: UnloadHow): Promise<ChosenColumn[]> {
  const forms = new Map(table.columns.map(({ name, stagedType }) => [name, parquetForm(stagedType)]));
  const bounded = [...forms].filter(([, form]) => how.form === 'parquet' && isBoundedForm(form)).map(([name]) => name);
  const unbounded = await unboundedColumns(connection, table, bounded);
  return table.columns.map(staged => {
    const { name, stagedType } = staged;
    const parquet = unbounded.has(name) ? 'STRING' : forms.get(name)!;
    const isNumber = how.form === 'parquet' && isBoundedForm(parquet);
    const type = table.schema.columns.find(column => column.name === name)!.type;
    const as = { sql: how.typeOf(table.table, name), csv: 'text', ndjson: jsonForm(stagedType), parquet }[how.form];
    const readAs = !isNumber ? 'text' : parquet === 'DATE' ? 'days' : 'microseconds';
    return { name, type, as, readAs, parquet, staged };
  });
}

/** The contents of the table's files, one after the other. */
async function* encoded(
  pieces: AsyncIterable<Uint8Array>,
  table: StagedTable,
  columns: readonly ChosenColumn[],
  { form, partBytes, encoding }: UnloadHow,
): AsyncGenerator<AsyncIterable<Uint8Array>> {
  if (form === 'csv') yield pieces;
  else if (form === 'ndjson')
    yield ndjsonRows(
      pieces,
      columns.map(({ name, staged }) => ({ name, form: jsonForm(staged.stagedType) })),
    );
  else if (form === 'parquet')
    yield parquetRows(
      pieces,
      columns.map(({ name, parquet }) => ({ name, form: parquet })),
    );
  else {
    const begin = copyBegin(
      table.table,
      columns.map(({ name }) => name),
      encoding,
    );
    if (partBytes === undefined) yield inCopy(begin, pieces);
    else {
      let parts = 0;
      for await (const part of cutAtRows(pieces, partBytes)) {
        parts += 1;
        yield inCopy(begin, [part]);
      }
      if (parts === 0) yield inCopy(begin, []);
    }
  }
}

async function* inCopy(
  begin: string,
  rows: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(begin);
  yield* rows;
  yield Buffer.from(copyEnd());
}
