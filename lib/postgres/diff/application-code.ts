/**
 * The application's own code that a write runs: CHECK constraints, generated columns, index expressions, triggers. Their
 * functions may name things without a schema, as the application's sessions may. Invariant: such code runs only where the
 * database itself runs it, when rows are written; a preview never calls it.
 */
import { quoteLiteral } from '../sql.ts';
import type { DiffInput } from './diff.ts';
import type { DiffTable } from './diff-shape.ts';

/**
 * Works under the search_path that sessions of the table's owner have (see `paths` of the catalog), for the rest of the
 * transaction or until it is done. An error leaves the transaction, or its savepoint, to be rolled back.
 */
export async function inApplicationPath<T>(
  diff: Pick<DiffInput, 'connection' | 'catalog'>,
  table: Pick<DiffTable, 'live'>,
  work: () => Promise<T>,
): Promise<T> {
  const path = diff.catalog.paths.get(table.live.oid);
  if (path === undefined) return work();
  const set = (value: string) =>
    diff.connection.query(`SELECT pg_catalog.set_config('search_path', ${quoteLiteral(value)}, true)`);
  await set(path);
  const result = await work();
  await set('');
  return result;
}

/** SQL condition: the object depends on a function or an operator that is the application's (no extension's). */
export function callsApplication(catalog: 'pg_constraint' | 'pg_class' | 'pg_attrdef', oid: string): string {
  return `EXISTS (SELECT 1 FROM pg_catalog.pg_depend u
    WHERE u.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND u.objid = ${oid}
      AND u.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
        WHERE e.classid = u.refclassid AND e.objid = u.refobjid AND e.deptype = 'e'))`;
}

/** SQL over pg_class rows named `c`: what `search_path` a session of the owner has, and the table's schema behind it. */
export const APPLICATION_PATH = `
  pg_catalog.replace(coalesce(
    (SELECT pg_catalog.substr(s.setting, 13) FROM pg_catalog.pg_db_role_setting o, pg_catalog.unnest(o.setconfig) s(setting)
      WHERE s.setting LIKE 'search\\_path=%' AND o.setrole IN (c.relowner, 0)
        AND o.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      ORDER BY o.setrole <> 0 DESC, o.setdatabase <> 0 DESC LIMIT 1),
    '"$user", public'), '"$user"', (SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE oid = c.relowner))
    || ', ' || (SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace WHERE oid = c.relnamespace)`;
