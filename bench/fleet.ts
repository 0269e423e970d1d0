/**
 * The fleet: 2,000 small tenants of 20 tables and a few hundred rows each, all snapshotted, against one `psql \copy`
 * script per tenant (twenty \copy commands over one connection). The peer runs one script after the other, as a cron job
 * would, and again two at a time, the number of tenants that Holdfast processes concurrently.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { install } from './holdfast.ts';
import { count, memory, type Result, speed } from './lines.ts';
import { alternate, figures, type Run, timeProcess } from './measure.ts';
import { type BenchServer, psql, remove } from './server.ts';

const TABLES = 20;
/** Per table and tenant: 300 rows per tenant. */
const ROWS = 15;

export async function fleet(server: BenchServer, options: BenchArguments): Promise<Result> {
  const tenants = Math.max(20, Math.round(2000 * options.scale));
  await ensureFleet(server, tenants);
  const url = server.url('fleet');
  const scripts = join(options.dir, 'fleet-scripts');
  await writeScripts(scripts, tenants);
  const directory = join(options.dir, 'fleet');
  await install(directory, url);
  await psql(url, STATEMENTS_EXTENSION);
  let statements = 0;
  const runs = await alternate(options.runs, {
    'peer, one at a time': () => copyScripts(url, scripts, tenants, 1),
    holdfast: async () => {
      const fresh = await install(directory, url);
      const before = await statementsSoFar(url);
      const run = await fresh.run('snapshot', '--all', '--json');
      statements = (await statementsSoFar(url)) - before;
      return run;
    },
    'peer, two at a time': () => copyScripts(url, scripts, tenants, 2),
  });
  const keyCalls = keyringCalls(runs.holdfast.at(-1)!.stdout);
  const objects = Number(
    (await timeProcess('sh', ['-c', `find '${directory}' -path '*vault*' -type f | wc -l`])).stdout,
  );
  return {
    bench: 'fleet',
    scale: options.scale,
    lines: [
      speed(`${tenants} tenants`, runs.holdfast, runs['peer, one at a time'], 3),
      speed('against two scripts at a time', runs.holdfast, runs['peer, two at a time'], 1),
      count('statements per tenant', statements / tenants),
      count('files in the vault per tenant', objects / tenants),
      count('keyring calls per tenant', keyCalls / tenants),
      memory('peak memory', runs.holdfast),
    ],
    data: {
      tenants,
      tables: TABLES,
      rowsPerTable: ROWS,
      statements,
      objects,
      keyCalls,
      peer: figures(runs['peer, one at a time']),
      peerTwoAtATime: figures(runs['peer, two at a time']),
      holdfast: figures(runs.holdfast),
    },
  };
}

export async function copyScripts(url: string, scripts: string, tenants: number, atATime: number): Promise<Run> {
  await remove(join(scripts, 'out'));
  await mkdir(join(scripts, 'out'));
  return timeProcess('sh', [
    '-c',
    `seq 1 ${tenants} | xargs -P ${atATime} -I{} psql -X -q -d '${url}' -f '${scripts}/{}.sql'`,
  ]);
}

export async function writeScripts(scripts: string, tenants: number): Promise<void> {
  await remove(scripts);
  await mkdir(scripts, { recursive: true });
  for (let tenant = 1; tenant <= tenants; tenant++) {
    const lines = tables().map(
      ({ name, of }) =>
        `\\copy (SELECT x.* FROM ${name} x WHERE ${of(tenant)}) TO '${scripts}/out/${tenant}.${name}.copy'`,
    );
    await writeFile(join(scripts, `${tenant}.sql`), `${lines.join('\n')}\n`);
  }
}

interface FleetTable {
  readonly name: string;
  readonly of: (tenant: number) => string;
}

/** The tenant table, thirteen tables with the tenant column, six reached through a parent. */
function tables(): FleetTable[] {
  return Array.from({ length: TABLES }, (_, n) => {
    const name = n === 0 ? 'tenants' : `t${String(n).padStart(2, '0')}`;
    if (n === 0) return { name, of: tenant => `x.id = ${tenant}` };
    if (n < TABLES - 6) return { name, of: tenant => `x.tenant_id = ${tenant}` };
    const parent = `t${String(n - (TABLES - 7)).padStart(2, '0')}`;
    return { name, of: tenant => `x.parent_id IN (SELECT id FROM ${parent} WHERE tenant_id = ${tenant})` };
  });
}

export async function ensureFleet(server: BenchServer, tenants: number): Promise<void> {
  const wanted = `holdfast fleet ${tenants} ${ROWS}`;
  const comment = `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'fleet';`;
  if ((await psql(server.url('postgres'), comment)) === wanted) return;
  await psql(server.url('postgres'), 'DROP DATABASE IF EXISTS fleet WITH (FORCE);');
  await psql(server.url('postgres'), 'CREATE DATABASE fleet TEMPLATE template0;');
  const url = server.url('fleet');
  await psql(
    url,
    `CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL); INSERT INTO tenants SELECT t, 'Tenant ' || t FROM generate_series(1, ${tenants}) AS t;`,
  );
  for (const [n, { name }] of tables().entries())
    if (n > 0) await psql(url, n < TABLES - 6 ? direct(name, tenants) : via(name, n, tenants));
  await psql(url, 'VACUUM (FREEZE, ANALYZE);');
  await psql(server.url('postgres'), `CHECKPOINT; COMMENT ON DATABASE fleet IS '${wanted}';`);
}

const COLUMNS = `name text NOT NULL, amount numeric(12,2) NOT NULL, tags text[] NOT NULL, data jsonb NOT NULL, at timestamptz NOT NULL`;
const VALUES = `'Entry ' || i, i / 7.0, ARRAY['a' || i % 5], jsonb_build_object('n', i, 'hash', md5(i::text)), timestamptz '2025-01-01' + i * interval '1 minute'`;

function direct(name: string, tenants: number): string {
  return `CREATE TABLE ${name} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, ${COLUMNS}, UNIQUE (tenant_id, id));
    INSERT INTO ${name} SELECT i, 1 + i % ${tenants}, ${VALUES} FROM generate_series(1, ${tenants * ROWS}) AS i;`;
}

function via(name: string, n: number, tenants: number): string {
  const parent = `t${String(n - (TABLES - 7)).padStart(2, '0')}`;
  return `CREATE TABLE ${name} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, parent_id bigint NOT NULL REFERENCES ${parent}, ${COLUMNS}, UNIQUE (parent_id, id));
    INSERT INTO ${name} SELECT i, i, ${VALUES} FROM generate_series(1, ${tenants * ROWS}) AS i;`;
}

/** Statements are counted by pg_stat_statements, which requires the server's contrib package. */
const STATEMENTS_EXTENSION = 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements;';

async function statementsSoFar(url: string): Promise<number> {
  return Number(await psql(url, 'SELECT coalesce(sum(calls), 0) FROM pg_stat_statements;'));
}

/** Holdfast reports the number of keyring calls in the JSON of the result. */
function keyringCalls(stdout: string): number {
  const found = /"generate":\s*(\d+),\s*"decrypt":\s*(\d+)/.exec(stdout);
  if (found === null) throw new Error('The result of snapshot --all does not report its keyring calls.');
  return Number(found[1]) + Number(found[2]);
}

await runAlone(import.meta, fleet);
