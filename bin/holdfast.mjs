#!/usr/bin/env node
// Starts the command line with the Node.js 24 from the packages, whatever `node` is on this machine: Holdfast requires its
// zstd, SQLite and type stripping. From a checkout it runs the sources, otherwise the bundle. Plain JavaScript, so that
// Node.js 18 or newer can run this file.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

function packagedNode() {
  try {
    const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

const node = packagedNode() ?? (Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined);
if (node === undefined) {
  console.error(
    'error: Node.js 24 is missing [no-node]\nhint: Install it, or run `npm ci` in the checkout of Holdfast, which does.',
  );
  process.exit(1);
}

const flags = ['--disable-warning=ExperimentalWarning'];
const sources = join(here, 'holdfast.ts');
const entry = existsSync(sources) ? sources : join(here, '../dist/holdfast.mjs');
const child = spawn(node, [...flags, entry, ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends Ctrl-C to the child itself; signals to this process alone are passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', error => {
  console.error(
    `error: ${node} cannot be started (${error.code}) [no-node]\nhint: Run \`npm ci\` in the checkout of Holdfast.`,
  );
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
