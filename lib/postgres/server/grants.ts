/**
 * The statements that give a role what Holdfast needs and nothing more, each whole, repeatable and with every name quoted:
 * the doctor prints them for whoever may run them.
 */
import type { TableName } from '../../domain/table-schema.ts';
import { parseTableName, quoteIdentifier, quoteTable } from '../sql.ts';
import type { RestoreNeeds } from './restore-needs.ts';

export function bypassRlsSql(role: string): string {
  return `ALTER ROLE ${quoteIdentifier(role)} BYPASSRLS;`;
}

/** A policy that shows the role every row, and no one else any. */
export function openPolicySql(role: string, table: TableName): string[] {
  const name = quoteIdentifier(`holdfast ${role}`.slice(0, 40));
  return [
    `DROP POLICY IF EXISTS ${name} ON ${quoteTable(table)};`,
    `CREATE POLICY ${name} ON ${quoteTable(table)} FOR ALL TO ${quoteIdentifier(role)} USING (true) WITH CHECK (true);`,
  ];
}

export function grantSql(role: string, privileges: string, tables: readonly TableName[]): string[] {
  const schemas = [...new Set(tables.map(table => parseTableName(table).schema))];
  return [
    `GRANT USAGE ON SCHEMA ${schemas.map(quoteIdentifier).join(', ')} TO ${quoteIdentifier(role)};`,
    `GRANT ${privileges} ON ${tables.map(quoteTable).join(', ')} TO ${quoteIdentifier(role)};`,
  ];
}

/** Reading the change log. Where nobody is a superuser, a role of the service's own stands for the attribute. */
export function allowReplicationSql(role: string, managed: boolean): string {
  const name = quoteIdentifier(role);
  return managed ? `GRANT rds_replication TO ${name};` : `ALTER ROLE ${name} REPLICATION;`;
}

/** The right to something that a restore uses; names come quoted, as RestoreNeeds has them. */
export function grantUseSql(role: string, what: keyof typeof USES, names: readonly string[]): string {
  return `GRANT ${USES[what]} ${names.join(', ')} TO ${quoteIdentifier(role)};`;
}

const USES = {
  schemas: 'USAGE ON SCHEMA',
  sequences: 'SELECT, UPDATE ON SEQUENCE',
  types: 'USAGE ON TYPE',
  functions: 'EXECUTE ON FUNCTION',
} as const;

/** Making the schema of a staging area. */
export function grantCreateSchemaSql(role: string, database: string): string {
  return `GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)};`;
}

/** Keeping the application's triggers from firing. */
export function grantTriggerSuppressionSql(role: string): string {
  return `GRANT SET ON PARAMETER session_replication_role TO ${quoteIdentifier(role)};`;
}

/** Locking rows of a table: PostgreSQL lets whoever may update some column. */
export function grantRowLockSql(role: string, { table, column }: RestoreNeeds['unlockable'][number]): string {
  return `GRANT UPDATE (${quoteIdentifier(column)}) ON ${quoteTable(table)} TO ${quoteIdentifier(role)};`;
}
