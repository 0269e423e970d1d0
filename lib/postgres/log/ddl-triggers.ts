/**
 * Event triggers that write the application's DDL into the log, at its exact place: a transactional logical message names
 * the tables. With them a gap begins at the DDL itself; without them at the end of the run before. Invariants: they never
 * fail the application's statement, take no lock and write nothing but that message; they run with the rights of whoever
 * runs the DDL, from a schema of their own that nobody else may write to.
 */
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { MESSAGE_PREFIX } from './replication-slot.ts';

const SCHEMA = 'holdfast_ddl';
const EVENTS = ['ddl_command_end', 'sql_drop', 'table_rewrite'] as const;

const EMIT = (content: string) => `PERFORM pg_logical_emit_message(true, ${quoteLiteral(MESSAGE_PREFIX)}, ${content});`;

/** Tables by oid; of a partition its root. A publication concerns all. */
const BODY = `
DECLARE
  told jsonb;
BEGIN
  IF TG_EVENT = 'sql_drop' THEN
    SELECT jsonb_agg(DISTINCT o.objid::int8) INTO told FROM pg_event_trigger_dropped_objects() AS o
    WHERE o.classid = 'pg_class'::regclass AND o.object_type = 'table' AND NOT o.is_temporary;
  ELSIF TG_TAG LIKE '%PUBLICATION' THEN
    told := '[]';
  ELSE
    SELECT jsonb_agg(DISTINCT r.prrelid::int8) INTO told
    FROM (SELECT pg_event_trigger_table_rewrite_oid() AS objid WHERE TG_EVENT = 'table_rewrite'
          UNION SELECT o.objid FROM pg_event_trigger_ddl_commands() AS o
          WHERE TG_EVENT = 'ddl_command_end' AND o.classid = 'pg_class'::regclass) AS o
    JOIN pg_publication_rel AS r ON r.prrelid = coalesce(pg_partition_root(o.objid), o.objid);
  END IF;
  IF told IS NOT NULL THEN
    ${EMIT(`jsonb_build_object('kind', 'ddl', 'tag', TG_TAG, 'tables', told)::text`)}
  END IF;
EXCEPTION WHEN OTHERS THEN
  BEGIN
    ${EMIT(quoteLiteral('{"kind":"ddl","tag":"unknown","tables":null}'))}
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
END`;

/** Statements that make the triggers or bring them up to date. They fail where the schema is somebody else's. */
export function ddlTriggersSql(exists: boolean): string[] {
  return [
    ...(exists ? [] : [`CREATE SCHEMA ${SCHEMA};`]),
    `CREATE OR REPLACE FUNCTION ${SCHEMA}.tell() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS ${quoteLiteral(BODY)};`,
    ...EVENTS.flatMap(event => [
      `DROP EVENT TRIGGER IF EXISTS holdfast_${event};`,
      `CREATE EVENT TRIGGER holdfast_${event} ON ${event} EXECUTE FUNCTION ${SCHEMA}.tell();`,
      `ALTER EVENT TRIGGER holdfast_${event} ENABLE ALWAYS;`,
    ]),
  ];
}

export interface DdlTriggers {
  /** `foreign`: somebody else owns the schema. */
  readonly state: 'ready' | 'missing' | 'foreign';
  readonly schemaExists: boolean;
}

export async function readDdlTriggers(connection: Connection): Promise<DdlTriggers> {
  const { rows } = await connection.query(
    `SELECT s.oid IS NOT NULL AS exists,
            s.oid IS NOT NULL AND NOT (r.rolsuper OR r.rolname = current_user) AS foreign,
            (SELECT count(*) FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid AND f.pronamespace = s.oid
             WHERE e.evtname = ANY ($2) AND e.evtenabled = 'A' AND f.prosrc = $3)::int AS ready
     FROM (VALUES (1)) AS one LEFT JOIN pg_namespace s ON s.nspname = $1 LEFT JOIN pg_roles r ON r.oid = s.nspowner`,
    [SCHEMA, EVENTS.map(event => `holdfast_${event}`), BODY],
  );
  const { exists, foreign, ready } = rows[0];
  const state = foreign ? 'foreign' : ready === EVENTS.length ? 'ready' : 'missing';
  return { state, schemaExists: exists };
}

/** SQL: what tells the triggers from any others, or null where one of them is missing. The same: they were there all the time. */
export const DDL_TRIGGERS_MARK = `
  (SELECT CASE WHEN count(*) = ${EVENTS.length} THEN left(md5(string_agg(e.oid || ':' || e.xmin || ':' || f.xmin, ',' ORDER BY e.oid)), 12) END
   FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid JOIN pg_namespace s ON s.oid = f.pronamespace
   WHERE s.nspname = ${quoteLiteral(SCHEMA)} AND e.evtname IN (${EVENTS.map(event => quoteLiteral(`holdfast_${event}`)).join(', ')}) AND e.evtenabled = 'A')`;
