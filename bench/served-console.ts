/**
 * `holdfast console` as installed, in a process of its own, called over HTTP by the browser that opened its link. What is
 * measured is a whole request: sign-in, policies, catalog, and the answer as it arrives.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildConsole } from '../bin/build-console.ts';
import { COMMAND_LINE, type Installation } from './holdfast.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever the route says
type Loose = any;

export interface Answer {
  /** Until all of it was read, in milliseconds. */
  readonly ms: number;
  readonly answer: Loose;
}

export interface ServedConsole {
  /**
   * Asks for a path below /api; again, measured anew, where this caller has asked too often. Fails for every other answer
   * that is not good.
   */
  get(path: string): Promise<Answer>;
  stop(): Promise<void>;
}

const TOO_MANY = 429;
/** Until a caller may ask some times more. */
const REFILL_MS = 2000;

/** The pages that an installation has beside its command line: without them it serves nothing. */
export async function buildPages(): Promise<void> {
  await buildConsole(join(dirname(COMMAND_LINE), 'console'));
}

export async function serveInstalled({ config, directory }: Installation): Promise<ServedConsole> {
  const args = [COMMAND_LINE, 'console', '--config', config, '--no-open', '--json'];
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', data => (said = `${said}${data}`.slice(-4000)));
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', data => {
      out += data;
      const found = /"url":\s*"([^"]+)"/.exec(out);
      if (found) resolve(found[1]!);
    });
    void ended.then(() => reject(new Error(`The console ended.\n${said}`)));
  });
  const opened = await fetch(url, { redirect: 'manual' });
  const cookie = opened.headers.get('set-cookie')!.split(';')[0]!;
  const { origin } = new URL(url);
  return {
    async get(path) {
      for (;;) {
        const began = performance.now();
        const response = await fetch(`${origin}/api${path}`, { headers: { cookie } });
        const text = await response.text();
        const ms = performance.now() - began;
        if (response.ok) return { ms, answer: JSON.parse(text) };
        if (response.status !== TOO_MANY)
          throw new Error(`GET ${path} was answered with ${response.status}: ${text.slice(0, 500)}`);
        await pause(REFILL_MS);
      }
    },
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
}
