/**
 * The demo runs the same commands as a person would: each is a separate process, shown with a prompt, and its output is
 * the output of `holdfast`, unchanged.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { duration } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';

const COMMAND_LINE = fileURLToPath(new URL('../holdfast.ts', import.meta.url));

export interface CommandLine {
  /** Shows the prompt, runs the command and shows its output. Throws CommandFailed. */
  type(...args: string[]): Promise<void>;
  /** Runs the command without showing it and returns the document it printed. Throws CommandFailed. */
  ask<T>(...args: string[]): Promise<T>;
  /** Starts a command that runs until `stopAll`. */
  keepRunning(...args: string[]): void;
  /** Duration of the last typed command in milliseconds, including the start of Node. */
  lastTook(): number;
  /** Stops the commands that are still running. */
  stopAll(): void;
}

export class CommandFailed extends Error {
  readonly code: number | null;

  constructor(args: readonly string[], code: number | null, output: string) {
    super(`holdfast ${args.join(' ')} failed with exit code ${code}.${output === '' ? '' : `\n${output}`}`);
    this.name = 'CommandFailed';
    this.code = code;
  }
}

export interface CommandLineOptions {
  /** Where holdfast.yaml is; also the directory that the commands run in. */
  readonly directory: string;
  /** Environment of every command, for example the database's password. */
  readonly environment: Record<string, string>;
  readonly style: Style;
  readonly terminal: boolean;
  readonly write: (text: string) => void;
}

export function commandLine(options: CommandLineOptions): CommandLine {
  const { directory, style, terminal, write } = options;
  const running = new Set<ChildProcess>();
  let took = 0;

  function start(args: readonly string[], stdio: ('ignore' | 'pipe' | 'inherit')[]): ChildProcess {
    const child = spawn(process.execPath, [COMMAND_LINE, ...args], {
      cwd: directory,
      env: environmentOf(options),
      stdio,
    });
    running.add(child);
    child.once('close', () => running.delete(child));
    return child;
  }

  return {
    lastTook: () => took,
    async type(...args) {
      write(
        `\n${INDENT}${style.dim('$')} ${style.bold(`holdfast ${args.map(withoutPassword).map(shellWord).join(' ')}`)}\n`,
      );
      const started = performance.now();
      const child = start(args, ['ignore', 'pipe', 'pipe']);
      const clock = terminal ? elapsedLine(write, style) : { clear: () => {}, stop: () => {} };
      const output = indented(text => {
        clock.clear();
        write(text);
      });
      child.stdout!.on('data', output.push);
      child.stderr!.on('data', output.push);
      const code = await exitCode(child);
      clock.stop();
      output.end();
      took = performance.now() - started;
      if (code !== 0) throw new CommandFailed(args, code, '');
      write(`${INDENT}${style.dim(`(${duration(took)})`)}\n`);
    },
    async ask<T>(...args: string[]) {
      const child = start([...args, '--json'], ['ignore', 'pipe', 'pipe']);
      let output = '';
      let errors = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        output += chunk;
      });
      child.stderr!.on('data', (chunk: Buffer) => {
        errors += chunk;
      });
      const code = await exitCode(child);
      if (code !== 0) throw new CommandFailed(args, code, `${output}${errors}`);
      return JSON.parse(output) as T;
    },
    keepRunning(...args) {
      start(args, ['ignore', 'ignore', 'ignore']);
    },
    stopAll() {
      for (const child of running) child.kill('SIGTERM');
    },
  };
}

const INDENT = '   ';

/** A command looks for a terminal of this width, though its output is piped through the demo. */
function environmentOf({ directory, environment, terminal }: CommandLineOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...environment,
    HOLDFAST_CONFIG: join(directory, 'holdfast.yaml'),
    NODE_NO_WARNINGS: '1',
    COLUMNS: String((process.stdout.columns ?? 100) - INDENT.length),
    ...(terminal ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined }),
  };
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** Elapsed time of the command, redrawn until it prints something. */
function elapsedLine(write: (text: string) => void, style: Style) {
  const started = performance.now();
  const clear = () => write('\r\u001b[K');
  const timer = setInterval(() => {
    write(`\r\u001b[K${INDENT}${style.dim(`… ${((performance.now() - started) / 1000).toFixed(1)} s`)}`);
  }, 200);
  return {
    clear,
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}

/** Complete lines, indented under the chapter. */
function indented(write: (text: string) => void) {
  let rest = '';
  return {
    push(chunk: Buffer) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop()!;
      for (const line of lines) write(line === '' ? '\n' : fitted(line));
    },
    end() {
      if (rest !== '') write(fitted(rest));
    },
  };
}

/** A URL without its password, for display. */
function withoutPassword(word: string): string {
  return word.replace(/^(\w+:\/\/[^:@/]+):[^@/]+@/, '$1@');
}

/** Wraps the line to the terminal, indented. Escape sequences have no width. */
function fitted(line: string): string {
  const columns = (process.stdout.columns ?? 1000) - INDENT.length;
  const hanging = `${/^ */.exec(line)![0]}  `;
  let text = INDENT;
  let used = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
  for (const [piece] of line.matchAll(/\u001b\[[0-9;]*m|./gu)) {
    if (used >= columns && piece.length < 3) {
      text += `\n${INDENT}${hanging}`;
      used = hanging.length;
    }
    text += piece;
    used += piece.startsWith('\u001b') ? 0 : 1;
  }
  return `${text}\n`;
}
