/**
 * Random histories of an application that changes its schema while it runs: rows and DDL between and inside the
 * transactions of two sessions, and what Holdfast does in between. A statement that PostgreSQL rejects is rolled back
 * to its beginning, as an application would; `runEvolving` records every tenant's rows after each commit.
 */
import fc from 'fast-check';
import pg from 'pg';
import { tenantId } from '../../lib/domain/tenant.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import type { ProtectedDatabase } from './protected-database.ts';

/** Type → values, some of them equal but spelled differently. */
const TENANT_IDS = {
  integer: ['1', '2', '3'],
  uuid: [1, 2, 3].map(n => `'00000000-0000-4000-8000-00000000000${n}'`),
  text: [`E'O''Brien "x"'`, `'ünï {a,b} 🐘'`, `E'tab\\t\\\\N;--'`],
  'character(6)': [`'a'`, `'b  '`, `'b c'`],
  numeric: ['1.0', '2', '3.50'],
  citext: [`'Acme'`, `'globex'`, `'Initech'`],
};
const KEYS = {
  integer: ['1', '2', '3', '4', '5', '6'],
  numeric: ['1', '1.0', '2', '2.00', '-0.5', '3'],
  citext: [`'Ab'`, `'aB'`, `'b'`, `'C,"d"'`, `'c'`, `'é'`],
  'character(4)': [`'a'`, `'a   '`, `'b'`, `' b'`, `'c'`, `'d'`],
  text: [`'a'`, `'A'`, `E'b\\t'`, `E'O''x'`, `'{}'`, `''`],
  numrange: [`'[1,2]'`, `'[1.0,2.00]'`, `'empty'`, `'[3,)'`, `'[4,5]'`, `'[4.0,5]'`],
};

export const shapes = fc.record({
  tenantType: fc.constantFrom(...(Object.keys(TENANT_IDS) as (keyof typeof TENANT_IDS)[])),
  keyType: fc.constantFrom(...(Object.keys(KEYS) as (keyof typeof KEYS)[])),
  /** The key of the lines is checked at the end of a statement. */
  deferrableKey: fc.constantFrom(false, false, false, true),
});
export type Shape = typeof shapes extends fc.Arbitrary<infer T> ? T : never;

export const TABLES = ['tenants', 'docs', 'events', 'lines'] as const;

export function schemaSql(shape: Shape): string {
  const T = shape.tenantType;
  return named(
    `CREATE EXTENSION citext;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE tenants (id ${T} PRIMARY KEY, name text, n int, body text);
    CREATE TABLE docs (id ${shape.keyType} PRIMARY KEY, tenant_id ${T} NOT NULL REFERENCES tenants,
      n int, body text, is_default bool NOT NULL DEFAULT false);
    CREATE TABLE events (id int, tenant_id ${T} NOT NULL REFERENCES tenants, at int NOT NULL, n int, body text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
    CREATE TABLE lines (id int PRIMARY KEY ${shape.deferrableKey ? 'DEFERRABLE' : ''},
      doc_id ${shape.keyType} NOT NULL REFERENCES docs ON UPDATE CASCADE ON DELETE CASCADE, n int, body text);
    INSERT INTO tenants VALUES (:t0, 'a', 1, 'x'), (:t1, 'b', 2, 'y'), (:t2, 'c', 3, 'z');
    INSERT INTO docs VALUES (:k0, :t0, 1, 'A', true), (:k2, :t1, 1, 'a', true), (:k4, :t0, 2, 'B', false);
    INSERT INTO events SELECT i, CASE WHEN i % 3 = 0 THEN :t1::${T} ELSE :t0::${T} END, i * 2, i, 'e' FROM generate_series(1, 8) i;
    INSERT INTO lines VALUES (1, :k0, 1, 'l'), (2, :k2, 2, 'm'), (3, :k4, 3, 'n')`,
    shape,
  );
}

