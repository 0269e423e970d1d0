/**
 * `npm run bench [-- NAME…]`: every benchmark in turn, each printing the ratio of Holdfast and its peers from the same run.
 * After a failure the others still run; the exit code reports whether all succeeded.
 */
import { readFile } from 'node:fs/promises';
import { type Bench, benchArguments } from './arguments.ts';
import { consoleOfFleet } from './console.ts';
import { fleet } from './fleet.ts';
import { functions } from './functions.ts';
import type { Result } from './lines.ts';
import { memoryBySize } from './memory.ts';
import { replay } from './replay.ts';
import { type BenchRun, compare, machineFacts, print, save, writePages, writeTable } from './report.ts';
import { restoreOneTenant } from './restore-one-tenant.ts';
import { secondSnapshot } from './second-snapshot.ts';
import { startServer } from './server.ts';
import { ship } from './ship.ts';
import { snapshot } from './snapshot.ts';
import { start } from './start.ts';
import { verifyLive } from './verify-live.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  start,
  snapshot,
  'second-snapshot': secondSnapshot,
  ship,
  'restore-one-tenant': restoreOneTenant,
  replay,
  fleet,
  'verify-live': verifyLive,
  console: consoleOfFleet,
  memory: memoryBySize,
  functions,
};

const options = benchArguments(process.argv.slice(2));
const unknown = options.names.filter(name => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(', ')}. Choose from ${Object.keys(BENCHES).join(', ')}.\n`,
  );
  process.exit(2);
}

const earlier = options.compare && (JSON.parse(await readFile(options.compare, 'utf8')) as BenchRun);
const facts = { at: new Date().toISOString(), runs: options.runs, machine: machineFacts() };
const results: Result[] = [];
const server = await startServer(options.dir);
try {
  for (const name of options.names.length > 0 ? options.names : Object.keys(BENCHES)) {
    process.stderr.write(`\n${name}\n`);
    try {
      const result = await BENCHES[name]!(server, options);
      results.push(result);
      print(result);
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(
        `${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
  }
} finally {
  await server.stop();
}
const run = { ...facts, results };
process.stderr.write(`\nWritten to ${await save(options.results, run)}\n`);
if (earlier) process.stdout.write(compare(earlier, run));
if (options.write && process.exitCode !== 1) {
  await writeTable(run);
  await writePages(run);
}
