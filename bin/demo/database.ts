/**
 * Creates the demo's database: an invented application with 50 tenants. The demo acts as the application and its
 * administrator, so it connects to PostgreSQL directly and not through Holdfast.
 */
import { readFile } from 'node:fs/promises';
import pg from 'pg';

/** The role of the application's own code, and its password (this database is reachable from this machine only). */
const APPLICATION = { user: 'workbench', password: 'workbench' };

export interface DemoDatabase {
  /** The administrator's URL. Holds the password. */
  readonly url: string;
  /** The application role's URL. */
  readonly applicationUrl: string;
}

/** Creates and fills the database `workbench`; reports each section of the seed to `progress`. */
export async function createDatabase(serverUrl: string, progress: (message: string) => void): Promise<DemoDatabase> {
  await withClient(serverUrl, client => client.query('CREATE DATABASE workbench'));
  const url = new URL(serverUrl);
  url.pathname = '/workbench';
  const applicationUrl = new URL(url);
  applicationUrl.username = APPLICATION.user;
  applicationUrl.password = APPLICATION.password;
  await withClient(url.href, async client => {
    await client.query(await readSql('schema.sql'));
    for (const section of (await readSql('seed.sql')).split(/^--@/m).slice(1)) {
      const [title, ...sql] = section.split('\n');
      progress(title!.trim());
      await runStatements(client, sql.join('\n'));
    }
  });
  return { url: url.href, applicationUrl: applicationUrl.href };
}

/** VACUUM cannot run together with other statements, so it runs alone. */
async function runStatements(client: pg.Client, sql: string): Promise<void> {
  const vacuum = sql.indexOf('VACUUM');
  await client.query(vacuum < 0 ? sql : sql.slice(0, vacuum));
  if (vacuum >= 0) await client.query(sql.slice(vacuum));
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'workbench' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

export interface DatabaseFacts {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly tenants: number;
}

/** The figures of the introduction, read from the database. */
export async function databaseFacts(url: string): Promise<DatabaseFacts> {
  return withClient(url, async client => {
    const { rows } = await client.query(`
      SELECT (SELECT count(*)::int FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition) AS tables,
             (SELECT coalesce(sum(c.reltuples) FILTER (WHERE c.relkind = 'r'), 0)::int FROM pg_class c WHERE c.relnamespace = 'app'::regnamespace) AS rows,
             pg_database_size(current_database())::float8 AS bytes,
             (SELECT count(*)::int FROM app.tenants) AS tenants`);
    return rows[0] as DatabaseFacts;
  });
}

function readSql(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}
