/**
 * Staged rows are a tenant's, and nobody's but the role's that staged them: default privileges (ALTER DEFAULT PRIVILEGES)
 * would open every new schema and table to the application's roles, row-level security or not. Even where the schema is
 * closed, a table's own grants show its statistics in pg_stats.
 */
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';

/** Takes back whatever others were given by default on the schema and on our tables in it. In the caller's transaction. */
export async function makePrivate(connection: Connection, schema: string): Promise<void> {
  const { rows } = await connection.query(
    `SELECT DISTINCT made.what, CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee
       FROM pg_namespace n
      CROSS JOIN LATERAL (
        SELECT format('SCHEMA %I', n.nspname) AS what, n.nspacl AS acl, n.nspowner AS owner
        UNION ALL
        SELECT format('TABLE %I.%I', n.nspname, c.relname), c.relacl, c.relowner
          FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r'
      ) AS made
      CROSS JOIN LATERAL aclexplode(made.acl) AS acl
      WHERE n.nspname = ${quoteLiteral(schema)} AND pg_get_userbyid(made.owner) = current_user AND acl.grantee <> made.owner`,
  );
  if (rows.length === 0) return;
  await connection.query(rows.map(({ what, grantee }) => `REVOKE ALL ON ${what} FROM ${grantee} CASCADE`).join('; '));
}
