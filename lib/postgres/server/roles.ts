/**
 * What the role of a connection may do. Invariant: no rows are ever hidden silently; a role that row-level security
 * applies to is refused before anything is read.
 */
import { SourceError } from '../../domain/errors.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { parseTableName } from '../sql.ts';
import { bypassRlsSql, grantSql, openPolicySql } from './grants.ts';
import { policiesOpen } from './row-policies.ts';

export interface RoleFacts {
  readonly role: string;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  /** Attributes and memberships that nothing here needs and that would be worth a detour through Holdfast. */
  readonly excess: string[];
  /** May make and read replication slots. */
  readonly replication: boolean;
  /** May keep the application's triggers from firing during a restore. */
  readonly maySuppressTriggers: boolean;
  /** May make the staging schema. */
  readonly mayCreateSchema: boolean;
  readonly database: string;
  /** Amazon RDS or Aurora: nobody is a superuser there. */
  readonly managed: boolean;
  /** Logs in with IAM tokens, which the server does not accept for the log unless it is set to. */
  readonly iamWithoutReplication: boolean;
  /** Tables that it may not read, with USAGE on their schema counted. */
  readonly unreadable: TableName[];
  /** Tables that it may not insert into, update and delete from: a restore in place needs that. */
  readonly unwritable: TableName[];
  /** Tables of which row-level security would hide rows from it. */
  readonly hidden: TableName[];
}

export async function readRole(connection: Connection, tables: readonly TableName[]): Promise<RoleFacts> {
  const { rows } = await connection.query(`
    SELECT r.rolname::text AS role, r.rolsuper AS superuser, r.rolbypassrls AS "bypassRls",
           array_remove(ARRAY[CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END, CASE WHEN r.rolcreatedb THEN 'CREATEDB' END], NULL)
             || ARRAY(SELECT g.rolname::text FROM pg_roles g WHERE NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER') AND g.rolname IN
                  ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'rds_superuser', 'cloudsqlsuperuser')
                ORDER BY 1) AS excess,
           r.rolsuper OR r.rolreplication OR EXISTS (
             SELECT FROM pg_roles g WHERE g.rolname = 'rds_replication' AND pg_has_role(r.oid, g.oid, 'MEMBER')) AS replication,
           has_database_privilege(current_database(), 'CREATE') AS "mayCreateSchema", current_database()::text AS database,
           EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser') AS managed,
           coalesce(current_setting('rds.iam_auth_for_replication', true), '') NOT IN ('1', 'on') AND EXISTS (
             SELECT FROM pg_roles g WHERE g.rolname = 'rds_iam' AND NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER'))
             AS "iamWithoutReplication"
    FROM pg_roles r WHERE r.rolname = current_user`);
  return {
    ...rows[0],
    maySuppressTriggers: await maySuppressTriggers(connection),
    ...(await readPrivileges(connection, tables)),
  };
}

async function readPrivileges(
  connection: Connection,
  tables: readonly TableName[],
): Promise<Pick<RoleFacts, 'unreadable' | 'unwritable' | 'hidden'>> {
  const parts = tables.map(parseTableName);
  const privileges = await connection.query(
    `SELECT asked.name,
            NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AS unreadable,
            NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT')
                 AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')) AS unwritable,
            row_security_active(c.oid) AND NOT ${policiesOpen('c.oid')} AS hidden
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (name, schema, relation, place)
     JOIN pg_namespace n ON n.nspname = asked.schema
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = asked.relation AND c.relkind IN ('r', 'p')
     ORDER BY asked.place`,
    [tables, parts.map(part => part.schema), parts.map(part => part.table)],
  );
  const which = (test: 'unreadable' | 'unwritable' | 'hidden'): TableName[] =>
    privileges.rows.filter(row => row[test]).map(row => row.name);
  return { unreadable: which('unreadable'), unwritable: which('unwritable'), hidden: which('hidden') };
}

/**
 * Refuses a role that would not see every row. SourceError `rls-hides-rows`, `cannot-read`; both name the tables and the
 * SQL that mends it.
 */
export async function requireReadable(connection: Connection, tables: readonly TableName[]): Promise<void> {
  const { hidden, unreadable } = await readPrivileges(connection, tables);
  if (hidden.length + unreadable.length === 0) return;
  const { role, managed } = await readRole(connection, []);
  if (hidden.length > 0) {
    throw new SourceError(
      'rls-hides-rows',
      `Row-level security would hide rows of ${list(hidden)} from the role ${role}.`,
      {
        hint: `Allow the role to see all rows: ${managed ? openPolicySql(role, hidden[0]!).join(' ') : bypassRlsSql(role)} (holdfast doctor prints all of it)`,
        details: { tables: hidden, role },
      },
    );
  }
  throw new SourceError('cannot-read', `The role ${role} cannot read ${list(unreadable)}.`, {
    hint: `Grant the privilege: ${grantSql(role, 'SELECT', unreadable).join(' ')}`,
    details: { tables: unreadable, role },
  });
}

/** Tried out rather than looked up: managed servers allow it by rules of their own. */
async function maySuppressTriggers(connection: Connection): Promise<boolean> {
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL session_replication_role = replica');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return false;
    throw error;
  } finally {
    await connection.query('ROLLBACK');
  }
}

function list(tables: readonly TableName[]): string {
  return tables.length <= 3
    ? tables.join(', ')
    : `${tables.slice(0, 3).join(', ')} and ${tables.length - 3} more tables`;
}
