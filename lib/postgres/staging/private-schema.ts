/**
 * Staged rows are a tenant's, and nobody's but the role's that staged them: default privileges (ALTER DEFAULT PRIVILEGES)
 * would open every new schema and table to the application's roles, row-level security or not. Even where the schema is
 * closed, a table's own grants show its statistics in pg_stats.
 */
import type { Connection } from '../connection.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

/** Takes back whatever others were given in the schema: on itself, its tables, its functions. In the caller's transaction. */
export async function makePrivate(connection: Connection, schema: string): Promise<void> {
  const { rows } = await connection.query(
    `SELECT DISTINCT given.kind, CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee
       FROM pg_namespace n
      CROSS JOIN LATERAL (
        SELECT 'SCHEMA' AS kind, n.nspacl AS acl, n.nspowner AS owner
        UNION ALL SELECT 'ALL TABLES IN SCHEMA', c.relacl, c.relowner FROM pg_class c WHERE c.relnamespace = n.oid
        UNION ALL SELECT 'ALL FUNCTIONS IN SCHEMA', p.proacl, p.proowner FROM pg_proc p WHERE p.pronamespace = n.oid
      ) AS given
      CROSS JOIN LATERAL aclexplode(given.acl) AS acl
      WHERE n.nspname = ${quoteLiteral(schema)} AND acl.grantee <> given.owner`,
  );
  if (rows.length === 0) return;
  const statements = rows.map(
    ({ kind, grantee }) => `REVOKE ALL ON ${kind} ${quoteIdentifier(schema)} FROM ${grantee} CASCADE`,
  );
  await connection.query(statements.join('; '));
}
