/** Databases for tests: new ones on the shared servers, or a dedicated server with other settings. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';
import type { Source } from '../../lib/postgres/connection.ts';

/** The versions that every test with SQL runs on. */
export const PG_VERSIONS = [15, 18] as const;
export type PgVersion = (typeof PG_VERSIONS)[number];

export interface TestDatabase {
  readonly name: string;
  readonly version: PgVersion;
  /** Superuser. */
  readonly url: string;
  readonly source: Source;
  /** Runs SQL (several statements where there are no parameters) on a session that stays open until drop(). */
  // biome-ignore lint/suspicious/noExplicitAny: rows are whatever the test asked for
  query<Row extends pg.QueryResultRow = any>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** A further session, closed by drop(). */
  connect(): Promise<pg.Client>;
  /** A login role with a random name, for tests of privileges; dropped by drop(). `attributes`: `BYPASSRLS REPLICATION` … */
  role(attributes?: string): Promise<{ name: string; source: Source }>;
  /** Ends its sessions and removes the database with its slots. */
  drop(): Promise<void>;
}

/** An empty database on the shared server of that version. */
export function testDatabase(version: PgVersion): Promise<TestDatabase> {
  return createDatabase(inject('postgres')[version], version);
}

/** A dedicated server; the caller stops it. */
export function ownServer(
  version: PgVersion,
  settings: Record<string, string | number | boolean> = {},
): Promise<Server> {
  return startServer({ version, settings });
}

/** An empty database on the server with that superuser URL. */
export async function createDatabase(serverUrl: string, version: PgVersion): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  // Copied as files: the log of the server stays small, which every slot of the other tests reads.
  await once(serverUrl, `CREATE DATABASE ${name} STRATEGY FILE_COPY`);
  const url = withPath(serverUrl, name);
  const clients: pg.Client[] = [];
  const roles: string[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  };
  const session = await connect();
  return {
    name,
    version,
    url,
    source: { url },
    connect,
    query: async (sql, values) => (await (values ? session.query(sql, values) : session.query(sql))).rows ?? [],
    role: async (attributes = '') => {
      const role = `r_${randomBytes(6).toString('hex')}`;
      const password = randomBytes(9).toString('hex');
      await session.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}' ${attributes}`);
      roles.push(role);
      const roleUrl = new URL(url);
      roleUrl.username = role;
      roleUrl.password = password;
      return { name: role, source: { url: roleUrl.href } };
    },
    drop: async () => {
      for (const role of roles) await session.query(`DROP OWNED BY ${role} CASCADE`);
      await Promise.all(clients.map(client => client.end().catch(() => {})));
      await dropDatabase(serverUrl, name);
      for (const role of roles) await once(serverUrl, `DROP ROLE IF EXISTS ${role}`);
    },
  };
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    for (let attempt = 0; ; attempt++) {
      await client.query(
        'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = $1 AND active',
        [name],
      );
      try {
        await client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [
          name,
        ]);
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
        return;
      } catch (error) {
        if (attempt === 20) throw error;
        await client.query('SELECT pg_sleep(0.05)');
      }
    }
  } finally {
    await client.end();
  }
}

async function once(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function withPath(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
