/** What stands around COPY text in a script for psql, and how psql loads the files of an export. */
import type { TableName } from '../../domain/table-schema.ts';
import { columnList, quoteTable } from '../sql.ts';
import { scriptSettings } from './schema-script.ts';

/** Each file can be loaded alone. */
export function copyBegin(table: TableName, columns: readonly string[], encoding: string): string {
  return `${scriptSettings(encoding)}COPY ${quoteTable(table)} (${columnList(columns)}) FROM stdin;\n`;
}

export function copyEnd(): string {
  return '\\.\n';
}

/** A script that loads all files in one transaction. `includes`: in their order, or the tables of CSV files. */
export function loadScript(
  steps: readonly (
    | { readonly include: string }
    | { readonly csv: string; readonly table: TableName; readonly columns: readonly string[] }
  )[],
): string {
  const lines = steps.map(step =>
    'include' in step
      ? `\\ir ${step.include}`
      : `\\copy ${quoteTable(step.table)} (${columnList(step.columns)}) FROM '${step.csv}' WITH (FORMAT csv, HEADER)`,
  );
  return ['\\set ON_ERROR_STOP on', 'BEGIN;', ...lines, 'COMMIT;', ''].join('\n');
}
