/**
 * What is asked of an export, what it will do, and what it proved. The plan names the position and not the moment as it was
 * written, so that an export that waited for approval has the rows that were approved.
 */
import * as z from 'zod';
import { ExportDocument, ExportForm, exportedRows, Omission } from './export-document.ts';
import { LsnText } from './lsn.ts';
import { TableName } from './table-schema.ts';

const Count = z.number().int().nonnegative();

export const ExportInput = z.strictObject({
  /** A recovery target, as restores take it. */
  target: z.string().min(1),
  form: ExportForm,
  /** Names of tables to leave out, as a person writes them. */
  exclude: z.array(z.string().min(1)).default([]),
  /** Absolute path of a directory that does not exist, on the machine that executes it. */
  directory: z.string().startsWith('/'),
});
export type ExportInput = z.input<typeof ExportInput>;

/** On AWS: the files are sealed in the vault, until somebody fetches them. */
export const SealedExportInput = ExportInput.omit({ directory: true });
export type SealedExportInput = z.input<typeof SealedExportInput>;

export const ExportPlan = z.object({
  /** The target at its position, or a snapshot as it was taken. */
  target: z.string(),
  position: LsnText,
  time: z.string(),
  form: ExportForm,
  exclude: z.array(z.string()),
  directory: z.string(),
  /** Rows as of the snapshot that the state is rebuilt from. */
  tables: z.array(z.object({ table: TableName, rows: Count })),
  leftOut: z.array(Omission),
});
export type ExportPlan = z.infer<typeof ExportPlan>;

export const SealedExportPlan = ExportPlan.omit({ directory: true });
export type SealedExportPlan = z.infer<typeof SealedExportPlan>;

/** What was written and read back. */
export const ExportProof = z.object({
  ...ExportDocument.pick({ position: true, time: true, form: true, files: true, leftOut: true, notes: true }).shape,
  tables: z.array(z.object({ table: TableName, rows: Count, files: z.array(z.string()) })),
  rows: Count,
  bytes: Count,
});
export type ExportProof = z.infer<typeof ExportProof>;

export function exportProof({ position, time, form, files, leftOut, notes, tables }: ExportDocument): ExportProof {
  return {
    ...{ position, time, form, files, leftOut, notes, rows: exportedRows(tables) },
    tables: tables.map(({ table, rows, files: names }) => ({ table, rows, files: names })),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
