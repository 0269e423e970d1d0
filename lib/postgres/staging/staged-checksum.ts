/** Counts and sums staged rows with the same expression that the snapshot used in the source database (checksum.ts). */
import { type ColumnSchema, storedColumns } from '../../domain/table-schema.ts';
import { type Source, withConnection } from '../connection.ts';
import { checksumExpression } from '../export/checksum.ts';
import type { StagedTable } from './staging.ts';
import { mustBeStaged } from './staging-progress.ts';

export interface StagedSum {
  readonly rows: number;
  /** Exact, as text. */
  readonly checksum: string;
}

/** `columns`: names in the order in which the snapshot summed them. SourceError `staging-lost`. */
export async function stagedSum(
  { source, schema }: { readonly source: Source; readonly schema: string },
  table: StagedTable,
  columns: readonly string[],
): Promise<StagedSum> {
  const schemas = new Map(storedColumns(table.schema).map(column => [column.name, column]));
  const summed: ColumnSchema[] = columns.map(name => schemas.get(name)!);
  return withConnection(source, 'verify', async connection => {
    // In one session: a crash ends it.
    await mustBeStaged(connection, schema);
    const { rows } = await connection.query(
      `SELECT count(*)::text AS rows, ${checksumExpression(summed, 't', true)}::text AS checksum FROM ${table.staged} AS t`,
    );
    return { rows: Number(rows[0].rows), checksum: rows[0].checksum };
  });
}

/** server_version_num, for example 180004. */
export async function serverVersion(source: Source): Promise<number> {
  return withConnection(source, 'verify', async connection => {
    const { rows } = await connection.query(`SELECT current_setting('server_version_num')::int AS version`);
    return rows[0].version;
  });
}
