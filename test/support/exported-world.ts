/**
 * A tenant of a schema that is hard to export: types, names and definitions that another database has not, and values that
 * formats lose. The rows at a moment as PostgreSQL prints them, from the live database or from one that an export was loaded
 * into: two independent ways to the same text.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tenantId } from '../../lib/domain/tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { modelOf } from './hand-staging.ts';
import { NASTY_MODEL, NASTY_ROWS, NASTY_SCHEMA, ORDER_LINE } from './nasty-schema.ts';
import { type PgVersion, type TestDatabase, testDatabase } from './postgres.ts';
import { type StagedWorld, stagedWorld } from './staged-world.ts';

const run = promisify(execFile);

/** Everything here calls functions, types or objects that no backup has. */
const HARD_SCHEMA = `
CREATE FUNCTION public.nice(t text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT t <> 'ugly' $$;
CREATE FUNCTION public.twice(n int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT n * 2 $$;
CREATE DOMAIN public.nicely AS text CHECK (public.nice(VALUE));
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE public.shared_numbers;
CREATE COLLATION public.odd (provider = libc, locale = 'C');
CREATE TABLE public.countries (code text PRIMARY KEY);
INSERT INTO public.countries VALUES ('de');
CREATE TABLE public.hard (
  tenant_id int NOT NULL REFERENCES public.tenants,
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "select" numeric, d double precision, r real, day date, t timestamp, tz timestamptz, iv interval, b bytea, flag boolean,
  u uuid, j json, jb jsonb, a int[], m money, txt text COLLATE public.odd, i8 bigint, c char(5), ip inet, rng int4range,
  bits bit(3), vec tsvector, reg regclass, nice public.nicely, mood public.mood, moods public.mood[], line public.countries,
  number int DEFAULT nextval('public.shared_numbers'), country text REFERENCES public.countries,
  doubled int GENERATED ALWAYS AS (public.twice(1)) STORED, finite timestamptz, sure date
);
CREATE UNIQUE INDEX nice_ones ON public.hard (tenant_id, nice) WHERE public.nice(nice);
`;

const HARD_ROWS = `
INSERT INTO public.hard (tenant_id, "select", d, r, day, t, tz, iv, b, flag, u, j, jb, a, m, txt, i8, c, ip, rng, bits, vec, reg, nice, mood, moods, line, country, finite, sure)
SELECT x.* FROM generate_series(1, 2) AS tenant (id), LATERAL (VALUES
  (tenant.id, 'NaN'::numeric, 'NaN'::float8, 'NaN'::real, 'infinity'::date, '-infinity'::timestamp, 'infinity'::timestamptz, '-1 mon +2 days -03:04:05.678'::interval, '\\x00ff0a5c'::bytea, true,
   '00000000-0000-4000-8000-000000000001'::uuid, E'{"a": 1,\\n "a": 12345678901234567890}'::json, '{"n": 1.50, "t": "\\n"}'::jsonb, '{{1,NULL},{3,4}}'::int[], '-1234.5'::money, E'tab\\tnew\\nline "q" \\\\. \\\\N é 🐕', 9223372036854775807, 'ab', '::1/64'::inet, '[1,5)'::int4range, '101'::bit(3), 'cat:1A dog'::tsvector,
   'public.tenants'::regclass, 'nice', 'sad'::public.mood, '{sad,ok}'::public.mood[], ROW('de')::public.countries, 'de', '2026-01-02 03:04:05.678901+00'::timestamptz, '2026-02-28'::date),
  (tenant.id, 12345678901234567890123456789012345678.000100, 'Infinity', '-Infinity', '0044-03-15 BC', '1999-12-31 23:59:59.999999', '0001-01-01 00:00:00+00 BC', '1 year', '', false,
   NULL, 'null', 'null', '{}', '0.01', '', -9223372036854775808, '', '10.0.0.1', 'empty', '000', '', NULL, 'other', 'ok', '{}', NULL, NULL, '1969-12-31 23:59:59.999999+00', '1969-12-31'),
  (tenant.id, -0.10, -0.0, 1.1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (tenant.id, 1e-20, 1e300, 3.4e38, '2026-11-29', '2026-11-29', '2026-11-29', '00:00:01', '\\x5c6e', true, NULL, '"x"', '"x"', '{1}', '1', E'\\\\.', 0, 'x', NULL, '(,)', NULL, NULL, NULL, E'a\\rb', NULL, NULL, NULL, NULL, '9999-12-31', '9999-12-31')
) AS x;
`;

