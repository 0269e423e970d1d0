/**
 * The application's own code that a write runs: CHECK constraints, generated columns, index expressions, triggers.
 * Their functions can use names without a schema, like the application's sessions. Invariant: such code runs only if
 * the database itself runs it, when rows are written; a preview never calls it.
 */
import type { QueryResult } from 'pg';
import { runTogether, type Statement } from '../run-together.ts';
import { quoteLiteral } from '../sql.ts';
import type { DiffInput } from './diff.ts';
import type { DiffTable } from './diff-shape.ts';

/**
 * Runs statements in one round trip, under the search_path of the table owner's sessions (see `paths` of the catalog).
 * Returns their results. After an error the transaction, or its savepoint, must be rolled back.
 */
export async function runInApplicationPath(
  diff: Pick<DiffInput, 'connection' | 'catalog'>,
  table: Pick<DiffTable, 'live'>,
  statements: readonly Statement[],
): Promise<QueryResult[]> {
  const path = diff.catalog.paths.get(table.live.oid);
  if (path === undefined) return runTogether(diff.connection, statements);
  const set = (value: string) => `SELECT pg_catalog.set_config('search_path', ${quoteLiteral(value)}, true)`;
  // pg_catalog first, so that our statement never resolves to an operator of the application, which would run as our role.
  const results = await runTogether(diff.connection, [set(`pg_catalog, ${path}`), ...statements, set('')]);
  return results.slice(1, -1);
}

/**
 * SQL condition: the object depends on a function, or on the function of an operator, that is not written in C: only
 * the owner of the server can create those. (Membership in an extension proves nothing: its owner can add functions to
 * it.) A domain in an expression runs its CHECK.
 */
export function callsApplication(catalog: 'pg_constraint' | 'pg_class' | 'pg_attrdef', oid: string): string {
  return `EXISTS (SELECT 1 FROM pg_catalog.pg_depend u
      LEFT JOIN pg_catalog.pg_operator o ON u.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = u.refobjid
      LEFT JOIN pg_catalog.pg_proc f ON f.oid = CASE WHEN u.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN u.refobjid ELSE o.oprcode END
      LEFT JOIN pg_catalog.pg_language l ON l.oid = f.prolang
      LEFT JOIN pg_catalog.pg_type t ON u.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = u.refobjid
    WHERE u.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND u.objid = ${oid}
      AND (l.lanname NOT IN ('c', 'internal') OR t.typtype = 'd'))
    OR ${runsSql(catalog, oid)}`;
}

/** SQL condition: it calls a built-in function that runs SQL given as text, or reads a table by its name. */
function runsSql(catalog: 'pg_constraint' | 'pg_class' | 'pg_attrdef', oid: string): string {
  const text = {
    pg_constraint: `pg_catalog.pg_get_constraintdef(${oid})`,
    pg_class: `pg_catalog.pg_get_indexdef(${oid})`,
    pg_attrdef: `(SELECT pg_catalog.pg_get_expr(e.adbin, e.adrelid) FROM pg_catalog.pg_attrdef e WHERE e.oid = ${oid})`,
  }[catalog];
  return `${text} ~ '(_to_xml|xmlschema|ts_rewrite|ts_stat|set_config|lo_|pg_)'`;
}

/** SQL over pg_class rows named `c`: the `search_path` of the owner's sessions, followed by the table's schema. */
export const APPLICATION_PATH = `
  pg_catalog.replace(coalesce(
    (SELECT pg_catalog.substr(s.setting, 13) FROM pg_catalog.pg_db_role_setting o, pg_catalog.unnest(o.setconfig) s(setting)
      WHERE s.setting LIKE 'search\\_path=%' AND o.setrole IN (c.relowner, 0)
        AND o.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      ORDER BY o.setrole <> 0 DESC, o.setdatabase <> 0 DESC LIMIT 1),
    '"$user", public'), '"$user"', (SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles WHERE oid = c.relowner))
    || ', ' || (SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace WHERE oid = c.relnamespace)`;
