/** `show-transaction`: exactly what one transaction did to a tenant. */
import type { Command } from 'commander';
import type { Lsn } from '../../lib/domain/lsn.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { readTransaction } from '../../lib/operations/incident/read-transaction.ts';
import { completeChanges } from '../../lib/operations/incident/values-before.ts';
import type { LogChange } from '../../lib/operations/log/describe-changes.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { namedCommit } from '../../lib/operations/restore/target/find-transaction.ts';
import { positiveInteger } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTransaction } from '../terminal/transaction-text.ts';

interface ShowTransactionOptions {
  readonly table?: string;
  readonly limit: number;
  readonly oldValues?: boolean;
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
      '\nExamples:\n  $ holdfast show-transaction 17 81244\n  $ holdfast show-transaction 17 16/B374D848 --table invoices --old-values',
    )
    .action(inSession(showTransaction));
}

async function showTransaction(
  session: Session,
  named: string,
  which: string,
  { table, limit, oldValues }: ShowTransactionOptions,
): Promise<void> {
  const deps = await session.deps();
  const { ref, id: tenant } = await askedTenant(session, named);
  const at = await recoveryMaterial(deps, ref);
  const position = await namedCommit(deps, at, which);
  const { transaction: read, unrouted } = await readTransaction(deps, at, position, { table, rows: limit });
  const changes = oldValues && read && (await completed(session, tenant, position, read));
  const transaction = read && { ...read, ...(changes && { changes }) };
  session.emit({ tenant, transaction: transaction ?? null, unrouted }, () =>
    renderTransaction({ tenant, table, transaction, unrouted }, session),
  );
}

async function completed(
  session: Session,
  tenant: string,
  position: Lsn,
  { changes }: LoggedTransaction,
): Promise<LogChange[]> {
  return completeChanges(await session.context(), tenantId(tenant), position, changes);
}
