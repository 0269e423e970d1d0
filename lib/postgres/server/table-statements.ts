/**
 * The statements by which the doctor would have a table protected or restored better, each whole and with every name
 * quoted. Which of them may run by themselves, and which rewrite the table, is the doctor's to say.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { columnList, quoteIdentifier, quoteTable } from '../sql.ts';

/** A primary key for a table that has no columns of its own for one: rewrites it. */
export function addKeySql(table: TableName): string {
  return `ALTER TABLE ${quoteTable(table)} ADD COLUMN holdfast_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;`;
}

/** Lets the log have the table's changes: rewrites it. */
export function setLoggedSql(table: TableName): string {
  return `ALTER TABLE ${quoteTable(table)} SET LOGGED;`;
}

/** Lets the trigger fire for the application alone, and not while a restore writes. */
export function enableTriggerSql(table: TableName, trigger: string): string {
  return `ALTER TABLE ${quoteTable(table)} ENABLE TRIGGER ${quoteIdentifier(trigger)};`;
}

export function validateKeySql(table: TableName, key: string): string {
  return `ALTER TABLE ${quoteTable(table)} VALIDATE CONSTRAINT ${quoteIdentifier(key)};`;
}

/** An index that finds one tenant's rows. On a partitioned table it cannot be built without blocking writes. */
export function tenantIndexSql({ table, oid, kind }: TableSchema, columns: readonly string[]): string {
  const concurrently = kind === 'p' ? '' : ' CONCURRENTLY';
  const name = quoteIdentifier(`holdfast_tenant_${oid}`);
  return `CREATE INDEX${concurrently} IF NOT EXISTS ${name} ON ${quoteTable(table)} (${columnList(columns)});`;
}
