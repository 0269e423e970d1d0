/** What changed most, of each kind: where a person who only knows that something is wrong begins to look. */
import type { TenantRef } from '../../domain/tenant.ts';
import { parseCountRange } from '../../domain/transaction-filter.ts';
import type { LogBounds, LoggedTransaction } from '../log/describe-log.ts';
import type { LoggedRun, LoggedRunsDeps } from '../log/logged-runs.ts';
import { searchTransactions } from '../log/search-transactions.ts';

/** Transactions with the most deletes, updates and inserts. */
const OF_EACH = 3;

/** Each once; deletes first, since they are what people miss. `runs`: in log order. IntegrityError naming the object. */
export async function greatestTransactions(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  runs: readonly LoggedRun[],
  bounds: LogBounds,
): Promise<LoggedTransaction[]> {
  const found = new Map<string, LoggedTransaction>();
  for (const sort of ['deletes', 'updates', 'inserts'] as const) {
    const search = { bounds, filter: { counts: { [sort]: parseCountRange('>0') } }, sort, limit: OF_EACH };
    const { transactions } = await searchTransactions(deps, tenant, runs, search);
    for (const transaction of transactions) found.set(transaction.lsn, transaction);
  }
  return [...found.values()];
}
