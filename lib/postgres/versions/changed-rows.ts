/**
 * How changed rows get into the tables of versions, and how those follow a change of the table's columns. Invariant: a
 * version keeps its values; what a new type does not take is kept as text.
 */
import type { NetValue } from '../../domain/packed-tuple.ts';
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { CopyTextWriter } from '../staging/copy-import.ts';
import type { StageTable } from '../staging/stage-table.ts';

/** A row of the log that is about to be applied. */
export interface ChangedRow {
  /** Number of its transaction, in commit order. */
  readonly transaction: number;
  readonly kind: 'put' | 'delete';
  /** In the order of the shape's columns; of these, the key counts. */
  readonly values: readonly NetValue[];
  /** The key that the row had before its transaction, where it had another; in the order of the shape's key. */
  readonly from?: readonly NetValue[] | undefined;
}

type VersionColumn = StageTable['columns'][number];

const PIECE_BYTES = 256 * 1024;

/**
 * COPY text: order, transaction, kind, the key before (by its places in `from`; -1: not told), the columns at `places`.
 */
export function* encodeChanged(
  rows: readonly ChangedRow[],
  places: readonly number[],
  origins: readonly number[],
): Generator<Uint8Array> {
  const writer = new CopyTextWriter();
  for (const [order, { transaction, kind, values, from }] of rows.entries()) {
    for (const text of [order, transaction, kind]) writer.field(Buffer.from(String(text)));
    for (const place of origins) writer.field((place >= 0 && from?.[place]) || null);
    for (const place of places) writer.field(values[place] ?? null);
    writer.endRow();
    if (writer.length >= PIECE_BYTES) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
}

/** Older versions have what PostgreSQL gave older rows, so that no transaction seems to have written it. */
export async function addVersionColumn(
  connection: Connection,
  { staged }: StageTable,
  { physical, stagedType }: VersionColumn,
  missing: string | null,
): Promise<void> {
  const value = missing === null ? '' : ` DEFAULT ${quoteLiteral(missing)}::${stagedType}`;
  await connection.query(`ALTER TABLE ${staged} ADD COLUMN ${physical} ${stagedType}${value}`);
  if (value) await connection.query(`ALTER TABLE ${staged} ALTER COLUMN ${physical} DROP DEFAULT`);
}

/** The column as the versions have it from now on. Inside the caller's transaction. */
export async function retypeVersions(
  connection: Connection,
  { staged }: StageTable,
  before: VersionColumn,
  column: VersionColumn,
): Promise<VersionColumn> {
  const asText = { ...column, stagedType: 'text', asText: true };
  if (before.stagedType === 'text') return asText;
  const change = (type: string) =>
    connection.query(
      `ALTER TABLE ${staged} ALTER COLUMN ${column.physical} TYPE ${type} USING ${column.physical}::text::${type}`,
    );
  await connection.query('SAVEPOINT versions');
  try {
    await change(column.stagedType);
    await connection.query('RELEASE SAVEPOINT versions');
    return column;
  } catch {
    await connection.query('ROLLBACK TO SAVEPOINT versions');
    await change('text');
    return asText;
  }
}
