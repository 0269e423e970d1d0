/**
 * One run of the command line: where its output goes, how it looks, what it has opened. Results go to standard output
 * (text, or exactly one JSON document, or JSON lines while following); progress and errors go to standard error, except
 * that with --json an error is the document.
 */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { RetentionPolicy } from '../../lib/domain/retention.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { Deps, Notifier } from '../../lib/ports.ts';
import type { AwsPorts } from '../../lib/runtime/aws.ts';
import { type Config, databaseCaFile, loadConfig, terminalEnvironment } from '../../lib/runtime/config.ts';
import type { DeployedInstallation, InstallationAddress } from '../../lib/runtime/installation.ts';
import { openLocal, openLocalDeps } from '../../lib/runtime/local.ts';
import { openRemote, type Remote } from '../aws/remote.ts';
import { errorDocument, exitCodeOf, renderError } from './error-text.ts';
import { progressLine, SILENT } from './progress.ts';
import { makeStyle, type Style } from './style.ts';

export interface Session {
  readonly json: boolean;
  readonly style: Style;
  /** Who asks: the name in the shell; on AWS whom IAM knows the caller as. */
  user(): Promise<string>;
  /** The installation on AWS that does the work; undefined where this machine does it. */
  readonly remote: Remote | undefined;
  /** The installation on AWS that the command is about, wherever the work is done. */
  readonly deployed: (() => Promise<DeployedInstallation>) | undefined;
  /** A person sits at both ends. */
  readonly interactive: boolean;
  readonly now: () => Date;
  /** Columns of the terminal, or of a usual one. */
  readonly columns: number;
  /** Zone of the configuration once it is loaded, else the machine's. */
  readonly zone: () => string;
  /** The configuration file. InputError `local-only` for an installation on AWS. */
  config(): Promise<Config>;
  /** Loads the configuration where there is one, so that `zone` is its zone. */
  ready(): Promise<void>;
  /** For how long what is kept, by tenant reference. */
  retentionOf(): Promise<(tenant: string) => RetentionPolicy>;
  /** The ports alone: for what needs neither database nor tenant model. */
  deps(): Promise<Deps>;
  /** What an opened context tells its progress and its notices to. */
  readonly ports: { readonly progress: NonNullable<Deps['progress']>; readonly notifier: Notifier };
  /** Everything an operation needs; opened once, closed at the end. */
  context(model?: TenantModel): Promise<Context>;
  /** The result: the document for a program, the text for a person. */
  emit(document: unknown, text: () => string): void;
  /** A remark beside the result: for a person only. */
  remark(text: string): void;
  /** InputError `not-confirmed` where the answer is no, `confirmation-needed` where nobody can be asked. */
  confirm(question: string, yes: boolean, refusal?: { message: string; hint: string }): Promise<void>;
  /** A line that a person types; undefined where they interrupt. For interactive sessions only. */
  ask(prompt: string): Promise<string | undefined>;
  /** Sets the exit code without an error: a check that found something. */
  exitWith(code: number): void;
  /** Calls back, once, when the person or the system asks the command to end. */
  onStop(stop: () => void): void;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly config?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly installation?: string;
  readonly here?: boolean;
}

/** Undefined: the command is about this machine. InputError `usage`. */
function addressOf({ profile, region, installation, here, config }: GlobalOptions): InstallationAddress | undefined {
  if (profile === undefined && installation === undefined) {
    const given = region !== undefined ? '--region' : here ? '--here' : undefined;
    if (given === undefined) return undefined;
    throw new InputError('usage', `${given} is for an installation on AWS, and none is named.`, {
      hint: 'Add --profile PROFILE, or --installation NAME where the credentials are in the environment.',
    });
  }
  if (config !== undefined) {
    throw new InputError('usage', '--config is for this machine, --profile and --installation are for AWS.', {
      hint: 'Leave one of them out.',
    });
  }
  return { name: installation ?? 'holdfast', ...(profile && { profile }), ...(region && { region }) };
}

/** What a command does with its arguments: as commander hands them over, options and the command last. */
export type Handler<A extends unknown[]> = (session: Session, ...args: A) => Promise<void>;

