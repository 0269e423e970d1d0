/** `show-transaction`: exactly what one transaction did to a tenant. */
import type { Command } from 'commander';
import type { TableSum } from '../../lib/domain/activity.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { readTransaction } from '../../lib/operations/incident/read-transaction.ts';
import { completeChanges } from '../../lib/operations/incident/values-before.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { namedCommit } from '../../lib/operations/restore/target/find-transaction.ts';
import { investigated } from '../aws/investigated.ts';
import { refuseOptions } from '../aws/remote-fleet.ts';
import { positiveInteger } from '../terminal/log-range.ts';
import { type AskedTenant, askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTransaction } from '../terminal/transaction-text.ts';

interface ShowTransactionOptions {
  readonly table?: string;
  readonly limit: number;
  readonly oldValues?: boolean;
}

interface Shown {
  readonly transaction: LoggedTransaction | undefined;
  readonly unrouted: readonly TableSum[];
}

export function registerShowTransaction(program: Command): void {
  program
    .command('show-transaction')
    .description('show what one transaction did to a tenant')
    .argument('<tenant>', 'tenant id')
    .argument('<transaction>', 'transaction id, or the LSN of its commit')
    .option('--table <table>', 'only changes of this table')
    .option('--limit <n>', 'show at most n rows', positiveInteger, 100)
    .option('--old-values', 'rebuild the rows before it for values that the log lacks (needs the database)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast show-transaction 17 81244\n  $ holdfast show-transaction 17 16/B374D848 --table invoices --old-values\n\nOn an installation on AWS it shows numbers, not rows: rows require --direct and\nthe policy NAME-hands-on.',
    )
    .action(inSession(showTransaction));
}

async function showTransaction(
  session: Session,
  named: string,
  which: string,
  options: ShowTransactionOptions,
): Promise<void> {
  const asked = await askedTenant(session, named);
  const withRows = session.remote === undefined;
  const { transaction, unrouted } = withRows
    ? await readHere(session, asked, which, options)
    : await sumsOf(session, asked, which, options);
  const { table } = options;
  const tenant = asked.id;
  session.emit({ tenant, transaction: transaction ?? null, unrouted }, () =>
    renderTransaction({ tenant, table, transaction, unrouted, withRows }, session),
  );
}

/** From the installation: what an operator may see. */
async function sumsOf(
  session: Session,
  { ref }: AskedTenant,
  transaction: string,
  { table, oldValues }: ShowTransactionOptions,
): Promise<Shown> {
  refuseOptions({ '--old-values': oldValues });
  const question = { ask: 'transaction' as const, transaction, ...(table !== undefined && { table }) };
  const answer = await investigated<'transaction'>(session, ref, question);
  return { transaction: answer.transaction, unrouted: answer.unrouted };
}

async function readHere(
  session: Session,
  { ref, id }: AskedTenant,
  which: string,
  { table, limit, oldValues }: ShowTransactionOptions,
): Promise<Shown> {
  const deps = await session.deps();
  const at = await recoveryMaterial(deps, ref);
  const position = await namedCommit(deps, at, which);
  const read = await readTransaction(deps, at, position, { table, rows: limit });
  if (!oldValues || read.transaction === undefined) return read;
  const changes = await completeChanges(await session.context(), tenantId(id), position, read.transaction.changes);
  return { ...read, transaction: { ...read.transaction, changes } };
}
