/**
 * Event triggers that write the application's DDL into the log, at its exact place: a transactional logical message names
 * the tables. With them a gap begins at the DDL itself; without them at the end of the run before. Invariants: they never
 * fail the application's statement, take no lock and write nothing but that message; they run with the rights of whoever
 * runs the DDL, from a schema that nobody else may write to.
 */
import { quoteLiteral } from '../sql.ts';
import { MESSAGE_PREFIX } from './replication-slot.ts';
import { TRIGGER_SCHEMA, type TriggerFunction } from './trigger-schema.ts';

const EVENTS = ['ddl_command_end', 'sql_drop', 'table_rewrite'] as const;

const EMIT = (content: string) => `PERFORM pg_logical_emit_message(true, ${quoteLiteral(MESSAGE_PREFIX)}, ${content});`;

/** Tables by oid; of a partition its root. A publication concerns all, and a composite type whichever are made of it. */
const BODY = `
DECLARE
  told jsonb;
BEGIN
  IF TG_EVENT = 'sql_drop' THEN
    SELECT jsonb_agg(DISTINCT o.objid::int8) INTO told FROM pg_event_trigger_dropped_objects() AS o
    WHERE o.classid = 'pg_class'::regclass AND o.object_type = 'table' AND NOT o.is_temporary;
  ELSIF TG_TAG LIKE '%PUBLICATION' THEN
    told := '[]';
  ELSIF TG_EVENT = 'ddl_command_end' AND TG_TAG = 'ALTER TYPE' THEN
    SELECT '[]' INTO told FROM pg_event_trigger_ddl_commands() AS o
    JOIN pg_class AS c ON c.oid = o.objid AND o.classid = 'pg_class'::regclass AND c.relkind = 'c' LIMIT 1;
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

export const DDL_TRIGGERS: TriggerFunction = {
  ...{ name: 'tell', body: BODY, asOwner: false },
  triggers: EVENTS.map(event => ({ name: `holdfast_${event}`, event })),
};

/**
 * The triggers run with the rights of whoever runs the DDL: without EXECUTE the message is missing, and so is the word that
 * one is. Null unless everybody may; changes with every GRANT and REVOKE.
 */
const EVERYBODY_MAY_EMIT = `
  (SELECT string_agg(m.oid || ':' || m.xmin || ':' || c.xmin, ',' ORDER BY m.oid)
   FROM pg_catalog.pg_proc m JOIN pg_catalog.pg_namespace c ON c.oid = m.pronamespace
   WHERE c.nspname = 'pg_catalog' AND m.proname = 'pg_logical_emit_message'
   HAVING bool_and(
     EXISTS (SELECT FROM aclexplode(coalesce(m.proacl, acldefault('f', m.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE')
     AND EXISTS (SELECT FROM aclexplode(coalesce(c.nspacl, acldefault('n', c.nspowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'USAGE')))`;

/**
 * SQL: what tells the triggers from any others, or null where one of them is missing, is of a version that did not tell of
 * types, or somebody's DDL may go untold. The same: they told all the time.
 */
export const DDL_TRIGGERS_MARK = `
  (SELECT CASE WHEN count(*) = ${EVENTS.length} THEN left(md5(string_agg(e.oid || ':' || e.xmin || ':' || f.xmin, ',' ORDER BY e.oid) || ${EVERYBODY_MAY_EMIT}), 12) END
   FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid JOIN pg_namespace s ON s.oid = f.pronamespace
   WHERE s.nspname = ${quoteLiteral(TRIGGER_SCHEMA)} AND e.evtname IN (${EVENTS.map(event => quoteLiteral(`holdfast_${event}`)).join(', ')}) AND e.evtenabled = 'A'
     AND strpos(f.prosrc, 'ALTER TYPE') > 0)`;
