/** `restore` and `undo`: show the difference, ask, apply exactly it, prove it. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { destinationOf } from '../../lib/domain/destination.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { blockingConflicts, type Preview } from '../../lib/domain/preview.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { printable } from '../terminal/format.ts';
import { reportRestore } from '../terminal/restore-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import {
  addSelection,
  append,
  mapping,
  type PlaceOptions,
  requestOf,
  type SelectionOptions,
  TARGET_HELP,
  whole,
} from './restore-options.ts';
import { type RestoreRunner, runnerOf, type ShownRestore, showPreview } from './restore-runner.ts';
import { remoteOf } from './start.ts';

interface RestoreOptions extends SelectionOptions, PlaceOptions {
  readonly plan?: string;
  readonly preview?: string;
  readonly createMissing?: boolean;
  readonly owner?: string;
  readonly yes?: boolean;
  readonly approvedBy?: string[];
}

export function registerRestore(program: Command): void {
  addSelection(
    program
      .command('restore')
      .description('bring a tenant, or some of its rows, back to a moment')
      .argument('[tenant]', 'tenant id'),
  )
    .option('--plan <file>', 'apply exactly the difference that `diff --out` kept; refused if its rows changed since')
    .option('--preview <id>', 'on AWS: apply exactly the difference that `diff` kept there')
    .option('--side-by-side', 'hand over the state as a schema beside the live tables')
    .option('--into <url>', 'restore into another database (its password: HOLDFAST_INTO_PASSWORD, or …_FILE)')
    .option('--as <tenant>', 'restore as a new tenant, with new keys')
    .option(
      '--map <rule>',
      'with --as: TABLE.COLUMN={}-{tenant}, other values for a unique column (may be repeated)',
      mapping,
    )
    .option(
      '--create-missing',
      'first make tables again that no longer exist, from the schema that the backup recorded',
    )
    .option('--owner <role>', 'with --create-missing: who is to own them')
    .option('--batches <rows>', 'commit every so many rows instead of once (can be seen half done)', whole)
    .option('--approved-by <name>', 'kept in the record (may be repeated)', append)
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast restore 17 --to '10 minutes ago'\n  $ holdfast restore 17 --to 2026-03-01T10:04:59Z --table public.invoices --keys 4711,4712\n  $ holdfast restore 17 --to before-import --table public.users --rows "role = 'admin'" --mode missing-only\n  $ holdfast restore 17 --to latest --into postgres://scratch/db\n  $ holdfast restore --plan plan.json\n${TARGET_HELP}`,
    )
    .action(inSession(restore));
  program
    .command('undo')
    .description('take a restore in place back')
    .argument('<restore>', 'id of the restore')
    .option('--exact', 'the tables as they were just before it: what was written since goes too')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast undo 0mb2c4f1a-3f8a2c1d\n\nIt takes back what that restore wrote and keeps what came later: rows that were changed since stay as they are, and are counted. With --exact the same tables become what they were just before that restore.',
    )
    .action(inSession(undo));
}

async function restore(session: Session, tenant: string | undefined, options: RestoreOptions): Promise<void> {
  if ((options.plan === undefined) === (tenant === undefined)) {
    throw new InputError('usage', 'Name a tenant with --to, or a plan with --plan.', {
      hint: 'See `holdfast restore --help`.',
    });
  }
  const { yes = false, approvedBy = [] } = options;
  if (options.plan !== undefined) {
    const file = await readPlan(options.plan);
    const runner = await runnerOf(session);
    return applyKept(session, runner, await runner.takeUp({ file, approvedBy }), yes);
  }
  if (options.preview !== undefined) {
    remoteOf(session);
    const runner = await runnerOf(session);
    return applyKept(session, runner, await runner.takeUp({ tenant: tenant!, id: options.preview }), yes);
  }
  const request = await requestOf(session, tenant!, options);
  const runner = await runnerOf(session);
  await runner.prepare(request, options);
  await restoreAsked(session, runner, request, yes);
}

async function undo(session: Session, id: string, options: { yes?: boolean; exact?: boolean }): Promise<void> {
  const runner = await runnerOf(session);
  await restoreAsked(session, runner, await runner.undoing(id, options.exact ?? false), options.yes ?? false);
}

async function readPlan(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(cause => {
    throw new InputError('no-plan', `The plan ${path} cannot be read (${cause.code}).`, {
      hint: 'Make one with `holdfast diff … --out FILE`.',
      cause,
    });
  });
}

/** What is applied is what was shown, where there is something to show. */
async function restoreAsked(session: Session, runner: RestoreRunner, request: RestoreRequest, yes: boolean) {
  if (!(await runner.showsFirst(request, yes))) {
    const question = questionOf(request);
    if (question !== undefined) await session.confirm(question, yes);
    return reportRestore(session, await runner.restore(request), runner.command);
  }
  if (!yes && !session.interactive) await session.confirm('', false);
  const shown = await runner.show(request);
  try {
    showPreview(session, shown.preview);
    // Where a conflict is in the way, applying says so.
    if (blockingConflicts(shown.preview).length === 0) {
      if (shown.later)
        session.remark(
          session.style.dim(`Kept as ${shown.later.id}: to apply exactly this later  ${shown.later.command}`),
        );
      await session.confirm(changing(shown.preview), yes);
    }
  } catch (error) {
    await shown.drop();
    throw error;
  }
  reportRestore(session, await shown.apply(), runner.command);
}

/** Applies a difference that was kept; with --yes somebody has looked at it before. */
async function applyKept(session: Session, runner: RestoreRunner, shown: ShownRestore, yes: boolean): Promise<void> {
  if (!yes) {
    showPreview(session, shown.preview);
    await session.confirm(changing(shown.preview), false);
  }
  reportRestore(session, await shown.apply(), runner.command);
}

function changing({ totals, request }: Preview): string {
  return `Change ${totals.rows.toLocaleString('en-US')} rows of tenant ${printable(request.tenant)}?`;
}

/** Undefined where nothing that lives is touched. */
function questionOf(request: RestoreRequest): string | undefined {
  const destination = destinationOf(request);
  const whom = `Restore tenant ${printable(request.tenant)}`;
  switch (destination.kind) {
    case 'side-by-side':
      return undefined;
    case 'in-place':
      return `${whom}?`;
    case 'database':
      return `${whom} into the other database?`;
    case 'tenant':
      return `${whom} as tenant ${printable(destination.tenant)}?`;
  }
}
