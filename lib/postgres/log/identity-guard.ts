/**
 * An event trigger that mends a replica identity in the very transaction of the application's DDL that breaks it: no
 * statement in between can fail. Made where the role may (superuser, or a managed service's likeness). Invariants: it never
 * fails the application's statement, and it alters only relations that this transaction has locked exclusively already,
 * so that it waits for nobody.
 */
import { createHash } from 'node:crypto';
import { harmSql, misnamingRootsSql, weakerPartitionsSql } from './identity-harm.ts';
import type { TriggerFunction } from './trigger-schema.ts';

/** Commands that can take a column, a key or an index away, or make a partition. */
const TAGS = [
  ...['ALTER TABLE', 'CREATE TABLE', 'DROP INDEX', 'DROP TYPE', 'DROP DOMAIN', 'DROP EXTENSION', 'DROP FUNCTION'],
  ...['DROP SCHEMA', 'DROP OWNED', 'DROP COLLATION', 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY'],
];

const LOCKED_BY_US = `EXISTS (
      SELECT FROM pg_catalog.pg_locks l
      WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation = c.oid
        AND l.mode = 'AccessExclusiveLock' AND l.granted)`;

/**
 * It runs as its owner: the publication is not the application's. `quiet`: the role may suppress the application's event
 * triggers, which would otherwise fire in what it does.
 */
export function identityGuard(publication: string, quiet: boolean): TriggerFunction {
  const name = guardName(publication);
  return {
    ...{ name, body: bodyOf(publication), asOwner: true },
    ...(quiet && { settings: 'SET session_replication_role = replica' }),
    triggers: [{ name, event: 'ddl_command_end', tags: TAGS }],
  };
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
    UNION
    SELECT mend FROM (${misnamingRootsSql(publication, LOCKED_BY_US)}) AS misnaming
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
