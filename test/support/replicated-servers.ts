/**
 * Two real servers in physical replication: the data directory of the first is copied while it is stopped, as a base backup
 * copies it, and started beside it as a hot standby that streams.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';
import type { PgVersion } from './postgres.ts';
import { quickSignIn } from './quick-sign-in.ts';

export interface ReplicatedServers {
  /** A server of its own. */
  start(name: string): Promise<Server>;
  /** Stops the server, copies it, starts it again, and starts the copy as its standby. */
  standbyOf(server: Server, name: string, database: string): Promise<{ primary: Server; standby: Server }>;
  /** As when the machine is lost. */
  kill(server: Server): Promise<void>;
  dispose(): Promise<void>;
}

const SLOT = 'standby';

export function replicatedServers(version: PgVersion): ReplicatedServers {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-replicas-'));
  execFileSync('chmod', ['755', root]);
  const running = new Set<Server>();
  const startIn = async (dataDir: string, settings: Record<string, string>, port?: number) => {
    const options = { version, dataDir, settings: { fsync: 'off', ...settings } };
    const server = await startServer({ ...options, ...(port !== undefined && { port }) });
    running.add(server);
    return server;
  };
  const stop = async (server: Server) => {
    running.delete(server);
    await server.stop();
  };
  return {
    async start(name) {
      const server = await startIn(join(root, name), {});
      await quickSignIn(server.url);
      return server;
    },
    async standbyOf(server, name, database) {
      const dataDir = join(root, name);
      rmSync(dataDir, { recursive: true, force: true });
      await stop(server);
      execFileSync('cp', ['-a', server.dataDir, dataDir]);
      writeFileSync(join(dataDir, 'standby.signal'), '');
      execFileSync('chmod', ['644', join(dataDir, 'standby.signal')]);
      const primary = await startIn(server.dataDir, {}, server.port);
      await execute(
        primary.url,
        `SELECT pg_create_physical_replication_slot('${SLOT}')
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${SLOT}')`,
      );
      const { username, password, port } = new URL(primary.url);
      // In its configuration, and not on its command line: a test changes it.
      const conninfo = `host=127.0.0.1 port=${port} user=${username} password=${password} dbname=${database}`;
      appendFileSync(join(dataDir, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
      const standby = await startIn(dataDir, {
        primary_slot_name: SLOT,
        hot_standby_feedback: 'on',
        ...(version >= 17 ? { sync_replication_slots: 'on' } : {}),
      });
      return { primary, standby };
    },
    async kill(server) {
      process.kill(server.pid, 'SIGQUIT');
      await stop(server);
    },
    async dispose() {
      for (const server of running) await server.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export async function execute(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return inSession(url, async client => (await client.query(sql)).rows ?? []);
}

/** Asks again until the server says so, in one session: each new one costs more than the question. */
export async function untilTrue(url: string, condition: string): Promise<void> {
  await inSession(url, async client => {
    for (;;) {
      const { rows } = await client.query(`SELECT (${condition}) AS "is", pg_sleep(0.02)`);
      if (rows[0]?.is === true) return;
    }
  });
}

async function inSession<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
