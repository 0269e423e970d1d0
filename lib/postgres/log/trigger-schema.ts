/**
 * The schema of the functions that our event triggers call. They run inside every DDL statement, a superuser's too: who
 * could replace one of them could do everything. Invariants: nothing is made in a schema that an untrusted role owns, may
 * create in or has a function in; this is checked in the transaction that makes the triggers, by whoever runs it; and the
 * functions are made anew, so that they belong to that role.
 */
import type { Connection } from '../connection.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';

export const TRIGGER_SCHEMA = 'holdfast_ddl';

/** Temporary objects last: a type or table that somebody makes under a catalog's name is never meant. */
const SEARCH_PATH = 'search_path=pg_catalog, pg_temp';

/** Only a superuser, or a managed service's likeness, can own an event trigger. */
const TRUSTED = `(r.rolsuper OR r.rolname = current_user
   OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger t WHERE t.evtowner = r.oid))`;

/** A SELECT of the roles that may do something in the schema and must not; no row where there is none. */
const INTRUDERS = `
  SELECT DISTINCT coalesce(r.rolname::text, 'PUBLIC') AS role
  FROM pg_catalog.pg_namespace n
  CROSS JOIN LATERAL (
    SELECT n.nspowner
    UNION SELECT a.grantee FROM pg_catalog.aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE'
    UNION SELECT f.proowner FROM pg_catalog.pg_proc f WHERE f.pronamespace = n.oid) AS w(oid)
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = w.oid
  WHERE n.nspname = ${quoteLiteral(TRIGGER_SCHEMA)} AND ${TRUSTED} IS NOT TRUE`;

export interface TriggerFunction {
  readonly name: string;
  readonly body: string;
  /** Runs with its owner's rights, not with those of whoever runs the DDL. */
  readonly asOwner: boolean;
  /** Further settings while it runs. */
  readonly settings?: string;
  readonly triggers: readonly { readonly name: string; readonly event: string; readonly tags?: readonly string[] }[];
}

/** One statement, all or nothing, that makes the function and its triggers or brings them up to date. */
export function triggerSql({ name, body, asOwner, settings = '', triggers }: TriggerFunction): string {
  const call = `${TRIGGER_SCHEMA}.${quoteIdentifier(name)}()`;
  const statements = [
    ...triggers.map(trigger => `DROP EVENT TRIGGER IF EXISTS ${quoteIdentifier(trigger.name)};`),
    `DROP FUNCTION IF EXISTS ${call};`,
    `CREATE FUNCTION ${call} RETURNS event_trigger LANGUAGE plpgsql SECURITY ${asOwner ? 'DEFINER' : 'INVOKER'}
    SET search_path = pg_catalog, pg_temp ${settings} AS ${quoteLiteral(body)};`,
    `REVOKE ALL ON FUNCTION ${call} FROM PUBLIC;`,
    ...triggers.flatMap(({ name: trigger, event, tags }) => [
      `CREATE EVENT TRIGGER ${quoteIdentifier(trigger)} ON ${event}${tags ? ` WHEN TAG IN (${tags.map(quoteLiteral).join(', ')})` : ''} EXECUTE FUNCTION ${call};`,
      `ALTER EVENT TRIGGER ${quoteIdentifier(trigger)} ENABLE ALWAYS;`,
    ]),
  ];
  // Made first and checked afterwards: whoever makes the schema in between is found.
  return inBlock(`
DECLARE
  intruders text;
  grantee text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(TRIGGER_SCHEMA)}) THEN
    CREATE SCHEMA ${TRIGGER_SCHEMA};
    -- Default privileges may have let other roles in.
    FOR grantee IN SELECT DISTINCT coalesce(quote_ident(r.rolname), 'PUBLIC')
      FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
      WHERE n.nspname = ${quoteLiteral(TRIGGER_SCHEMA)} AND r.rolname IS DISTINCT FROM current_user
    LOOP
      EXECUTE 'REVOKE ALL ON SCHEMA ${TRIGGER_SCHEMA} FROM ' || grantee;
    END LOOP;
  END IF;
  SELECT string_agg(quote_ident(i.role), ', ') INTO intruders FROM (${INTRUDERS}) AS i;
  IF intruders IS NOT NULL THEN
    RAISE EXCEPTION 'The schema ${TRIGGER_SCHEMA} is owned by, writable by or has functions of %.', intruders;
  END IF;
  ${statements.join('\n  ')}
END`);
}

function inBlock(text: string): string {
  let tag = '$holdfast$';
  while (text.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `DO ${tag}${text} ${tag};`;
}

/** The roles because of which nothing may be made in the schema. */
export async function triggerIntruders(connection: Connection): Promise<string[]> {
  const { rows } = await connection.query(`${INTRUDERS} ORDER BY role`);
  return rows.map(row => row.role);
}

/** True where all of its triggers are there, enabled, and call the function as this version makes it. */
export async function isInstalled(connection: Connection, wanted: TriggerFunction): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT count(*)::int AS ready
     FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid JOIN pg_namespace s ON s.oid = f.pronamespace
     WHERE s.nspname = $1 AND f.proname = $2 AND f.prosrc = $3 AND f.prosecdef = $4 AND $5 = ANY (f.proconfig)
       AND e.evtname = ANY ($6) AND e.evtenabled = 'A'`,
    [
      ...[TRIGGER_SCHEMA, wanted.name, wanted.body, wanted.asOwner, SEARCH_PATH],
      wanted.triggers.map(trigger => trigger.name),
    ],
  );
  return rows[0].ready === wanted.triggers.length;
}