/** After the snapshot: also a label that the type had not, a column, and a table. */
const LATER = `
ALTER TYPE public.mood ADD VALUE 'great' BEFORE 'ok';
CREATE TYPE public.late AS ENUM ('soon', 'later');
ALTER TABLE public.hard ADD arrived public.late DEFAULT 'soon', ADD more text DEFAULT E'x\\ty';
`;
const LATER_ROWS = `
UPDATE public.hard SET mood = 'great', moods = '{great,ok}', txt = txt || E'\\n,";' WHERE id % 2 = 1;
UPDATE ${ORDER_LINE} SET note = '', added = E'\\\\.' WHERE "Nr." % 3 = 0;
INSERT INTO public.hard (tenant_id, arrived, txt) VALUES (1, 'later', NULL), (2, 'later', '');
DELETE FROM public.event_notes WHERE id % 5 = 0;
UPDATE public.pick SET replaces = id - 1 WHERE id % 4 = 1 AND id > 1;
`;

/** Tables of the tenant 1, as SQL after FROM. The one without a key cannot be followed: an export leaves it out by name. */
const ROWS_OF: Readonly<Record<string, string>> = {
  'public.tenants': 'public.tenants WHERE id = 1',
  [ORDER_LINE]: `${ORDER_LINE} WHERE "Tenant Id" = 1`,
  'public.pick': 'public.pick WHERE tenant = 1',
  'public.events': 'public.events WHERE tenant_id = 1',
  'public.event_notes': 'public.event_notes WHERE event IN (SELECT id FROM public.events WHERE tenant_id = 1)',
  'public.animals': 'ONLY public.animals WHERE tenant_id = 1',
  'public.dogs': 'public.dogs WHERE tenant_id = 1',
  'public.hard': 'public.hard WHERE tenant_id = 1',
};

export interface ExportedWorld extends StagedWorld {
  /** When the tenant had the rows of `rows`. */
  readonly moment: string;
  readonly rows: PrintedRows;
  /** As the newest snapshot read them. */
  readonly atSnapshot: PrintedRows;
}

/** By table: rows as PostgreSQL prints them, column by column, sorted. */
export type PrintedRows = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;

export async function exportedWorld(version: PgVersion): Promise<ExportedWorld> {
  const db = await testDatabase(version);
  await db.query(`${NASTY_SCHEMA} ${NASTY_ROWS}`);
  await db.query(`${HARD_SCHEMA} ${HARD_ROWS}`);
  for (const table of ['public.pick', 'public.event_notes', 'public.tenants', 'public.dogs'])
    await db.query(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
  await db.query('ALTER TABLE public.dogs ADD PRIMARY KEY (id)');
  const model = [
    ...NASTY_MODEL,
    { kind: 'direct', table: 'public.hard', column: 'tenant_id' },
    { kind: 'shared', table: 'public.countries' },
  ];
  const world = await stagedWorld(db, modelOf(model));
  await shipLog(world.ctx);
  const atSnapshot = await printedRows(db, ROWS_OF);
  for (const tenant of ['1', '2']) await takeSnapshot(world.ctx, tenantId(tenant));
  await shipLog(world.ctx);
  await db.query(LATER);
  await db.query('UPDATE public.hard SET r = 2 WHERE id = 3');
  await shipLog(world.ctx);
  await db.query(LATER_ROWS);
  const rows = await printedRows(db, ROWS_OF);
  const [{ moment }] = await db.query(
    'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS moment',
  );
  // What comes later is not exported.
  await db.query("DELETE FROM public.hard WHERE tenant_id = 1; UPDATE public.dogs SET breed = 'later'");
  await shipLog(world.ctx);
  return { ...world, moment, rows, atSnapshot };
}

/** In a database that has the exported tables and nothing else. */
export async function loadedRows(db: TestDatabase): Promise<PrintedRows> {
  return printedRows(db, Object.fromEntries(Object.keys(ROWS_OF).map(table => [table, `ONLY ${table}`])));
}

/** Stored columns alone: the others are computed. */
async function printedRows(db: TestDatabase, tables: Readonly<Record<string, string>>): Promise<PrintedRows> {
  await db.query("SET timezone = 'UTC'; SET extra_float_digits = 1; SET lc_monetary = 'C'; SET search_path = ''");
  const found: Record<string, Record<string, string | null>[]> = {};
  for (const [table, from] of Object.entries(tables)) {
    const columns = await db.query<{ name: string }>(
      `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
      [table],
    );
    const values = columns.map(
      ({ name }) =>
        `pg_catalog.format('%s', "${name}") AS "${name}", "${name}" IS NOT DISTINCT FROM NULL AS "${name}?"`,
    );
    const rows = await db.query(`SELECT ${values.join(', ')} FROM ${from}`);
    found[table] = rows
      .map(row => Object.fromEntries(columns.map(({ name }) => [name, row[`${name}?`] ? null : String(row[name])])))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  await db.query('RESET ALL');
  return found;
}

/** What psql says, with the exit code. Rejects where it fails. */
export async function psql(db: TestDatabase, directory: string, file: string): Promise<string> {
  const { stdout, stderr } = await run('psql', ['-X', '-q', '-d', db.url, '-f', file], { cwd: directory });
  return stdout + stderr;
}
