/** Runs the real command line, bundled, in its own process and directory, and reads its output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { expectDescribed } from './described-document.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ErrorDocument {
  readonly error: {
    code: string;
    kind: string;
    message: string;
    hint: string;
    retry: string;
    details: Record<string, unknown>;
  };
}

export interface CommandLine {
  readonly directory: string;
  readonly env: Record<string, string>;
  run(...args: string[]): Promise<Ran>;
  /** With a shell line before it, for limits: `ulimit -f 1024;`. */
  runLimited(shell: string, ...args: string[]): Promise<Ran>;
  /** With --json: the one document that was printed. Fails where the exit code is another, or where its schema is not that. */
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own document
  json(...args: string[]): Promise<any>;
  /** With --json, for a command that must fail: its exit code and error. */
  failure(...args: string[]): Promise<ErrorDocument['error'] & { exit: number | null; stderr: string }>;
  start(...args: string[]): ChildProcess;
  dispose(): Promise<void>;
}

export async function commandLine(env: Record<string, string> = {}): Promise<CommandLine> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
  const environment = { PATH: process.env.PATH ?? '', HOME: directory, USER: 'tester', TZ: 'UTC', ...env };

  function start(args: readonly string[], shell = ''): ChildProcess {
    const command = ['--disable-warning=ExperimentalWarning', inject('commandLine'), ...args];
    const options = { cwd: directory, env: environment, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
    if (shell === '') return spawn(process.execPath, command, options);
    return spawn('bash', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...command], options);
  }

  async function run(args: readonly string[], shell?: string): Promise<Ran> {
    const child = start(args, shell);
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout!),
      textOf(child.stderr!),
      new Promise<number | null>(resolve => child.once('close', resolve)),
    ]);
    return { code, stdout, stderr };
  }

  return {
    directory,
    env: environment,
    run: (...args) => run(args),
    runLimited: (shell, ...args) => run(args, shell),
    start: (...args) => start(args),
    async json(...args) {
      const ran = await run([...args, '--json']);
      if (ran.code !== 0)
        throw new Error(`holdfast ${args.join(' ')} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
      const document = JSON.parse(ran.stdout);
      expectDescribed(args, document);
      return document;
    },
    async failure(...args) {
      const ran = await run([...args, '--json']);
      const document = JSON.parse(ran.stdout) as ErrorDocument;
      expectDescribed(['error'], document);
      const { error } = document;
      return { ...error, exit: ran.code, stderr: ran.stderr };
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}
