/** `revert`: takes back what some transactions did to a tenant, and keeps everything that came later. */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { shippedRevert } from '../../lib/operations/fleet/shipped-request.ts';
import { requestAt } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { investigated } from '../aws/investigated.ts';
import { exactRange } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { previewAsked, restoreAsked } from './ask-restore.ts';
import { append, keys, type SelectionOptions, selectionOf, whole } from './restore-options.ts';
import { runnerOf } from './restore-runner.ts';

interface RevertOptions extends SelectionOptions {
  readonly transaction?: string[];
  readonly byContext?: string;
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly out?: string;
  readonly yes?: boolean;
}

export function registerRevert(program: Command): void {
  program
    .command('revert')
    .description('take back what some transactions did; later changes stay')
    .argument('<tenant>', 'tenant id')
    .option('--transaction <xid>', 'id of a transaction, or the position of its commit (may be repeated)', append)
    .option('--by-context <filter>', 'every transaction with this context, for example "job = nightly-cleanup"')
    .option('--from <target>', 'with --by-context: look from here on (default: the oldest available)')
    .option('--to <target>', 'with --by-context: look up to here (default: the newest shipped)')
    .option('--table <table>', 'only this table (may be repeated)', append)
    .option('--exclude <table>', 'omit this table (may be repeated)', append)
    .option('--rows <predicate>', 'with one --table: only rows that match a condition over its columns')
    .option('--keys <keys>', 'with one --table: only rows with these keys, 17,18 or JSON [["a",1],["b",2]]', keys)
    .option('--overwrite', 'also take back what was changed again since')
    .option('--dry-run', 'show what it would change; change nothing')
    .option('--out <file>', 'save this difference as a plan, to approve and to apply with `restore --plan`')
    .option('--reason <text>', 'reason for the record')
    .option('--samples <n>', 'number of changed rows to show per table', whole, 3)
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast revert 17 --transaction 48211\n  $ holdfast revert 17 --transaction 48211 --table public.invoices --dry-run\n  $ holdfast revert 17 --by-context 'job = nightly-cleanup' \\\n      --from 'yesterday 22:00'\n\nColumn by column: what a transaction changed and nobody has changed since is put\nback, rows that it deleted are inserted, rows that it inserted are deleted. Rows\nthat others changed since stay as they are and are counted, with who changed\nthem. The result can be undone like a restore.`,
    )
    .action(inSession(revert));
}

async function revert(session: Session, tenant: string, options: RevertOptions): Promise<void> {
  const { transaction: transactions = [], byContext, from, to, out, dryRun = false, yes = false } = options;
  if (transactions.length === 0 && byContext === undefined)
    throw new InputError('usage', 'No transaction is named.', {
      hint: 'Find it with `holdfast activity TENANT` and `holdfast transactions TENANT`, then pass --transaction XID or --by-context "KEY = VALUE".',
    });
  if (byContext === undefined && (from !== undefined || to !== undefined))
    throw new InputError('usage', '--from and --to belong to --by-context.', { hint: 'Leave them out.' });
  await session.ready();
  const request = await revertAsked(session, tenant, options);
  if (dryRun || out !== undefined) return previewAsked(session, request, out, sameRevert(process.argv));
  await restoreAsked(session, await runnerOf(session), request, yes);
}

/** On AWS a function finds the transactions: operators may not read the log. */
async function revertAsked(session: Session, tenant: string, options: RevertOptions): Promise<RestoreRequest> {
  const { transaction: transactions = [], byContext, from, to } = options;
  const request = await selectionOf(session, options);
  const asked = {
    ...{ transactions, ...exactRange(session, { ...(from && { from }), ...(to && { to }) }) },
    ...(byContext !== undefined && { context: byContext }),
  };
  // Notices name a tenant by its reference.
  const named = (await askedTenant(session, tenant)).id;
  if (session.remote) {
    const id = tenantId(named);
    const question = { ask: 'revert' as const, ...asked, tables: options.table ?? [] };
    return requestAt(id, request, await investigated<'revert'>(session, refOf(await session.deps(), id), question));
  }
  return shippedRevert(await session.context(), named, { ...asked, request });
}

/** The same command without --dry-run. */
function sameRevert(argv: readonly string[]): string {
  const words = argv.slice(argv.indexOf('revert')).filter(word => word !== '--dry-run');
  return words.map(shellWord).join(' ');
}
