/**
 * Writes a staged state as files that need no Holdfast: a schema, the rows of each table, and what is not in it. The one
 * writer of exports and archives. Invariants: `export.json` comes last, and where it is, everything else is complete; every
 * file's digest in it is of the bytes that were handed over.
 */
import { countedBytes } from '../../codec/counted-bytes.ts';
import { InputError } from '../../domain/errors.ts';
import {
  EXPORT_DOCUMENT,
  ExportDocument,
  type ExportedFile,
  type ExportedTable,
  type ExportForm,
} from '../../domain/export-document.ts';
import { formatLsn } from '../../domain/lsn.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import type { Staging } from '../../postgres/staging/staging.ts';
import { loadScript } from '../../postgres/unload/copy-script.ts';
import { type SchemaScript, schemaScript } from '../../postgres/unload/schema-script.ts';
import { unloadedTypes } from '../../postgres/unload/unloaded-types.ts';
import type { Context } from '../context.ts';
import { exportReadme } from './export-readme.ts';
import { rowsLeftOut, tablesLeftOut } from './left-out.ts';
import { type PutFile, tableStem, unloadTable } from './unload-table.ts';

export interface UnloadAsked {
  readonly id: string;
  readonly form: ExportForm;
  /** Tables that the plan leaves out, as a person wrote them. */
  readonly exclude: readonly string[];
  readonly partBytes?: number;
  /** When the files say that they were made, ISO 8601 UTC. @default - now */
  readonly createdAt?: string;
}

/** Where the files go. */
export interface FileSink {
  readonly put: PutFile;
  /** What the file is that an earlier attempt left, complete; undefined if it has to be written. */
  kept(name: string): Promise<Pick<ExportedFile, 'bytes' | 'sha256'> | undefined>;
}

/** What is written of a staged state. */
export interface UnloadedState {
  readonly staging: Staging;
  readonly plan: RestorePlan;
}

/** The document that was written last. InputError `export-encoding`; IntegrityError `export-differs`; SourceError. */
export async function unloadState(
  ctx: Context,
  state: UnloadedState,
  asked: UnloadAsked,
  sink: FileSink,
): Promise<ExportDocument> {
  refuseEncoding(state.staging, asked.form);
  // The others are only on the way to a tenant.
  const wanted = state.staging.tables.filter(({ dependency }) => !dependency);
  return withConnection(ctx.source, 'export', async connection => {
    const script = await scriptOf(ctx, connection, { ...state.staging, tables: wanted });
    const files = new FileList(ctx, sink);
    const writes = asked.form === 'sql' || asked.form === 'csv';
    await files.text('schema.sql', script.before);
    const tables = await unloadTables(connection, { ...state.staging, tables: wanted }, asked, { script, files });
    if (writes) {
      await files.text('constraints.sql', script.after);
      await files.text('load.sql', loadScript(loadSteps(tables, asked.form)));
    }
    const document = describe(ctx, state, asked, { tables, script });
    await files.text('README.txt', exportReadme(document));
    await files.text('SHA256SUMS', files.list.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
    const complete = ExportDocument.parse({ ...document, files: files.list });
    await sink.put(EXPORT_DOCUMENT, whole(`${JSON.stringify(complete, null, 2)}\n`));
    return complete;
  });
}

/** Bytes in no encoding are no text of JSON or Parquet. */
function refuseEncoding({ server }: Staging, form: ExportForm): void {
  if (server.encoding !== 'SQL_ASCII' || form === 'sql' || form === 'csv') return;
  throw new InputError(
    'export-encoding',
    `The database has the encoding SQL_ASCII: its text cannot be written as ${form}.`,
    {
      hint: 'Export as sql or csv, which keep the bytes as they are.',
    },
  );
}

async function scriptOf(
  ctx: Context,
  connection: Connection,
  { database, tables, server }: Staging,
): Promise<SchemaScript> {
  const live = await readOwnedSchema(ctx, connection);
  return schemaScript(tables, await unloadedTypes(connection, database, live), server.encoding);
}

async function unloadTables(
  connection: Connection,
  { tables, server }: Staging,
  { form, partBytes }: UnloadAsked,
  { script, files }: { readonly script: SchemaScript; readonly files: FileList },
): Promise<ExportedTable[]> {
  const how = { form, typeOf: script.typeOf, encoding: server.encoding, ...(partBytes !== undefined && { partBytes }) };
  const done: ExportedTable[] = [];
  for (const [index, table] of tables.entries()) {
    files.writing = table.table;
    const put: PutFile = (name, bytes) => files.put(name, bytes);
    const isKept = (name: string) => files.keep(name);
    done.push(await unloadTable(connection, table, how, { stem: tableStem(table.table, index), put, isKept }));
  }
  return done;
}

function loadSteps(tables: readonly ExportedTable[], form: ExportForm) {
  const rows = tables.flatMap(({ table, columns, files }) =>
    files.map(name =>
      form === 'csv' ? { csv: name, table, columns: columns.map(each => each.name) } : { include: name },
    ),
  );
  return [{ include: 'schema.sql' }, ...rows, { include: 'constraints.sql' }];
}

function describe(
  ctx: Context,
  { staging, plan }: UnloadedState,
  { id, form, exclude, createdAt = ctx.clock.now().toISOString() }: UnloadAsked,
  { tables, script }: { readonly tables: ExportedTable[]; readonly script: SchemaScript },
): Omit<ExportDocument, 'files'> {
  const names = new Set(tables.map(({ table }) => table));
  return {
    ...{
      format: 'holdfast.export/1',
      id,
      tenant: staging.ref,
      position: formatLsn(staging.target),
      time: plan.target.time,
    },
    ...{ form, server: staging.server.version, createdAt, tables },
    leftOut: [...tablesLeftOut(ctx.model, names, exclude), ...rowsLeftOut(staging.tables), ...script.leftOut],
    notes: [...staging.notes],
  };
}

async function* whole(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Bytes between two reports of progress. */
const REPORT_BYTES = 4 * 1024 * 1024;

/** The files so far, with their digests. */
class FileList {
  readonly list: ExportedFile[] = [];
  writing = '';
  readonly #ctx: Pick<Context, 'progress'>;
  readonly #sink: FileSink;
  #bytes = 0;
  #reported = 0;

  constructor(ctx: Pick<Context, 'progress'>, sink: FileSink) {
    this.#ctx = ctx;
    this.#sink = sink;
  }

  async put(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const counted = countedBytes(this.#watched(bytes));
    await this.#sink.put(name, counted.bytes);
    this.list.push({ name, ...counted.total() });
  }

  text(name: string, text: string): Promise<void> {
    this.writing = name;
    return this.put(name, whole(text));
  }

  /** True if the file is there. */
  async keep(name: string): Promise<boolean> {
    const kept = await this.#sink.kept(name);
    if (kept === undefined) return false;
    const { bytes, sha256 } = kept;
    this.list.push({ name, bytes, sha256 });
    return true;
  }

  async *#watched(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const step = 'export.write';
    this.#ctx.progress?.({ step, message: `Writing ${this.writing}`, done: this.#bytes, unit: 'bytes' });
    for await (const piece of bytes) {
      yield piece;
      this.#bytes += piece.byteLength;
      if (this.#bytes - this.#reported < REPORT_BYTES) continue;
      this.#reported = this.#bytes;
      this.#ctx.progress?.({ step, message: `Writing ${this.writing}`, done: this.#bytes, unit: 'bytes' });
    }
  }
}
