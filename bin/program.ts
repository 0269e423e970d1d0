/**
 * The command line, for people, cron jobs and programs. Each command parses its arguments, calls one operation and renders
 * the result; it makes no decisions of its own. Exit codes: 0 success, 1 internal error, 2 input, 3 integrity, 4 target,
 * 5 source database, 6 conflict, 7 storage, 8 partial restore, 130 interrupted at a question (see lib/domain/error-kind.ts).
 */
import { Command, CommanderError, Option, type ParseOptionsResult } from 'commander';
import { InputError } from '../lib/domain/errors.ts';
import { terminalEnvironment } from '../lib/runtime/config.ts';
import packageJson from '../package.json' with { type: 'json' };
import { registerAcknowledge } from './commands/acknowledge.ts';
import { registerActivity } from './commands/activity.ts';
import { registerAdvise } from './commands/advise.ts';
import { registerApprove } from './commands/approve.ts';
import { registerArchive } from './commands/archive.ts';
import { registerAttest } from './commands/attest.ts';
import { registerAudit } from './commands/audit.ts';
import { registerCatalog } from './commands/catalog.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerConsole } from './commands/console.ts';
import { registerCost } from './commands/cost.ts';
import { registerDestroy } from './commands/destroy.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDiscover } from './commands/discover.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDrill } from './commands/drill.ts';
import { registerErase } from './commands/erase.ts';
import { registerEvidence } from './commands/evidence.ts';
import { registerExpire } from './commands/expire.ts';
import { registerExport } from './commands/export.ts';
import { registerFailover } from './commands/failover.ts';
import { registerFailures } from './commands/failures.ts';
import { registerFind } from './commands/find.ts';
import { registerFold } from './commands/fold.ts';
import { registerHistory } from './commands/history.ts';
import { registerHold } from './commands/hold.ts';
import { registerIncident } from './commands/incident.ts';
import { registerInit } from './commands/init.ts';
import { registerLeftovers } from './commands/leftovers.ts';
import { registerLog } from './commands/log.ts';
import { registerMark } from './commands/mark.ts';
import { registerMcp } from './commands/mcp.ts';
import { registerMessages } from './commands/messages.ts';
import { registerMetrics } from './commands/metrics.ts';
import { registerNewEpoch } from './commands/new-epoch.ts';
import { registerPolicy } from './commands/policy.ts';
import { registerReport } from './commands/report.ts';
import { registerRequests } from './commands/requests.ts';
import { registerRestore } from './commands/restore.ts';
import { registerRestores } from './commands/restores.ts';
import { registerRetention } from './commands/retention.ts';
import { registerRevert } from './commands/revert.ts';
import { registerServeApi } from './commands/serve-api.ts';
import { registerShip } from './commands/ship.ts';
import { registerShow } from './commands/show.ts';
import { registerShowTransaction } from './commands/show-transaction.ts';
import { registerSnapshot } from './commands/snapshot.ts';
import { registerStart } from './commands/start.ts';
import { registerStatus } from './commands/status.ts';
import { registerStatusPage } from './commands/status-page.ts';
import { registerTimeline } from './commands/timeline.ts';
import { registerTransactions } from './commands/transactions.ts';
import { registerVerify } from './commands/verify.ts';
import { dryRunAnswer } from './terminal/dry-run.ts';
import { exitCodeOf } from './terminal/error-text.ts';
import { reportError } from './terminal/output.ts';
import { makeStyle } from './terminal/style.ts';

/** As in the help, in the order in which a new user needs them. */
const GROUPS: Readonly<Record<string, readonly ((program: Command) => void)[]>> = {
  'Set up:': [registerInit, registerDiscover, registerDoctor],
  'Back up:': [
    registerSnapshot,
    registerShip,
    registerFold,
    registerVerify,
    registerExpire,
    registerRetention,
    registerArchive,
  ],
  'Find the moment:': [
    registerStatus,
    registerTimeline,
    registerIncident,
    registerActivity,
    registerTransactions,
    registerShowTransaction,
    registerLog,
    registerHistory,
    registerFind,
    registerMark,
    registerShow,
  ],
  'Restore:': [registerDiff, registerRestore, registerRevert, registerRestores, registerExport, registerDrill],
  'Watch and report:': [
    registerConsole,
    registerServeApi,
    registerMcp,
    registerMessages,
    registerAcknowledge,
    registerMetrics,
    registerReport,
    registerStatusPage,
  ],
  'Govern:': [registerRequests, registerApprove, registerPolicy, registerAudit, registerAttest, registerEvidence],
  'On AWS:': [registerStart, registerFailures, registerCost, registerAdvise],
  'Maintenance:': [
    registerLeftovers,
    registerCatalog,
    registerErase,
    registerHold,
    registerDestroy,
    registerFailover,
    registerNewEpoch,
    registerCompletion,
  ],
};

