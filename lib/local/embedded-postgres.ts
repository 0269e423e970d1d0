/**
 * A real PostgreSQL server on this machine, for the demo and the tests: version 18 from an npm package, version 15 from
 * the operating system. PostgreSQL refuses to run as root; for root, it runs as another user. Invariant: the server and
 * its temporary directory are removed with the process that started it, also when that process is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SourceError } from '../domain/errors.ts';
import { type PostgresVersion, runAs, type ServerUser, serverUser, usableBinaries } from './postgres-binaries.ts';

export interface ServerOptions {
  /** Default 18. */
  readonly version?: PostgresVersion;
  /** Directory of initdb and postgres; default: where this machine has the version. */
  readonly binDir?: string;
  /** Kept, with fsync on, and created if missing; default: a temporary directory with fsync off, removed with the server. */
  readonly dataDir?: string;
  /** Server settings (`name: value`) over the defaults below. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** TCP port on 127.0.0.1; default: a free one. */
  readonly port?: number;
}

export interface Server {
  /** Superuser `postgres`, database `postgres`. Contains the password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** The last lines of the server's log. */
  log(): string;
  /** Fast shutdown; resolves when the process has exited and a temporary directory is removed. */
  stop(): Promise<void>;
}

const DEFAULTS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_replication_slots: 64,
  max_wal_senders: 64,
  max_prepared_transactions: 16,
  max_connections: 200,
  log_checkpoints: 'off',
  timezone: 'UTC',
} as const;

const START_TIMEOUT_MS = 60_000;

/** Starts a server and waits until it accepts connections. SourceError `postgres-missing`, `postgres-failed`. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const user = serverUser();
  const binDir = usableBinaries(options.version ?? 18, options.binDir, user);
  const temporary = options.dataDir === undefined ? makeTemporary(user) : undefined;
  const dataDir = temporary === undefined ? resolve(options.dataDir!) : join(temporary, 'data');
  try {
    const password = await prepareDataDir(binDir, dataDir, temporary !== undefined, user);
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      const server = await launch({
        binDir,
        dataDir,
        temporary,
        user,
        password,
        port,
        settings: options.settings ?? {},
      });
      if (server) return server;
      const log = tail(logFile(dataDir));
      if (options.port === undefined && attempt < 5 && log.includes('Address already in use')) continue;
      throw failed('PostgreSQL did not start.', log);
    }
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

interface Launch {
  binDir: string;
  dataDir: string;
  temporary: string | undefined;
  user: ServerUser | undefined;
  password: string;
  port: number;
  settings: Readonly<Record<string, string | number | boolean>>;
}

/** Undefined if the server exited before it was ready. */
async function launch(launch: Launch): Promise<Server | undefined> {
  const { binDir, dataDir, temporary, user, port } = launch;
  const durable = temporary === undefined;
  const settings = {
    ...DEFAULTS,
    port,
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...launch.settings,
  };
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  rmSync(logFile(dataDir), { force: true });
  const log = openSync(logFile(dataDir), 'a');
  const child = spawn(join(binDir, 'postgres'), args, { ...user, cwd: dataDir, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<void>(done => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  if (child.pid === undefined) return undefined;
  const guard = guardAgainstOrphan(child.pid, temporary);
  child.unref();
  if (!(await ready(child, dataDir))) {
    guard.kill();
    return undefined;
  }
  return {
    url: `postgres://postgres:${launch.password}@127.0.0.1:${port}/postgres`,
    port,
    pid: child.pid,
    dataDir,
    log: () => tail(logFile(dataDir)),
    stop: () => stop(child, ended, guard, temporary),
  };
}

async function ready(child: ChildProcess, dataDir: string): Promise<boolean> {
  const until = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null && Date.now() < until) {
    const lines = readIfThere(join(dataDir, 'postmaster.pid')).split('\n');
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return true;
    await delay(20);
  }
  child.kill('SIGQUIT');
  return false;
}

async function stop(child: ChildProcess, ended: Promise<void>, guard: ChildProcess, temporary: string | undefined) {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    child.kill('SIGINT');
    const slow = setTimeout(() => child.kill('SIGQUIT'), 10_000);
    await ended;
    clearTimeout(slow);
  }
  guard.kill();
  if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
}

/** A shell that waits until its standard input closes, which happens however this process ends, and then cleans up. */
function guardAgainstOrphan(pid: number, temporary: string | undefined): ChildProcess {
  const script = `read -r _; kill -QUIT "$1" 2>/dev/null
    i=0; while kill -0 "$1" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done
    [ -z "$2" ] || rm -rf -- "$2"`;
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(pid), temporary ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  return guard;
}

/** Creates the database cluster if missing, and returns the superuser's password, which is kept inside it. */
async function prepareDataDir(binDir: string, dataDir: string, scratch: boolean, user: ServerUser | undefined) {
  const passwordFile = join(dataDir, 'holdfast-password');
  // The password is written last: if it exists, the cluster is complete.
  if (existsSync(passwordFile)) return readFileSync(passwordFile, 'utf8').trim();
  if (existsSync(join(dataDir, 'PG_VERSION'))) {
    throw new SourceError(
      'postgres-failed',
      `${dataDir} is a PostgreSQL data directory that Holdfast did not create, or did not finish.`,
      {
        hint: 'Remove it if you do not need its contents, or choose another directory.',
      },
    );
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (user) chownSync(dataDir, user.uid, user.gid);
  const password = randomBytes(18).toString('hex');
  const handover = join(dirname(dataDir), `.pw-${randomBytes(6).toString('hex')}`);
  writeFileSync(handover, `${password}\n`, { mode: 0o600 });
  if (user) chownSync(handover, user.uid, user.gid);
  try {
    const args = ['-D', dataDir, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${handover}`, '-E', 'UTF8'];
    const made = await runAs(
      user,
      join(binDir, 'initdb'),
      [...args, '--locale=C', ...(scratch ? ['--no-sync'] : [])],
      tmpdir(),
    );
    if (made.code !== 0) throw failed('Cannot create a PostgreSQL data directory.', made.output);
  } finally {
    rmSync(handover, { force: true });
  }
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  return password;
}

function makeTemporary(user: ServerUser | undefined): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-postgres-'));
  chmodSync(directory, 0o700);
  if (user) chownSync(directory, user.uid, user.gid);
  return directory;
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

function logFile(dataDir: string): string {
  return join(dataDir, 'holdfast-server.log');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tail(path: string): string {
  return readIfThere(path).split('\n').slice(-40).join('\n').trim();
}

function failed(message: string, output: string): SourceError {
  return new SourceError('postgres-failed', `${message}\n${output}`, {
    hint: 'Read the server messages above; check free disk space and the permissions of the data directory.',
  });
}