/** `:t1`, `:k2`: a tenant's id, a key. */
function named(sql: string, shape: Shape): string {
  return sql
    .replaceAll(/:t(\d)/g, (_, n) => TENANT_IDS[shape.tenantType][Number(n)]!)
    .replaceAll(/:k(\d)/g, (_, n) => KEYS[shape.keyType][Number(n)]!);
}

const k = fc.nat(5).map(n => `:k${n}`);
const t = fc.nat(2).map(n => `:t${n}`);
const n = fc.nat(9);
const at = fc.nat(29);
const id = fc.integer({ min: 1, max: 9 });
const table = fc.constantFrom(...TABLES);
const column = fc.constantFrom('c1', 'c2', 'c3', 'n', 'body');
const added = fc.constantFrom('c1', 'c2', 'c3');
const partition = fc.constantFrom(1, 2, 3);
const body = fc.constantFrom(`'a'`, `'A'`, `'b'`, 'NULL', `repeat('x', 9000)`, `E'\\\\N\\t{"}'`);
const literal = fc.constantFrom('7', '2.50', 'true', 'x', '{"a": 1.0}', '2020-01-01 00:00:00.5', '{1,2}', 'ok', '');
const type = fc.constantFrom(
  ...['int', 'bigint', 'text', 'varchar(5)', 'varchar(9)', 'numeric', 'numeric(9,2)', 'bool', 'jsonb', 'timestamptz'],
  ...['char(3)', 'citext', 'mood', 'float8', 'uuid', 'int[]'],
);
const ALL_KINDS = 'insert, update, delete, truncate';
const range = (p: number) => `FOR VALUES FROM (${(p - 1) * 10}) TO (${p * 10})`;

/** SQL text from its parts: an arbitrary yields each of its values. */
const sql = (texts: TemplateStringsArray, ...parts: fc.Arbitrary<string | number>[]) =>
  fc.tuple(...parts).map(values => texts.map((text, index) => text + (values[index] ?? '')).join(''));

const rows = fc.oneof(
  sql`INSERT INTO docs (id, tenant_id, n, body) VALUES (${k}, ${t}, ${n}, ${body})`,
  sql`INSERT INTO docs (id, tenant_id, n, is_default) VALUES (${k}, ${t}, ${n}, true)`,
  sql`INSERT INTO lines (id, doc_id, n, body) VALUES (${id}, ${k}, ${n}, ${body})`,
  sql`INSERT INTO events (id, tenant_id, at, n, body) VALUES (${id}, ${t}, ${at}, ${n}, ${body})`,
  sql`INSERT INTO events_${partition} (id, tenant_id, at, n) VALUES (${id}, ${t}, ${at}, ${n})`,
  sql`UPDATE docs SET n = ${n} WHERE id = ${k}`,
  sql`UPDATE docs SET body = ${body} WHERE id = ${k}`,
  sql`UPDATE docs SET id = ${k} WHERE id = ${k}`,
  sql`UPDATE docs SET tenant_id = ${t} WHERE id = ${k}`,
  sql`UPDATE docs SET is_default = NOT is_default WHERE tenant_id = ${t}`,
  sql`UPDATE docs SET n = ${n} - n`,
  sql`UPDATE lines SET n = ${n}, body = ${body} WHERE id = ${id}`,
  sql`UPDATE lines SET doc_id = ${k} WHERE id = ${id}`,
  sql`UPDATE lines SET id = ${id} WHERE id = ${id}`,
  sql`UPDATE events SET at = ${at} WHERE id = ${id}`,
  sql`UPDATE events SET n = n + 1, body = ${body} WHERE id = ${id}`,
  sql`UPDATE tenants SET n = ${n}, body = ${body} WHERE id = ${t}`,
  sql`DELETE FROM docs WHERE id = ${k}`,
  sql`DELETE FROM lines WHERE id = ${id}`,
  sql`DELETE FROM events WHERE id = ${id}`,
  sql`UPDATE lines SET doc_id = ${k} WHERE doc_id = ${k}; DELETE FROM docs WHERE id = ${k}`,
  sql`UPDATE ${table} SET ${column} = '${literal}'`,
  sql`UPDATE ${table} SET ${added} = '${literal}' WHERE n < ${n}`,
);

