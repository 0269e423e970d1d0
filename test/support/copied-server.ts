/**
 * Servers that share a history: a data directory that is copied while its server is stopped, as a storage snapshot or a
 * base backup copies it, and started again beside the original, at once or promoted (on a timeline of its own).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Server, startServer } from '../../lib/local/embedded-postgres.ts';
import type { PgVersion } from './postgres.ts';

const SETTINGS = { fsync: 'off' };

export interface ServerWithCopies {
  readonly server: () => Server;
  /** Stops the server, copies its data directory and starts it again. */
  copy(): Promise<StoppedCopy>;
  dispose(): Promise<void>;
}

export interface StoppedCopy {
  /** As a storage snapshot comes back: the same timeline. */
  start(): Promise<Server>;
  /** In recovery for as long as nobody promotes it. */
  standby(): Promise<Server>;
  /** As a standby, or the end of a point-in-time recovery: promoted to the next timeline. */
  promote(): Promise<Server>;
}

export async function serverWithCopies(version: PgVersion): Promise<ServerWithCopies> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-copies-'));
  execFileSync('chmod', ['755', root]);
  const started: Server[] = [];
  const startIn = async (name: string, port?: number) => {
    const options = { version, dataDir: join(root, name), settings: SETTINGS };
    const server = await startServer({ ...options, ...(port !== undefined && { port }) });
    started.push(server);
    return server;
  };
  const startAsStandby = (name: string) => {
    writeFileSync(join(root, name, 'standby.signal'), '');
    execFileSync('chmod', ['644', join(root, name, 'standby.signal')]);
    return startIn(name);
  };
  let server = await startIn('original');
  let copies = 0;
  return {
    server: () => server,
    async copy() {
      const name = `copy-${++copies}`;
      await server.stop();
      execFileSync('cp', ['-a', join(root, 'original'), join(root, name)]);
      server = await startIn('original', server.port);
      return {
        start: () => startIn(name),
        standby: () => startAsStandby(name),
        promote: async () => {
          const copy = await startAsStandby(name);
          await promote(copy);
          return copy;
        },
      };
    },
    async dispose() {
      for (const each of started) await each.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function promote({ url }: Server): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SELECT pg_promote()');
  } finally {
    await client.end();
  }
}