/** Makes a commander action of a handler: opens the session, runs it, closes everything, sets the exit code. */
// biome-ignore lint/suspicious/noExplicitAny: commander's action takes whatever the command declares
export function inSession<A extends any[]>(handler: Handler<A>): (...args: any[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    // What cannot begin (a wrong option) is reported by whoever parses.
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
  message: 'This changes live rows and nobody can be asked.',
  hint: 'Read the preview (`holdfast diff`), then pass --yes.',
};

function openSession(options: GlobalOptions) {
  const env = terminalEnvironment();
  const json = options.json ?? false;
  const style = makeStyle(!json && (env.color ?? process.stdout.isTTY === true));
  const errorStyle = makeStyle(env.color ?? process.stderr.isTTY === true);
  const progress =
    process.stderr.isTTY && !json
      ? progressLine({
          style: errorStyle,
          write: text => process.stderr.write(text),
          columns: () => process.stderr.columns ?? 80,
        })
      : SILENT;
  const address = addressOf(options);
  let found: Promise<DeployedInstallation> | undefined;
  let aws: Promise<AwsPorts> | undefined;
  let config: Promise<Config> | undefined;
  let zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const opened: { close(): Promise<void> }[] = [];
  let context: Promise<Context> | undefined;

  const notifier: Notifier = {
    async notify(notice) {
      progress.clear();
      const sign = notice.severity === 'alarm' ? errorStyle.bad('alarm:') : errorStyle.accent('note:');
      process.stderr.write(`${sign} ${notice.message} ${errorStyle.dim(`[${notice.code}]`)}\n`);
    },
  };
  const ports = { progress: progress.show, notifier };

  async function remembered<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const made = await opening;
    opened.push(made);
    return made;
  }

  const deployed =
    address &&
    (() => {
      // Loaded only here: the AWS clients would slow every command of this machine down.
      found ??= import('../../lib/runtime/installation.ts').then(({ findInstallation }) => findInstallation(address));
      return found;
    });

  function awsPorts(find: () => Promise<DeployedInstallation>): Promise<AwsPorts> {
    aws ??= find()
      .then(installation => {
        const checksServer = options.here && installation.description.functions.source.tls;
        const caFile = checksServer ? { caFile: databaseCaFile() } : {};
        return installation.open({ alsoTell: notifier, progress: progress.show, ...caFile });
      })
      .then(made => {
        opened.push(made.storage.catalog);
        return made;
      });
    return aws;
  }

  const session: Session = {
    json,
    style,
    async user() {
      return deployed ? (await deployed()).caller() : (env.user ?? 'unknown');
    },
    get remote() {
      return deployed && !options.here ? openRemote(session, deployed, address) : undefined;
    },
    deployed,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    now: () => new Date(),
    ports,
    // A terminal that does not know its size says 0.
    columns: process.stdout.columns || env.columns || 100,
    zone: () => zone,
    config() {
      if (deployed) {
        throw new InputError(
          'local-only',
          'This command works with a configuration file, not with an installation on AWS.',
          {
            hint: 'Leave --profile and --installation out, and run it where holdfast.yaml is.',
          },
        );
      }
      config ??= loadConfig(options.config).then(loaded => {
        zone = loaded.timeZone;
        return loaded;
      });
      return config;
    },
    async ready() {
      if (!deployed) await session.config();
    },
    async retentionOf() {
      if (deployed) return (await awsPorts(deployed)).retentionOf;
      const { keep } = (await session.config()).settings;
      return () => keep;
    },
    async deps() {
      if (deployed) return (await awsPorts(deployed)).storage;
      return remembered(openLocalDeps(await session.config(), ports));
    },
    context(model) {
      if (deployed && !options.here) {
        throw new InputError('needs-database', 'This command works with the database itself.', {
          hint: 'Run it where the database can be reached, with --here.',
        });
      }
      if (deployed) return awsPorts(deployed).then(ports => ports.context());
      context ??= session
        .config()
        .then(loaded => remembered(openLocal(loaded, model === undefined ? ports : { ...ports, model })));
      return context;
    },
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
      if (!session.interactive || json) {
        throw new InputError('confirmation-needed', refusal.message, { hint: refusal.hint });
      }
      const prompt = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await prompt.question(`${errorStyle.bold(question)} [y/N] `).finally(() => prompt.close());
      if (!/^y(es)?$/i.test(answer.trim())) {
        throw new InputError('not-confirmed', 'Nothing was changed.', { hint: 'Answer y to go on.' });
      }
    },
    async ask(prompt) {
      progress.clear();
      const line = createInterface({ input: process.stdin, output: process.stderr });
      const interrupted = new Promise<undefined>(resolve => {
        line.once('SIGINT', () => resolve(undefined));
        line.once('close', () => resolve(undefined));
      });
      const answer = line.question(prompt).catch(() => undefined);
      return Promise.race([answer, interrupted]).finally(() => line.close());
    },
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
      for (const each of opened.reverse()) await each.close().catch(() => {});
    },
  };
}

/** Where the session never began (a wrong option): the same form. */
export function reportError(error: unknown, json: boolean, style: Style): void {
  if (json) process.stdout.write(`${toJson(errorDocument(error))}\n`);
  else process.stderr.write(renderError(error, style));
}

/** One line, so that following gives JSON lines; bigints as text, as everywhere in Holdfast's documents. */
function toJson(document: unknown): string {
  return JSON.stringify(document, (_key, value) => (typeof value === 'bigint' ? value.toString() : value));
}