const changes = fc.oneof(
  sql`ALTER TABLE ${table} ADD ${added} ${type}`,
  sql`ALTER TABLE ${table} ADD ${added} ${type} DEFAULT '${literal}'`,
  sql`ALTER TABLE ${table} ADD ${added} ${fc.constantFrom('float8 DEFAULT random()', 'uuid DEFAULT gen_random_uuid()', 'timestamptz DEFAULT clock_timestamp()', 'timestamptz DEFAULT now()', 'int GENERATED BY DEFAULT AS IDENTITY', 'serial')}`,
  sql`ALTER TABLE ${table} ADD ${added} ${fc.constantFrom('int', 'bigint')} GENERATED ALWAYS AS (n * 2) STORED`,
  sql`ALTER TABLE ${table} ADD ${added} text GENERATED ALWAYS AS (lower(body)) STORED`,
  sql`ALTER TABLE ${table} ALTER ${added} DROP EXPRESSION`,
  sql`ALTER TABLE ${table} DROP ${column}`,
  sql`ALTER TABLE ${table} DROP ${column}; ALTER TABLE ${table} ADD ${column} ${type}`,
  sql`ALTER TABLE ${table} RENAME ${column} TO ${added}`,
  sql`ALTER TABLE ${table} ALTER ${column} TYPE ${type}`,
  sql`ALTER TABLE ${table} ALTER ${column} TYPE text USING upper(${column}::text)`,
  sql`ALTER TABLE ${table} ALTER ${column} TYPE int USING length(${column}::text)`,
  sql`ALTER TABLE ${table} ALTER ${column} TYPE ${type} USING NULL`,
  sql`ALTER TABLE ${table} ALTER ${column} SET DEFAULT '${literal}'`,
  sql`ALTER TABLE ${table} ALTER ${column} ${fc.constantFrom('SET', 'DROP')} NOT NULL`,
  sql`ALTER TABLE ${fc.constantFrom('lines', 'events')} ALTER id TYPE ${fc.constantFrom('bigint', 'numeric', 'text')}`,
  partition.map(p => `CREATE TABLE events_${p} PARTITION OF events ${range(p)}`),
  partition.map(p => `CREATE TABLE events_${p} (LIKE events INCLUDING ALL)`),
  partition.map(p => `ALTER TABLE events ATTACH PARTITION events_${p} ${range(p)}`),
  partition.map(
    p =>
      `CREATE TABLE events_${p} (LIKE events INCLUDING ALL); INSERT INTO events_${p} (id, tenant_id, at) VALUES (9, :t0, ${p * 10 - 1}); ALTER TABLE events ATTACH PARTITION events_${p} ${range(p)}`,
  ),
  sql`ALTER TABLE events DETACH PARTITION events_${partition}`,
  sql`UPDATE events_${partition} SET n = ${n}`,
  partition.map(
    p =>
      `ALTER TABLE events DETACH PARTITION events_${p}; UPDATE events_${p} SET n = -1; ALTER TABLE events ATTACH PARTITION events_${p} ${range(p)}`,
  ),
  sql`TRUNCATE events_${partition}`,
  sql`DROP TABLE events_${partition}`,
  sql`TRUNCATE ${fc.constantFrom('events', 'lines', 'docs CASCADE')}`,
  sql`CREATE UNIQUE INDEX u1 ON docs (tenant_id) WHERE is_default`,
  sql`CREATE UNIQUE INDEX u2 ON docs (tenant_id, lower(body))`,
  sql`ALTER TABLE docs ADD CONSTRAINT u3 UNIQUE (tenant_id, n) DEFERRABLE INITIALLY DEFERRED`,
  sql`DROP INDEX ${fc.constantFrom('u1', 'u2')}`,
  sql`ALTER TABLE docs DROP CONSTRAINT u3`,
  sql`ALTER TABLE lines DROP CONSTRAINT lines_pkey, ADD CONSTRAINT lines_pkey PRIMARY KEY ${fc.constantFrom('(doc_id, id)', '(id)', '(id) DEFERRABLE', '(id, n)')}`,
  sql`ALTER TABLE lines DROP CONSTRAINT lines_pkey`,
  sql`ALTER TABLE events DROP CONSTRAINT events_pkey, ADD PRIMARY KEY (tenant_id, at, id)`,
  fc.constant('ALTER TABLE docs DROP CONSTRAINT docs_pkey CASCADE, ADD CONSTRAINT docs_pkey PRIMARY KEY (id)'),
  fc.constant('ALTER TABLE lines ADD FOREIGN KEY (doc_id) REFERENCES docs ON UPDATE CASCADE ON DELETE CASCADE'),
  sql`ALTER TABLE ${table} REPLICA IDENTITY ${fc.constantFrom('FULL', 'DEFAULT', 'NOTHING')}`,
  sql`ALTER TABLE ${table} SET ${fc.constantFrom('UNLOGGED', 'LOGGED')}`,
  sql`ALTER PUBLICATION holdfast SET (publish = '${fc.constantFrom('insert, delete, truncate', ALL_KINDS)}')`,
  sql`ALTER PUBLICATION holdfast ${fc.constantFrom('DROP', 'ADD')} TABLE ${table}`,
  sql`CREATE INDEX ON ${table} (${column})`,
  sql`ALTER TABLE ${table} ADD CHECK (n > -1000)`,
);

