/**
 * One run of the command line: its output, its style and what it has opened. Results go to standard output (text, exactly
 * one JSON document, or JSON lines while following); progress and errors go to standard error, but with --json an error is
 * the document.
 */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { DecidedRetention } from '../../lib/domain/tenant-policy.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { Deps, Notifier } from '../../lib/ports.ts';
import { type Config, operatingSystemUser, terminalEnvironment } from '../../lib/runtime/config.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';
import { openRemote, type Remote } from '../aws/remote.ts';
import { errorDocument, exitCodeOf, renderError } from './error-text.ts';
import { type GlobalOptions, OpenedPorts, type SessionPorts } from './opened-ports.ts';
import { progressLine, SILENT } from './progress.ts';
import { makeStyle, type Style } from './style.ts';
import { confirmed, typedLine } from './typed-answer.ts';

export interface Session {
  readonly json: boolean;
  readonly style: Style;
  /** The requester: the operating system's user; on AWS the caller's identity in IAM. */
  user(): Promise<string>;
  /** The installation on AWS that does the work; undefined where it runs on this machine. */
  readonly remote: Remote | undefined;
  /** The installation on AWS that the command targets, wherever the work runs. */
  readonly deployed: (() => Promise<DeployedInstallation>) | undefined;
  /** Standard input and standard error are terminals. */
  readonly interactive: boolean;
  readonly now: () => Date;
  /** Columns of the terminal, or a default. */
  readonly columns: number;
  /** Zone of the configuration once it is loaded, else the machine's. */
  readonly zone: () => string;
  /** The configuration file. InputError `local-only` for an installation on AWS. */
  config(): Promise<Config>;
  /** Loads the configuration where there is one, so that `zone` is its zone. */
  ready(): Promise<void>;
  /** Retention policy by tenant reference. */
  retentionOf(): Promise<(tenant: string) => DecidedRetention>;
  /** The ports alone: for work that needs neither database nor tenant model. */
  deps(): Promise<Deps>;
  /** Where an opened context sends its progress and its notices. */
  readonly ports: SessionPorts;
  /** Everything an operation needs; opened once, closed at the end. */
  context(model?: TenantModel): Promise<Context>;
  /** The result: the document for a program, the text for a person. */
  emit(document: unknown, text: () => string): void;
  /** A remark beside the result, for people only. */
  remark(text: string): void;
  /** InputError `not-confirmed` where the answer is no, `confirmation-needed` where there is no terminal. */
  confirm(question: string, yes: boolean, refusal?: { message: string; hint: string }): Promise<void>;
  /** Reads a typed line; undefined if the person interrupts. For interactive sessions only. */
  ask(prompt: string): Promise<string | undefined>;
  /** Sets the exit code without an error: a check that found something. */
  exitWith(code: number): void;
  /** Calls back once when the command receives SIGINT, SIGTERM or SIGHUP. */
  onStop(stop: () => void): void;
}

/** Runs a command with its arguments as commander passes them, options and the command last. */
export type Handler<A extends unknown[]> = (session: Session, ...args: A) => Promise<void>;

/** Makes a commander action of a handler: opens the session, runs it, closes everything, sets the exit code. */
// biome-ignore lint/suspicious/noExplicitAny: commander's action takes whatever the command declares
export function inSession<A extends any[]>(handler: Handler<A>): (...args: any[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    // An error before the session opens (a wrong option) is reported by the parser.
    const { session, close, fail } = openSession(command.optsWithGlobals<GlobalOptions>());
    try {
      await handler(session, ...(args as A));
    } catch (error) {
      fail(error);
    } finally {
      await close();
    }
  };
}

const UNSEEN = {
  message: 'This changes live rows, and there is no terminal to confirm it on.',
  hint: 'Read the preview (`holdfast diff`), then pass --yes.',
};

function openSession(options: GlobalOptions) {
  const env = terminalEnvironment();
  const json = options.json ?? false;
  const look = lookOf(json, env.color);
  const { style, errorStyle, progress } = look;
  const ports = { progress: progress.show, notifier: noticesOf(look) };
  const opened = new OpenedPorts(options, ports);
  const { address, deployed } = opened;
  const remote = deployed && address && !options.direct ? { deployed, address } : undefined;

  const session: Session = {
    ...{ json, style, ports, deployed },
    ...{ interactive: process.stdin.isTTY === true && process.stderr.isTTY === true, now: () => new Date() },
    // A terminal that does not know its size reports 0.
    columns: process.stdout.columns || env.columns || 100,
    async user() {
      return deployed ? (await deployed()).caller() : operatingSystemUser();
    },
    get remote() {
      return remote && openRemote(session, remote.deployed, remote.address);
    },
    zone: () => opened.zone,
    config: () => opened.config(),
    async ready() {
      if (!deployed) await opened.config();
    },
    retentionOf: () => opened.retentionOf(),
    deps: () => opened.deps(),
    context: model => opened.context(model),
    ...conversation(look, json),
    exitWith(code) {
      process.exitCode = code;
    },
    onStop(stop) {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
    },
  };

  return {
    session,
    fail(error: unknown) {
      progress.clear();
      process.exitCode = exitCodeOf(error);
      reportError(error, json, errorStyle);
      if (env.trace) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    },
    async close() {
      progress.clear();
      await opened.close();
    },
  };
}

/** How output looks: a style for each stream; progress only if standard error is a terminal. */
interface Look {
  readonly style: Style;
  readonly errorStyle: Style;
  readonly progress: ReturnType<typeof progressLine>;
}

function lookOf(json: boolean, color: boolean | undefined): Look {
  const style = makeStyle(!json && (color ?? process.stdout.isTTY === true));
  const errorStyle = makeStyle(color ?? process.stderr.isTTY === true);
  if (!process.stderr.isTTY || json) return { style, errorStyle, progress: SILENT };
  const write = (text: string) => process.stderr.write(text);
  const columns = () => process.stderr.columns ?? 80;
  return { style, errorStyle, progress: progressLine({ style: errorStyle, write, columns }) };
}

function noticesOf({ errorStyle, progress }: Look): Notifier {
  return {
    async notify(notice) {
      progress.clear();
      const sign = notice.severity === 'alarm' ? errorStyle.bad('alarm:') : errorStyle.accent('note:');
      process.stderr.write(`${sign} ${notice.message} ${errorStyle.dim(`[${notice.code}]`)}\n`);
    },
  };
}

/** Output and questions of a command. */
function conversation(
  { errorStyle, progress }: Look,
  json: boolean,
): Pick<Session, 'emit' | 'remark' | 'confirm' | 'ask'> {
  const interactive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    emit(document, text) {
      progress.clear();
      process.stdout.write(json ? `${toJson(document)}\n` : text());
    },
    remark(text) {
      progress.clear();
      if (!json) process.stderr.write(`${text}\n`);
    },
    async confirm(question, yes, refusal = UNSEEN) {
      if (yes) return;
      progress.clear();
      if (!interactive || json) throw new InputError('confirmation-needed', refusal.message, { hint: refusal.hint });
      await confirmed(errorStyle.bold(question));
    },
    async ask(prompt) {
      progress.clear();
      return typedLine(prompt);
    },
  };
}

/** In the same form also where the session never opened (a wrong option). */
export function reportError(error: unknown, json: boolean, style: Style): void {
  if (json) process.stdout.write(`${toJson(errorDocument(error))}\n`);
  else process.stderr.write(renderError(error, style));
}

/** One line, so that following gives JSON lines; bigints as text, as everywhere in Holdfast's documents. */
function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
}
