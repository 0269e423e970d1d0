/**
 * An event trigger that mends a replica identity in the very transaction of the application's DDL that breaks it: no
 * statement in between can fail. Made where the role may (superuser, or a managed service's likeness). Invariants: it never
 * fails the application's statement, and it alters only relations that this transaction has locked exclusively already,
 * so that it waits for nobody.
 */
import { createHash } from 'node:crypto';
import type { Connection } from '../connection.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import { harmSql, weakerPartitionsSql } from './identity-harm.ts';

const SCHEMA = 'holdfast_guard';

/** Commands that can take a column, a key or an index away, or make a partition. */
const TAGS = [
  ...['ALTER TABLE', 'CREATE TABLE', 'DROP INDEX', 'DROP TYPE', 'DROP DOMAIN', 'DROP EXTENSION', 'DROP FUNCTION'],
  ...['DROP SCHEMA', 'DROP OWNED', 'DROP COLLATION', 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY'],
];

const LOCKED_BY_US = `EXISTS (
      SELECT FROM pg_catalog.pg_locks l
      WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation = c.oid
        AND l.mode = 'AccessExclusiveLock' AND l.granted)`;

/** Statements that make the guard or bring it up to date. `quiet`: the role may suppress the application's event triggers. */
export function guardSql(publication: string, quiet: boolean): string[] {
  const name = guardName(publication);
  const call = `${SCHEMA}.${quoteIdentifier(name)}`;
  return [
    `CREATE SCHEMA IF NOT EXISTS ${SCHEMA};`,
    `CREATE OR REPLACE FUNCTION ${call}() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = ''${quiet ? ' SET session_replication_role = replica' : ''} AS ${quoteLiteral(bodyOf(publication))};`,
    `DROP EVENT TRIGGER IF EXISTS ${quoteIdentifier(name)};`,
    `CREATE EVENT TRIGGER ${quoteIdentifier(name)} ON ddl_command_end WHEN TAG IN (${TAGS.map(quoteLiteral).join(', ')}) EXECUTE FUNCTION ${call}();`,
    `ALTER EVENT TRIGGER ${quoteIdentifier(name)} ENABLE ALWAYS;`,
  ];
}

function bodyOf(publication: string): string {
  return `
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT mend FROM (${harmSql(publication, LOCKED_BY_US)}) AS harmed
    UNION
    SELECT mend FROM (${weakerPartitionsSql(publication, LOCKED_BY_US)}) AS weaker
  LOOP
    BEGIN
      EXECUTE found.mend;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
EXCEPTION WHEN OTHERS THEN NULL;
END`;
}

/** One for each publication: several installations may protect one database. */
function guardName(publication: string): string {
  return `holdfast_guard_${createHash('sha256').update(publication).digest('hex').slice(0, 8)}`;
}

/** True where the guard is there, enabled, and as this version makes it. */
export async function isGuarded(connection: Connection, publication: string): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc f ON f.oid = e.evtfoid
     WHERE e.evtname = $1 AND e.evtenabled = 'A' AND f.prosrc = $2`,
    [guardName(publication), bodyOf(publication)],
  );
  return rows.length > 0;
}
