/**
 * What an export and an archive say of themselves: every file with its digest, every table with its rows, and what is not in
 * it. Stored as `export.json` beside the files, so that whoever has them can check them without Holdfast.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { TableName } from './table-schema.ts';
import { TenantRef } from './tenant.ts';

const Count = z.number().int().nonnegative();

export const EXPORT_FORMS = ['sql', 'csv', 'ndjson', 'parquet'] as const;
export const ExportForm = z.enum(EXPORT_FORMS);
export type ExportForm = z.infer<typeof ExportForm>;

/** Something of the tenant or of its tables that an export does not have. */
export const Omission = z.object({
  /** Null for what concerns no single table. */
  table: TableName.nullable(),
  what: z.string(),
  why: z.string(),
});
export type Omission = z.infer<typeof Omission>;

export const ExportedColumn = z.object({
  name: z.string(),
  /** Its type in the database. */
  type: z.string(),
  /** The type in the files: of SQL, of JSON, of Parquet; of CSV always text. */
  as: z.string(),
});
export type ExportedColumn = z.infer<typeof ExportedColumn>;

export const ExportedTable = z.object({
  table: TableName,
  rows: Count,
  /** Names of the files, in order. */
  files: z.array(z.string()),
  columns: z.array(ExportedColumn),
});
export type ExportedTable = z.infer<typeof ExportedTable>;

export const ExportedFile = z.object({
  /** Path below the directory. */
  name: z.string(),
  bytes: Count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ExportedFile = z.infer<typeof ExportedFile>;

/** What the files hold, without where they are. */
export const ExportContents = z.object({
  files: z.array(ExportedFile),
  tables: z.array(ExportedTable),
  leftOut: z.array(Omission),
  /** Sentences about how the state was rebuilt. */
  notes: z.array(z.string()),
});
export type ExportContents = z.infer<typeof ExportContents>;

export const ExportDocument = z.object({
  format: z.literal('holdfast.export/1'),
  /** Id of the request, or of the archive. */
  id: z.string(),
  tenant: TenantRef,
  /** Transactions that committed at or before this position are in it. */
  position: LsnText,
  /** The moment, ISO 8601 UTC. */
  time: z.string(),
  form: ExportForm,
  /** server_version_num of the database that the backup was read from. */
  server: z.number().int(),
  createdAt: z.string(),
  /** All files but this one. */
  ...ExportContents.shape,
});
export type ExportDocument = z.infer<typeof ExportDocument>;

export const EXPORT_DOCUMENT = 'export.json';

export function exportedRows(tables: readonly Pick<ExportedTable, 'rows'>[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
