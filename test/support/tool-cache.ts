/**
 * A cache of installed test servers, so that only the first run on a machine installs them. One process installs a tool
 * while the others wait; a partial installation is never used. Set HOLDFAST_TEST_CACHE to keep them elsewhere.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = process.env.HOLDFAST_TEST_CACHE ?? join(import.meta.dirname, '../../node_modules/.cache/holdfast');
const STALE_MS = 60_000;
const BEAT_MS = 10_000;

/** For beforeAll hooks that may have to install something first. */
export const SETUP_TIMEOUT_MS = 15 * 60 * 1000;

/**
 * The tool's directory; `make` fills it where it does not exist yet. The name must change with its contents, unless `root`
 * is a directory of this run.
 */
export async function cachedTool(
  name: string,
  make: (directory: string) => Promise<void>,
  root = ROOT,
): Promise<string> {
  await mkdir(root, { recursive: true });
  const path = join(root, name);
  const ready = join(path, '.ready');
  if (existsSync(ready)) return path;
  const release = await lock(`${path}.lock`);
  try {
    if (existsSync(ready)) return path;
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    await make(path);
    await mkdir(`${ready}.new`);
    await rename(`${ready}.new`, ready);
    return path;
  } finally {
    await release();
  }
}

/** Runs a program to its end. Fails with the end of its output and the hint. */
export async function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; hint: string },
): Promise<void> {
  const child = spawn(command, args, { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (said = (said + data).slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', cause => reject(new Error(`Cannot start ${command}. ${options.hint}`, { cause })));
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}. ${options.hint}\n${said}`);
}

/** A directory as a lock, refreshed while it is held; one that was not refreshed for a minute is taken over. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await mkdir(path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const touched = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - touched > STALE_MS) await rm(path, { recursive: true, force: true });
    else await pause(200);
  }
  const beat = setInterval(() => {
    if (statSync(path, { throwIfNoEntry: false })) void utimes(path, new Date(), new Date()).catch(() => {});
  }, BEAT_MS);
  return async () => {
    clearInterval(beat);
    await rm(path, { recursive: true, force: true });
  };
}
