/** `transactions`: which transactions of a tenant did much, or were those of a job, a user, a request. */
import { type Command, InvalidArgumentError } from 'commander';
import { COUNTED, type Counted, type CountRange, parseCountRange } from '../../lib/domain/transaction-filter.ts';
import { investigated } from '../aws/investigated.ts';
import { exactRange, positiveInteger, type RangeOptions } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTransactions, transactionDocument } from '../terminal/transactions-text.ts';

interface TransactionsOptions extends RangeOptions, Partial<Record<Counted, CountRange>> {
  readonly byContext?: string;
  readonly sort: Counted | 'time';
  readonly limit: number;
}

const SORTS = ['time', ...COUNTED] as const;

export function registerTransactions(program: Command): void {
  program
    .command('transactions')
    .description('find the transactions that changed much, or whose they were')
    .argument('<tenant>', 'tenant id')
    .option('--from <target>', 'time, LSN or marker (default: 24 hours before --to)')
    .option('--to <target>', 'time, LSN or marker (default: the newest shipped)')
    .option('--table <table>', 'only changes of this table')
    .option('--deletes <n>', "number of deleted rows: '>100', '<=5', '=3'", countRange)
    .option('--updates <n>', 'number of updated rows', countRange)
    .option('--inserts <n>', 'number of inserted rows', countRange)
    .option('--changes <n>', 'number of all changed rows', countRange)
    .option('--by-context <filter>', "by what the application said, 'job = nightly-*'")
    .option('--sort <order>', `${SORTS.join(', ')}`, order, 'time')
    .option('--limit <n>', 'show at most n transactions', positiveInteger, 50)
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast transactions 17 --deletes '>100' --sort deletes\n  $ holdfast transactions 17 --from '2 days ago' \\\n      --by-context 'job = nightly-cleanup'\n\nThe newest first, or the greatest. A truncate counts as more deletes than\nany number.",
    )
    .action(inSession(transactions));
}

function countRange(text: string): CountRange {
  const range = parseCountRange(text);
  if (range === undefined) throw new InvalidArgumentError("Must be a number, or like '>100', '>=100', '<5', '=3'.");
  return range;
}

function order(text: string): TransactionsOptions['sort'] {
  const found = SORTS.find(each => each === text);
  if (found === undefined) throw new InvalidArgumentError(`Must be one of ${SORTS.join(', ')}.`);
  return found;
}

async function transactions(session: Session, named: string, options: TransactionsOptions): Promise<void> {
  const { byContext: context, sort, limit } = options;
  const { ref, id: tenant } = await askedTenant(session, named);
  const { transactions: found, ...facts } = await investigated<'transactions'>(session, ref, {
    ...{ ask: 'transactions', range: exactRange(session, options), sort, limit },
    counts: Object.fromEntries(COUNTED.flatMap(each => (options[each] ? [[each, askedCount(options[each])]] : []))),
    ...(context !== undefined && { context }),
  });
  session.emit({ tenant, transactions: found.map(transactionDocument), ...facts }, () =>
    renderTransactions({ tenant, transactions: found, ...facts }, session),
  );
}

/** As JSON, which has no infinity. */
function askedCount({ least, most }: CountRange) {
  return { least, ...(Number.isFinite(most) && { most }) };
}