const session = fc.nat(1);
const statement = (weight: number, text: fc.Arbitrary<string>) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant('sql' as const), session, sql: text }),
});
const events = fc.oneof(
  statement(10, rows),
  statement(5, changes),
  { weight: 7, arbitrary: fc.record({ do: fc.constant('commit' as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('alone' as const), sql: sql`VACUUM FULL ${table}` }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('ship' as const, 'ship' as const, 'fold' as const), tenant: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const), tenant: fc.nat(2) }) },
);
export const evolvingHistories = fc.record({
  shape: shapes,
  events: fc.array(events, { minLength: 12, maxLength: 40, size: 'max' }),
  targets: fc.array(fc.record({ moment: fc.nat(), by: fc.constantFrom('time' as const, 'lsn' as const) }), {
    minLength: 3,
    maxLength: 4,
  }),
});
export type EvolvingHistory = typeof evolvingHistories extends fc.Arbitrary<infer T> ? T : never;

/** A row: column → text. Generated columns are left out. */
export type Row = Record<string, string | null>;
export interface EvolvingMoment {
  readonly time: string;
  readonly lsn: string;
  /** Table → its columns and tenant (as the tenant's own row spells it) → rows. */
  readonly tables: Record<string, { columns: string[]; types: Row; rows: Record<string, Row[]> }>;
  /** The transaction that led to it. */
  readonly sql: readonly string[];
}

