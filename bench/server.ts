/**
 * The PostgreSQL server of the benchmarks: Debian's version 15, which matches psql, pg_recvlogical and pgBackRest. Its
 * directory is outside the checkout, which the server's user may not be able to read, and is kept between runs, so that
 * the database is generated once. fsync is on: durability is part of the measurement.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const BIN_DIR = '/usr/lib/postgresql/15/bin';

/** A running server; `url(database)` is a superuser's URL over loopback. */
export interface BenchServer {
  readonly dataDir: string;
  readonly port: number;
  url(database: string): string;
  stop(): Promise<void>;
}

const SETTINGS: Record<string, string> = {
  listen_addresses: "'127.0.0.1'",
  wal_level: 'logical',
  max_wal_senders: '16',
  max_replication_slots: '32',
  shared_buffers: "'1GB'",
  work_mem: "'32MB'",
  maintenance_work_mem: "'256MB'",
  max_wal_size: "'8GB'",
  checkpoint_timeout: "'30min'",
  wal_compression: 'off',
  autovacuum: 'off',
  jit: 'off',
  shared_preload_libraries: "'pg_stat_statements'",
  'pg_stat_statements.max': '10000',
  logical_decoding_work_mem: "'64MB'",
};

/** Wraps a command to run as the server's user: PostgreSQL refuses to run as root. */
export function asServerUser(command: string, args: readonly string[]): [string, string[]] {
  return userInfo().uid === 0 ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, [...args]];
}

/** Runs a program as the server's user and returns its standard output. */
export async function runAsServerUser(command: string, args: readonly string[]): Promise<string> {
  const [program, programArgs] = asServerUser(command, args);
  const { stdout } = await run(program, programArgs, { maxBuffer: 64 * 1024 * 1024, cwd: '/' });
  return stdout;
}

/** Creates a directory owned by the server's user. */
export async function serverDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
  if (userInfo().uid === 0) await run('chown', ['postgres:', path]);
  return path;
}

/** Starts the server in `directory`/`name`; creates its cluster if there is none. */
export async function startServer(
  directory: string,
  name = 'main',
  extra: Record<string, string> = {},
): Promise<BenchServer> {
  await serverDirectory(directory);
  const dataDir = join(directory, name);
  if (!(await exists(join(dataDir, 'PG_VERSION')))) {
    await runAsServerUser(join(BIN_DIR, 'initdb'), [
      '-D',
      dataDir,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
    ]);
  }
  await stopIfRunning(dataDir);
  return startCluster(directory, dataDir, { ...SETTINGS, ...extra });
}

/** A killed run leaves its server running; the directory belongs to one run of the benchmarks at a time. */
async function stopIfRunning(dataDir: string): Promise<void> {
  const status = await runAsServerUser(join(BIN_DIR, 'pg_ctl'), ['-D', dataDir, 'status']).catch(() => '');
  if (status.includes('server is running')) {
    await runAsServerUser(join(BIN_DIR, 'pg_ctl'), ['-D', dataDir, '-w', '-m', 'immediate', 'stop']);
  }
}

/** Starts an existing cluster (also one that pgBackRest has restored) and waits until it accepts connections. */
export async function startCluster(
  directory: string,
  dataDir: string,
  settings: Record<string, string>,
): Promise<BenchServer> {
  const port = await freePort();
  const lines = Object.entries({ ...settings, port: String(port), unix_socket_directories: `'${directory}'` });
  await writeFile(
    join(dataDir, 'postgresql.auto.conf.bench'),
    lines.map(([key, value]) => `${key} = ${value}\n`).join(''),
  );
  await includeOnce(dataDir);
  const log = join(directory, `${dataDir.split('/').at(-1)}.log`);
  await runAsServerUser(join(BIN_DIR, 'pg_ctl'), ['-D', dataDir, '-w', '-t', '600', '-l', log, 'start']);
  return {
    dataDir,
    port,
    url: database => `postgres://postgres@127.0.0.1:${port}/${database}`,
    stop: async () => {
      await runAsServerUser(join(BIN_DIR, 'pg_ctl'), ['-D', dataDir, '-w', '-m', 'fast', 'stop']);
    },
  };
}

async function includeOnce(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postgresql.conf');
  await run('sh', [
    '-c',
    `grep -q auto.conf.bench '${file}' || echo "include = 'postgresql.auto.conf.bench'" >> '${file}'`,
  ]);
}

/** Runs SQL with psql; returns unaligned output without headers. Throws with the server's message. */
export async function psql(url: string, sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', '-'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => (out += chunk));
    child.stderr.on('data', chunk => (err += chunk));
    child.on('error', reject);
    child.on('close', code =>
      code === 0 ? resolve(out.trimEnd()) : reject(new Error(`psql failed with ${code}: ${err}`)),
    );
    child.stdin.end(sql);
  });
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
