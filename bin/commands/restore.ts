/** `restore` and `undo`: show the difference, ask, apply exactly it, prove it. */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { applyKept, emitPreview, previewAsked, restoreAsked, sameRestore } from './ask-restore.ts';
import { withCopyRead } from './cluster-backup.ts';
import { type ManyOptions, restoreMany } from './restore-many.ts';
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
import { type KeptRestore, runnerOf } from './restore-runner.ts';
import { remoteOf } from './start.ts';

interface RestoreOptions extends SelectionOptions, PlaceOptions, ManyOptions {
  readonly plan?: string;
  readonly preview?: string;
  readonly createMissing?: boolean;
  readonly owner?: string;
  readonly from?: 'cluster-backup';
  readonly clusterUrl?: string;
  readonly yes?: boolean;
  readonly approvedBy?: string[];
}

export function registerRestore(program: Command): void {
  addSelection(
    program
      .command('restore')
      .description('restore a tenant, or some rows, to a moment')
      .argument('[tenant]', 'tenant id'),
  )
    .addOption(
      new Option(
        '--from <source>',
        "for moments before the recovery window: read the tenant of the cluster's own backup",
      ).choices(['cluster-backup']),
    )
    .option(
      '--cluster-url <url>',
      'with --from, except on AWS: a server restored to that moment (password: HOLDFAST_CLUSTER_PASSWORD or HOLDFAST_CLUSTER_PASSWORD_FILE)',
    )
    .option('--plan <file>', 'apply exactly the plan of `diff --out`; refused if its rows have changed since')
    .option('--preview <id>', 'on AWS: apply exactly the difference that `diff` kept there')
    .option('--side-by-side', 'restore into a schema beside the live tables')
    .option(
      '--into <url>',
      'restore into another database (password: HOLDFAST_INTO_PASSWORD or HOLDFAST_INTO_PASSWORD_FILE)',
    )
    .option('--as <tenant>', 'restore as a new tenant, with new keys')
    .option(
      '--map <rule>',
      'with --as: new values of a unique column, TABLE.COLUMN={}-{tenant} (may be repeated)',
      mapping,
    )
    .option('--create-missing', 'first create dropped tables, from the schema in the backup')
    .option('--owner <role>', 'with --create-missing: owner of the created tables')
    .option('--batches <rows>', 'commit every N rows instead of once (intermediate states are visible)', whole)
    .option('--tenants <file>', 'many tenants instead of one: a file with one id a line')
    .option('--where <predicate>', "many tenants: those whose row in the tenants' table matches")
    .option('--at-once <n>', 'with many tenants: how many at the same time', whole, 2)
    .option('--state <file>', 'with many tenants: keep outcomes in this file; the same command continues from it')
    .option('--group <name>', 'with many tenants, on AWS: a name for them; the same name continues')
    .option('--dry-run', 'show what it would change; change nothing')
    .option('--approved-by <name>', 'approver for the record (may be repeated)', append)
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast restore 17 --to '10 minutes ago'\n  $ holdfast restore 17 --to 2026-03-01T10:04:59Z --table public.invoices \\\n      --keys 4711,4712\n  $ holdfast restore 17 --to before-import --table public.users \\\n      --rows "role = 'admin'" --mode missing-only\n  $ holdfast restore --tenants hit.txt --to '10 minutes ago' --state hit.json\n  $ holdfast --profile prod restore --tenants hit.txt --to '10 minutes ago' \\\n      --group release-7\n  $ holdfast restore 17 --to latest --into postgres://scratch/db\n  $ holdfast restore --plan plan.json\n  $ holdfast restore 17 --to 2025-11-03T09:00:00Z --from cluster-backup \\\n      --cluster-url postgres://restored/db\n  $ holdfast --profile prod restore 17 --to 2025-11-03T09:00:00Z \\\n      --from cluster-backup\n${TARGET_HELP}`,
    )
    .action(inSession(restore));
  program
    .command('undo')
    .description('undo an in-place restore')
    .argument('<restore>', 'id of the restore')
    .option('--exact', 'return the tables to their state just before the restore; later writes are lost')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast undo 0mb2c4f1a-3f8a2c1d\n\nReverts what the restore wrote and keeps later changes: rows that have changed\nsince stay as they are and are counted. With --exact the same tables return to\ntheir state just before the restore.',
    )
    .action(inSession(undo));
}

async function restore(session: Session, tenant: string | undefined, options: RestoreOptions): Promise<void> {
  const many = [options.tenants, options.where, options.state, options.group].some(option => option !== undefined);
  if (many) {
    if (tenant !== undefined || options.plan !== undefined || options.from !== undefined)
      throw new InputError('usage', '--tenants, --where, --state and --group are for many tenants.', {
        hint: 'Leave out the tenant, the plan and --from.',
      });
    return restoreMany(session, options);
  }
  if ((options.plan === undefined) === (tenant === undefined)) {
    throw new InputError('usage', 'Name a tenant with --to, or a plan with --plan.', {
      hint: 'See `holdfast restore --help`.',
    });
  }
  const { yes = false, approvedBy = [] } = options;
  if (options.preview !== undefined) remoteOf(session);
  if (options.from !== undefined && (options.plan ?? options.preview) !== undefined)
    throw new InputError('usage', '--from is for a moment, and a plan has its rows.', {
      hint: 'Leave out --from, or name a moment with --to.',
    });
  const kept = await keptBy(tenant, options, approvedBy);
  if (kept) {
    const runner = await runnerOf(session);
    const shown = await runner.resume(kept);
    if (options.dryRun) return emitPreview(session, shown.preview);
    return applyKept(session, runner, shown, yes);
  }
  const request = await requestOf(session, tenant!, await withCopyRead(session, tenant!, options));
  if (options.dryRun) return previewAsked(session, request, undefined, sameRestore(process.argv, request.target));
  const runner = await runnerOf(session);
  await runner.prepare(request, options);
  await restoreAsked(session, runner, request, yes);
}

/** A difference that was kept earlier; undefined: a request. */
async function keptBy(
  tenant: string | undefined,
  { plan, preview }: RestoreOptions,
  approvedBy: readonly string[],
): Promise<KeptRestore | undefined> {
  if (plan !== undefined) return { file: await readPlan(plan), approvedBy };
  return preview === undefined ? undefined : { tenant: tenant!, id: preview };
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
