/**
 * `npm run demo`: all of Holdfast on one machine in under two minutes. A real PostgreSQL, an invented application with
 * fifty tenants that works all the time, an accident to one of them, and its restore, with a proof that is independent of
 * Holdfast. No output is scripted: every figure was just measured.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServer } from '../lib/local/embedded-postgres.ts';
import { terminalEnvironment } from '../lib/runtime/config.ts';
import {
  type DemoRun,
  protectEveryone,
  proveAndGoOn,
  restoreTheTenant,
  takeTheJobBack,
  theAccident,
  theApplication,
} from './demo/chapters.ts';
import { closing } from './demo/closing.ts';
import { CommandFailed, commandLine } from './demo/command-line.ts';
import { tellStory } from './demo/story.ts';
import { makeStyle } from './terminal/style.ts';

const HELP = `npm run demo [-- --keep]

Starts its own PostgreSQL server with an invented application (50 tenants, 25
tables), protects every tenant, damages the data of one while all of them work,
restores that one to the second before, and takes a second accident back while
its tenant goes on working. Takes about a minute; requires no
other software, no network and no privileges. Everything is removed at the end.

  --keep   keep the database, the application and the change log running until
           Ctrl-C, to try commands on them
  --help   show this help
`;

const { values } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const terminal = process.stdout.isTTY === true;
const style = makeStyle(terminalEnvironment().color ?? terminal);
const write = (text: string) => void process.stdout.write(text);
const directory = fileURLToPath(new URL('../.holdfast-demo', import.meta.url));
const cleanups: (() => Promise<void> | void)[] = [];

await claimDirectory(directory);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void interrupted());
try {
  await play();
} catch (error) {
  process.exitCode = 1;
  const message = error instanceof CommandFailed || error instanceof Error ? error.message : String(error);
  write(`\n${style.bad('The demo stopped:')} ${message}\n`);
} finally {
  await cleanUp();
}

async function play(): Promise<void> {
  const story = tellStory({ style, terminal, columns: () => process.stdout.columns ?? 100, write });
  write(`\n${style.bold('Holdfast')} ${style.dim('— restores one tenant to the second while all others work')}\n`);
  const started = performance.now();

  story.chapter('An application with fifty tenants in one database');
  const server = await story.step(
    'starting PostgreSQL',
    () => startServer({ settings: { shared_buffers: '192MB', max_slot_wal_keep_size: '4GB' } }),
    found => `PostgreSQL runs on port ${found.port} of this machine`,
  );
  cleanups.push(() => server.stop());
  const environment = { HOLDFAST_DATABASE_PASSWORD: new URL(server.url).password };
  const holdfast = commandLine({ directory, environment, style, terminal, write });
  cleanups.push(() => holdfast.stopAll());
  const { database, tenants, workload } = await theApplication(story, server.url);
  cleanups.push(() => workload.stop());
  const run: DemoRun = { story, holdfast, database, tenants, workload, directory };

  await protectEveryone(run);
  const accident = await theAccident(run);
  const restored = await restoreTheTenant(run, accident);
  await proveAndGoOn(run, accident, restored);
  await takeTheJobBack(run);
  closing(run, { accident, restored, keep: values.keep, environment, seconds: (performance.now() - started) / 1000 });
  if (values.keep) await keepGoing(run);
}

/** Until Ctrl-C: the application works, the change log is shipped. */
async function keepGoing(run: DemoRun): Promise<void> {
  run.holdfast.keepRunning('ship', '--follow');
  await new Promise(() => setInterval(() => run.workload.window(), 60_000));
}

async function interrupted(): Promise<never> {
  write(`\n${style.dim('Cleaning up …')}\n`);
  await cleanUp();
  process.exit(130);
}

/** In reverse order of creation; a second call has nothing left to do. */
async function cleanUp(): Promise<void> {
  for (let next = cleanups.pop(); next; next = cleanups.pop()) await next();
}

/** One demo at a time in a checkout; removes what a killed one left behind. */
async function claimDirectory(path: string): Promise<void> {
  const owner = Number(await readFile(join(path, 'pid'), 'utf8').catch(() => '0'));
  if (owner > 0 && alive(owner)) {
    process.stderr.write(
      `Another demo is running in this checkout (process ${owner}). Stop it with Ctrl-C in its terminal first.\n`,
    );
    process.exit(2);
  }
  await rm(path, { recursive: true, force: true });
  await mkdir(path);
  await writeFile(join(path, 'pid'), String(process.pid));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
