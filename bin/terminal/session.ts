/**
 * One run of the command line: its output, its style and what it has opened. Results go to standard output (text, exactly
 * one JSON document, or JSON lines while following); progress and errors go to standard error, but with --json an error is
 * the document.
 */
import type { Command } from 'commander';
import type { Tier } from '../../lib/domain/objectives.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import type { Settings } from '../../lib/domain/settings.ts';
import type { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { DecidedRetention } from '../../lib/domain/tenant-policy.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { RecordDeps } from '../../lib/operations/governance/audit.ts';
import type { GovernanceDeps } from '../../lib/operations/governance/request-action.ts';
import type { Catalog, Deps } from '../../lib/ports.ts';
import { type Config, operatingSystemUser, terminalEnvironment } from '../../lib/runtime/config.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';
import { openRemote, type Remote } from '../aws/remote.ts';
import { exitCodeOf } from './error-text.ts';
import { type GlobalOptions, OpenedPorts, type SessionPorts } from './opened-ports.ts';
import { type CommandOutput, lookOf, noticesOf, type OutputOptions, outputOf, reportError } from './output.ts';
import { permitCommand } from './permit-command.ts';
import type { Style } from './style.ts';

export interface Session extends CommandOutput {
  readonly json: boolean;
  readonly style: Style;
  /** The requester: the operating system's user; on AWS the caller's identity in IAM. */
  user(): Promise<string>;
  /** The user of this machine, or the caller's identity on AWS, with the roles of the configuration. */
  principal(): Promise<Principal>;
  /** Decides on permissions and writes to the audit trail of this machine's installation. */
  recording(): Promise<RecordDeps>;
  /** The request path of this machine's installation. */
  governance(): Promise<Context & GovernanceDeps>;
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
  /** A command line for the same place: `holdfast WORDS`, or with the installation on AWS. */
  command(words: string): string;
  /** The configuration file. InputError `local-only` for an installation on AWS. */
  config(): Promise<Config>;
  /** Loads the configuration where there is one, so that `zone` is its zone. */
  ready(): Promise<void>;
  /** Retention policy by tenant reference. */
  retentionOf(): Promise<(tenant: string) => DecidedRetention>;
  /** Tier by tenant reference, without asking the database. */
  tierOf(catalog: Catalog): Promise<(tenant: string) => Tier>;
  /** The ports alone: for work that needs neither database nor tenant model. */
  deps(): Promise<Deps>;
  /** The ports with the settings: for work that stores documents and needs no database. */
  storage(): Promise<Deps & { readonly settings: Settings }>;
  /** Where an opened context sends its progress and its notices. */
  readonly ports: SessionPorts;
  /** Everything an operation needs; opened once, closed at the end. */
  context(model?: TenantModel): Promise<Context>;
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
    const { session, close, fail } = openSession(command.optsWithGlobals<GlobalOptions & OutputOptions>());
    try {
      await permitCommand(session, command, args);
      await handler(session, ...(args as A));
    } catch (error) {
      fail(error);
    } finally {
      await close();
    }
  };
}

async function governanceOf(opened: OpenedPorts): Promise<Context & GovernanceDeps> {
  const { policyOfConfig } = await import('../../lib/runtime/governance.ts');
  const config = await opened.config();
  const approversPlace = { command: (words: string) => `holdfast ${words}`, link: config.approvalLink };
  const path = { policyFor: policyOfConfig(config), approversPlace };
  return { ...(await opened.context()), ...(await opened.recording()), ...path };
}

function openSession(options: GlobalOptions & OutputOptions) {
  const env = terminalEnvironment();
  const look = lookOf(options, env.color);
  const { json, style, errorStyle, progress, interactive } = look;
  const ports = { progress: progress.show, notifier: noticesOf(look) };
  const opened = new OpenedPorts(options, ports);
  const { address, deployed } = opened;
  const remote = deployed && address && !options.direct ? { deployed, address } : undefined;

  const session: Session = {
    ...{ json, style, ports, deployed, interactive, now: () => new Date() },
    // A terminal that does not know its size reports 0.
    columns: process.stdout.columns || env.columns || 80,
    async user() {
      return deployed ? (await deployed()).caller() : operatingSystemUser();
    },
    get remote() {
      return remote && openRemote(session, remote.deployed, remote.address);
    },
    command: words => session.remote?.command(words) ?? `holdfast ${words}`,
    zone: () => opened.zone,
    config: () => opened.config(),
    async ready() {
      if (!deployed) await opened.config();
    },
    principal: () => opened.principal(),
    recording: () => opened.recording(),
    governance: () => governanceOf(opened),
    retentionOf: () => opened.retentionOf(),
    tierOf: catalog => opened.tierOf(catalog),
    deps: () => opened.deps(),
    storage: () => opened.storage(),
    context: model => opened.context(model),
    ...outputOf(look),
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
