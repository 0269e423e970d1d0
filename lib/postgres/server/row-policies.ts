/**
 * Row-level security that hides nothing from a role: where BYPASSRLS cannot be had (Amazon RDS), policies of its own may
 * show it every row. Invariant: only the constant `true` counts as open, for reading and writing, and no restrictive
 * policy; anything else is treated as hiding rows.
 */

/** Applies to the role of the session. */
const APPLIES = `EXISTS (
  SELECT FROM pg_catalog.unnest(p.polroles) AS r (role) WHERE r.role = 0 OR pg_catalog.pg_has_role(r.role, 'USAGE'))`;

const SHOWS = `pg_catalog.pg_get_expr(p.polqual, p.polrelid)`;
const TAKES = `coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ${SHOWS})`;

/** Condition that the policies of this table (an oid expression) let the session's role read and write every row. */
export function policiesOpen(table: string): string {
  return `(
    NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = ${table} AND NOT p.polpermissive AND ${APPLIES})
    AND NOT EXISTS (
      SELECT FROM (VALUES ('r'), ('a'), ('w'), ('d')) AS need (command)
      WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_policy p
        WHERE p.polrelid = ${table} AND p.polpermissive AND p.polcmd::text IN (need.command, '*') AND ${APPLIES}
          AND (need.command = 'a' OR ${SHOWS} = 'true') AND (need.command IN ('r', 'd') OR ${TAKES} = 'true'))))`;
}

/**
 * Condition that row-level security applies to the session's role, and that all of it is open. Only then may a session
 * have row_security on; otherwise a policy must be an error, never a silent loss.
 */
export const ALL_POLICIES_OPEN = `(
  NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls))
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_class t
    WHERE t.relrowsecurity AND pg_catalog.has_any_column_privilege(t.oid, 'SELECT')
      AND pg_catalog.row_security_active(t.oid) AND NOT ${policiesOpen('t.oid')}))`;