/** `--json` alone takes no value, so that a command can follow it. */
class Program extends Command {
  override parseOptions(argv: string[]): ParseOptionsResult {
    return super.parseOptions(argv.map(word => (word === '--json=lines' ? '--json-lines' : word)));
  }
}

/** All commands, without running one; the tests of the docs parse with it too. */
export function buildProgram(): Command {
  const program = new Program('holdfast')
    .description('Per-tenant backup and recovery for multi-tenant PostgreSQL.')
    .version(packageJson.version)
    .option(
      '--config <file>',
      'configuration file (default: HOLDFAST_CONFIG, else holdfast.yaml in this or a parent directory)',
    )
    .option('--profile <name>', 'work on an installation on AWS, with this AWS profile')
    .option('--installation <name>', 'name of the installation on AWS (default with --profile: holdfast)')
    .option('--region <region>', 'AWS region (default: the region of the profile)')
    .option(
      '--direct',
      'run on this machine with the vault, catalog and keys on AWS: no limit of 15 minutes; requires access to the database',
    )
    // The former name.
    .addOption(new Option('--here').hideHelp().implies({ direct: true }))
    .option('--json', 'print one JSON document on standard output, also for errors; --json=lines: progress before it')
    .addOption(new Option('--json-lines').hideHelp())
    .option('-q, --quiet', 'no progress and no remarks: results and errors only')
    .option('-v, --verbose', 'progress as lines, also without a terminal, with the duration of each step')
    // People try it: it is answered with what does it here.
    .addOption(new Option('--dry-run').hideHelp())
    .hook('preAction', (_program, command) => {
      if (command.optsWithGlobals().dryRun !== true) return;
      // The program takes the option before the command sees it.
      if (!command.options.some(({ long }) => long === '--dry-run')) throw dryRunAnswer(command);
      command.setOptionValue('dryRun', true);
    })
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, subcommandTerm, minWidthToWrap: 24 })
    .addHelpText(
      'after',
      '\nGetting started:\n  $ holdfast init --url postgres://user:password@host:5432/database\n  $ holdfast discover\n  $ holdfast doctor\n\nOn AWS:\n  $ holdfast --profile prod status\n  $ holdfast --profile prod restore acme --to "10 minutes ago"\n\nExit codes: 0 success, 1 internal error, 2 input, 3 integrity, 4 target,\n5 database, 6 conflict, 7 storage, 8 partial restore, 130 interrupted.',
    );
  for (const [heading, registers] of Object.entries(GROUPS)) {
    program.commandsGroup(heading);
    for (const register of registers) register(program);
  }
  program.addHelpCommand(
    new Command('help').argument('[command]').description('display help for command').helpGroup('Maintenance:'),
  );
  for (const command of [program, ...program.commands, ...program.commands.flatMap(each => each.commands)]) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  return program;
}

/** Without `[options]`, so that the descriptions have room in a terminal of 80 columns. */
function subcommandTerm(command: Command): string {
  const words = command.registeredArguments.map(argument => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...words].join(' ');
}

/** What commander rejects is an input error like any other. */
function usageError(error: CommanderError, program: Command, args: readonly string[]): InputError {
  const named = program.commands.find(command => args.includes(command.name()));
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new InputError(
    'usage',
    `${message[0]?.toUpperCase()}${message.slice(1)}${message.endsWith(')') || message.endsWith('.') ? '' : '.'}`,
    {
      hint: `See \`holdfast ${named ? `${named.name()} ` : ''}--help\`.`,
    },
  );
}

/** Parses, runs, reports, and sets the exit code of the process. */
export async function run(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  // A reader that closes the pipe early (`| head`) is not an error.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
    throw error;
  });
  const program = buildProgram();
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const reported = error instanceof CommanderError ? usageError(error, program, args) : error;
    const color = terminalEnvironment().color ?? process.stderr.isTTY === true;
    reportError(
      reported,
      args.some(word => /^--json(=lines|-lines)?$/.test(word)),
      makeStyle(color),
    );
    process.exitCode = exitCodeOf(reported);
  }
}