/** Runs the history; `tenants`: as Holdfast spells them. Both sessions have ended when it returns. */
export async function runEvolving(
  p: ProtectedDatabase,
  history: EvolvingHistory,
  tenants: readonly string[],
): Promise<EvolvingMoment[]> {
  const sessions = [await p.db.connect(), await p.db.connect()];
  const watcher = await p.db.connect();
  for (const client of [...sessions, watcher]) await client.query(`SET lock_timeout = '20ms'`);
  const open: string[][] = [[], []];
  const moments: EvolvingMoment[] = [];
  const remember = async (done: readonly string[]) => {
    // Tables locked by another session cannot be read.
    const seen = await observe(watcher).catch(refusedByServer);
    if (seen) moments.push({ ...seen, sql: done });
  };
  const end = async (index: number) => {
    if (open[index]!.length === 0) return;
    const done = open[index]!.splice(0);
    const committed = await sessions[index]!.query('COMMIT').catch(refusedByServer);
    if (committed) await remember(done);
  };
  const attempt = async (index: number, text: string) => {
    const client = sessions[index]!;
    if (open[index]!.length === 0) await client.query('BEGIN');
    await client.query('SAVEPOINT s');
    const done = await client.query(named(text, history.shape)).catch(refusedByServer);
    await client.query(done ? 'RELEASE s' : 'ROLLBACK TO s');
    open[index]!.push(done ? text : `-- ${text}`);
  };
  /** An open ALTER TABLE blocks every reader, including Holdfast. */
  const release = async () => {
    for (const [index, done] of open.entries())
      if (done.some(text => /^(ALTER|CREATE|DROP|TRUNCATE)/.test(text))) await end(index);
  };
  await remember([]);
  for (const event of history.events) {
    if (event.do === 'sql') await attempt(event.session, event.sql);
    else if (event.do === 'commit') await end(event.session);
    else if (event.do === 'rollback') {
      if (open[event.session]!.splice(0).length > 0) await sessions[event.session]!.query('ROLLBACK');
    } else if (event.do === 'alone') {
      await watcher.query(event.sql).catch(refusedByServer);
    } else {
      await release();
      await repairPublication(watcher);
      if (event.do === 'ship') await p.ship();
      else if (event.do === 'fold') await foldIncrementals(p.ctx);
      else await takeSnapshot(p.ctx, tenantId(tenants[event.tenant]!));
    }
  }
  for (const index of sessions.keys()) await end(index);
  await repairPublication(watcher);
  await shipLog(p.ctx);
  await p.ship();
  return moments;
}

/** A publication that omits kinds of changes stops the log with an error: it was so only temporarily. */
async function repairPublication(watcher: pg.Client): Promise<void> {
  const { rows } = await watcher.query(`SELECT 1 FROM pg_publication WHERE pubname = 'holdfast' AND NOT pubupdate`);
  if (rows.length > 0) await watcher.query(`ALTER PUBLICATION holdfast SET (publish = '${ALL_KINDS}')`);
}

function refusedByServer(error: unknown): undefined {
  if (!(error instanceof pg.DatabaseError)) throw error;
}

const OWNERS: Record<string, string> = {
  tenants: 'tenants r WHERE r.id = x.id',
  docs: 'tenants r WHERE r.id = x.tenant_id',
  events: 'tenants r WHERE r.id = x.tenant_id',
  lines: 'docs d JOIN tenants r ON r.id = d.tenant_id WHERE d.id = x.doc_id',
};

/** The current state of everything. */
export async function observe(watcher: pg.Client): Promise<Omit<EvolvingMoment, 'sql'>> {
  const tables: EvolvingMoment['tables'] = {};
  for (const table of TABLES) {
    const { rows: found } = await watcher.query(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
      [table],
    );
    const columns: string[] = found.map(({ name }) => name);
    const { rows } = await watcher.query(
      `SELECT (SELECT r.id::text FROM ${OWNERS[table]}) AS tenant, ${rowText('x', columns)} AS row FROM ${table} x`,
    );
    const byTenant: Record<string, Row[]> = {};
    for (const { tenant, row } of rows) byTenant[tenant ?? '(none)'] = [...(byTenant[tenant ?? '(none)'] ?? []), row];
    tables[table] = { columns, types: Object.fromEntries(found.map(({ name, type }) => [name, type])), rows: byTenant };
  }
  const { rows } = await watcher.query(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time, pg_current_wal_insert_lsn()::text AS lsn`,
  );
  return { tables, ...rows[0] };
}

export function rowText(alias: string, columns: readonly string[]): string {
  return `json_build_object(${columns.map(name => `'${name}', ${alias}.${name}::text`).join(', ')})`;
}
