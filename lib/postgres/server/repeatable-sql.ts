/**
 * The doctor's statements as lines of a script that psql may run again and again: what is there already is no error, what
 * an interrupted run left is taken away, and nothing keeps the application waiting for longer than a moment.
 */
import { quoteLiteral } from '../sql.ts';

/** How long a statement of the script waits for a lock, unless it says otherwise. */
export const SCRIPT_LOCK_SQL = "SET lock_timeout = '3s';";

/** The same statement, so that psql may run it again. `slot`: the one that a statement may make. */
export function repeatableSql(statement: string, slot: string): string[] {
  if (/^ALTER TABLE .* REPLICA IDENTITY /.test(statement)) return [insistent(statement)];
  if (/^(CREATE|ALTER) PUBLICATION /.test(statement)) return [unlessDuplicate(statement)];
  if (statement.includes('pg_create_logical_replication_slot'))
    return [
      `RESET lock_timeout; -- a new slot waits for transactions that are running`,
      `${statement.replace(/;$/, '')}\n  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = ${quoteLiteral(slot).trim()});`,
    ];
  const whole = statement.replace(
    /^(CREATE (?:UNIQUE )?INDEX(?: CONCURRENTLY)?) (?!CONCURRENTLY|IF NOT EXISTS|ON )/,
    '$1 IF NOT EXISTS ',
  );
  // A concurrent build waits for old transactions without holding anybody up.
  if (!whole.includes(' CONCURRENTLY ')) return [whole];
  if (whole.startsWith('DROP INDEX')) return dropIfInvalid(whole);
  return ['RESET lock_timeout;', whole, SCRIPT_LOCK_SQL];
}

/** The application waits behind a lock that waits: so for a moment only, again and again. */
function insistent(statement: string): string {
  return `DO $do$ BEGIN
  SET LOCAL lock_timeout = '200ms';
  FOR attempt IN 1..20 LOOP
    BEGIN
      ${statement}
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = 20 THEN RAISE; END IF;
      PERFORM pg_catalog.pg_sleep(0.5);
    END;
  END LOOP;
END $do$;`;
}

/** The leftover of an interrupted build; never the index that a later run of the script finds in use. psql runs it. */
function dropIfInvalid(statement: string): string[] {
  const [, index] = /IF EXISTS (.*);$/.exec(statement)!;
  const text = quoteLiteral(statement.replace(/;$/, '')).trim();
  return [
    `SELECT ${text} FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass(${quoteLiteral(index!).trim()}) AND NOT indisvalid \\gexec`,
  ];
}

function unlessDuplicate(statement: string): string {
  const known = statement.includes(' DROP TABLE ') ? 'undefined_object' : 'duplicate_object';
  const tag = statement.includes('$do$') ? '$holdfast$' : '$do$';
  return `DO ${tag} BEGIN\n  ${statement}\nEXCEPTION WHEN ${known} THEN NULL;\nEND ${tag};`;
}
