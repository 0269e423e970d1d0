/**
 * What every session of Holdfast relies on. Whoever owns the database or the role can set any of these for our sessions
 * (ALTER DATABASE … SET, ALTER ROLE … SET), so what a text form, a name or the meaning of a statement depends on is set
 * here. Text forms lose nothing and are the same everywhere: the exporter, every restore and logical decoding use them (the
 * WAL sender inherits the session's). No time limit of the application's holds, and the server soon notices that we are
 * dead: no snapshot stays open and no lock stays held behind a client that is gone.
 */
import { ALL_POLICIES_OPEN } from './server/row-policies.ts';
import { quoteLiteral } from './sql.ts';

const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['datestyle', 'ISO, YMD'],
  ['intervalstyle', 'postgres'],
  ['timezone', 'UTC'],
  ['extra_float_digits', '1'],
  ['bytea_output', 'hex'],
  ['array_nulls', 'on'],
  ['xmloption', 'content'],
  ['lc_monetary', 'C'],
  // Names are compared as text (quote_ident): quoted where SQL needs it, and nowhere else.
  ['quote_all_identifiers', 'off'],
  ['standard_conforming_strings', 'on'],
  ['transform_null_equals', 'off'],
  // Compiling our wide one-off statements costs seconds each and never pays.
  ['jit', 'off'],
  ['statement_timeout', '0'],
  ['lock_timeout', '0'],
  ['idle_session_timeout', '0'],
  // Since PostgreSQL 17.
  ['transaction_timeout', '0'],
  // A client that hangs. One that lives keeps its transactions awake: see silence-watch.ts.
  ['idle_in_transaction_session_timeout', '600s'],
  // A host that is gone, seen within a minute.
  ['tcp_keepalives_idle', '30'],
  ['tcp_keepalives_interval', '10'],
  ['tcp_keepalives_count', '3'],
  // A client that is gone while its statement runs. Windows has no way to see it.
  ['client_connection_check_interval', '10s'],
  ['default_transaction_isolation', 'read committed'],
  ['default_transaction_read_only', 'off'],
  ['default_transaction_deferrable', 'off'],
  ['default_table_access_method', 'heap'],
  ['client_min_messages', 'warning'],
  ['exit_on_error', 'off'],
  // Only pg_catalog: a function or operator that the application made is never meant by an unqualified name.
  ['search_path', ''],
  // A policy that hides rows is an error; on only where all policies show this role every row (row-policies.ts).
  ['row_security', 'off'],
  // A view in the place of a table would run the application's functions as our role. Since PostgreSQL 17, and minor ones.
  ['restrict_nonsystem_relation_kind', 'view'],
  // The application's event triggers do not fire on our own DDL where the role may suppress them.
  ['session_replication_role', 'replica'],
  ['client_encoding', 'UTF8'],
];

/**
 * The first statement of every session: until it ran, an operator of the application's may stand before that of
 * pg_catalog (ALTER DATABASE … SET search_path = theirs, pg_catalog), and would run as our role.
 */
export const PIN_NAMES = "SET search_path = ''";

/**
 * Sets what this server knows and this role may set; the last result has a row for each, with the session's process id.
 * Bytes of an SQL_ASCII database are in no encoding: the server would refuse to convert them. pg_settings is not asked: it
 * puts all settings into words, which takes longer than the rest.
 */
export const SESSION_SETTINGS = `
  ${PIN_NAMES};
  SELECT pg_catalog.pg_backend_pid() AS pid,
         pg_catalog.set_config(wanted.name, CASE WHEN wanted.name = 'client_encoding' AND pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'
                                                 THEN 'SQL_ASCII'
                                                 WHEN wanted.name = 'row_security' AND ${ALL_POLICIES_OPEN} THEN 'on'
                                                 ELSE wanted.value END, false)
    FROM (VALUES ${SETTINGS.map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`).join(', ')}) AS wanted (name, value)
   WHERE pg_catalog.current_setting(wanted.name, true) IS NOT NULL
     AND CASE wanted.name WHEN 'session_replication_role' THEN pg_catalog.has_parameter_privilege(wanted.name, 'SET')
                          WHEN 'client_connection_check_interval' THEN pg_catalog.version() !~* 'windows|mingw|visual'
                          ELSE true END`;
