import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../lib/local/embedded-postgres.ts';
import { findBinaries } from '../../lib/local/postgres-binaries.ts';
import { ownServer, PG_VERSIONS, testDatabase } from '../support/postgres.ts';

describe.each(PG_VERSIONS)('a server of PostgreSQL %i', version => {
  test('has that version and supports logical decoding', async () => {
    const database = await testDatabase(version);
    const [row] = await database.query(
      "SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('wal_level') AS wal, current_setting('max_replication_slots') AS slots",
    );
    expect(row).toEqual({ major: version, wal: 'logical', slots: '64' });
    await database.drop();
  });

  test('a database is dropped with its replication slots and sessions', async () => {
    const database = await testDatabase(version);
    await database.query("SELECT pg_create_logical_replication_slot('s_' || current_database(), 'pgoutput')");
    await database.connect();
    await database.drop();
    const other = await testDatabase(version);
    expect(await other.query('SELECT 1 FROM pg_database WHERE datname = $1', [database.name])).toEqual([]);
    await other.drop();
  });

  test('leaves nothing behind when it is stopped', async () => {
    const server = await ownServer(version, { work_mem: '5MB' });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query('SHOW work_mem')).rows).toEqual([{ work_mem: '5MB' }]);
    await client.end();
    await server.stop();
    expect(existsSync(server.dataDir)).toBe(false);
    expect(() => process.kill(server.pid, 0)).toThrow();
  });
});

test('a given data directory is durable and keeps its rows across a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-kept-'));
  // Readable for the user that the server runs as.
  chmodSync(directory, 0o755);
  const dataDir = join(directory, 'data');
  try {
    for (const expected of ['0', '1']) {
      const server = await startServer({ dataDir });
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query('CREATE TABLE IF NOT EXISTS kept (n int)');
      const { rows } = await client.query("SELECT count(*) AS n, current_setting('fsync') AS fsync FROM kept");
      expect(rows).toEqual([{ n: expected, fsync: 'on' }]);
      await client.query('INSERT INTO kept VALUES (1)');
      await client.end();
      await server.stop();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a data directory that belongs to something else is left alone', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-foreign-'));
  writeFileSync(join(dataDir, 'PG_VERSION'), '18');
  await expect(startServer({ dataDir })).rejects.toMatchObject({
    code: 'postgres-failed',
    message: expect.stringContaining(dataDir),
  });
  expect(readdirSync(dataDir)).toEqual(['PG_VERSION']);
  rmSync(dataDir, { recursive: true });
});

test('a server that cannot start reports its own message', async () => {
  await expect(startServer({ settings: { shared_buffers: 'nonsense' } })).rejects.toMatchObject({
    code: 'postgres-failed',
    message: expect.stringContaining('shared_buffers'),
  });
});

test('a server ends with its process, even when that is killed', async () => {
  const script = `import { startServer } from ${JSON.stringify(join(import.meta.dirname, '../../lib/local/embedded-postgres.ts'))};
    const server = await startServer(); console.log(server.pid + ' ' + server.dataDir); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const [pid, dataDir] = line.toString().trim().split(' ') as [string, string];
  child.kill('SIGKILL');
  await expect.poll(() => existsSync(dataDir), { timeout: 20_000 }).toBe(false);
  await expect.poll(() => isRunning(Number(pid)), { timeout: 20_000 }).toBe(false);
});

test('a version that is not installed is reported, with a hint', () => {
  expect(() => findBinaries(9 as never)).toThrow(/PostgreSQL 9 is not installed on this machine/);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(existsSync(`/proc/${pid}/status`) ? readStatus(pid) : '');
  } catch {
    return false;
  }
}

function readStatus(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}
