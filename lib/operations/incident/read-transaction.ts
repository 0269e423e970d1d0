/**
 * What one transaction did to a tenant, from its sealed segments: the rows of the tenant's own log, truncates, and the
 * number of changes in the unrouted log of which only a restore decides whose they are.
 */
import type { TableSum } from '../../domain/activity.ts';
import { TargetError } from '../../domain/errors.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { RecoveryMaterial } from '../catalog/recovery-material.ts';
import { SeenRows } from '../log/describe-changes.ts';
import {
  type LogBounds,
  type LoggedTransaction,
  listSegments,
  mergeTransactions,
  truncationsIn,
} from '../log/describe-log.ts';
import { type LoggedRun, type LoggedRunsDeps, readRuns, segmentOf } from '../log/logged-runs.ts';

export interface ReadTransaction {
  /** Undefined: none of its changes is known to be the tenant's. */
  readonly transaction: LoggedTransaction | undefined;
  /** Row changes of it whose tenant the log does not know. */
  readonly unrouted: readonly TableSum[];
}

/**
 * The transaction that committed at this position. `rows`: changes that are described. TargetError
 * `unknown-transaction` naming its neighbours; IntegrityError naming the object.
 */
export async function readTransaction(
  deps: LoggedRunsDeps,
  { tenant, runs: listed }: RecoveryMaterial,
  position: Lsn,
  { table, rows }: { readonly table?: string | undefined; readonly rows: number },
): Promise<ReadTransaction> {
  const around = listed.filter(run => parseLsn(run.from) <= position && position < parseLsn(run.to));
  const { runs } = await readRuns(deps, tenant, around);
  const only = { from: position, to: position, ...(table !== undefined && { table }) };
  const [own, shared] = [
    await transactionsIn(deps, tenant, runs, { ...only, changes: rows }),
    await transactionsIn(deps, SYSTEM, runs, { ...only, changes: 0 }),
  ];
  if (own.length + shared.length === 0) {
    const all =
      table === undefined ? [] : await transactionsIn(deps, tenant, runs, { from: position, to: position, changes: 0 });
    if (all.length === 0) throw await unknownPosition(deps, tenant, runs, position);
  }
  const unrouted = shared.flatMap(each => each.tables.map(sum => ({ ...sum, truncate: 0 })));
  return {
    transaction: mergeTransactions(truncationsIn(shared), own)[0],
    unrouted: unrouted.filter(sum => sum.insert + sum.update + sum.delete > 0),
  };
}

async function transactionsIn(
  deps: LoggedRunsDeps,
  owner: TenantRef,
  runs: readonly LoggedRun[],
  bounds: LogBounds,
): Promise<LoggedTransaction[]> {
  const items = runs.flatMap(run => segmentOf(owner, run) ?? []);
  return listSegments(deps, items, { owner, bounds, seen: new SeenRows(), verify: false });
}

async function unknownPosition(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  runs: readonly LoggedRun[],
  position: Lsn,
): Promise<TargetError> {
  const near = await transactionsIn(deps, tenant, runs, { changes: 0 });
  const before = near.findLast(({ lsn }) => parseLsn(lsn) < position);
  const after = near.find(({ lsn }) => parseLsn(lsn) > position);
  const shown = [before && `${before.lsn} before`, after && `${after.lsn} after`].filter(text => text !== undefined);
  return new TargetError('unknown-transaction', `No transaction of this tenant committed at ${formatLsn(position)}.`, {
    hint:
      shown.length === 0
        ? '`holdfast transactions TENANT` lists them with their positions; run `holdfast ship` for newer ones.'
        : `The nearest are at ${shown.join(' and ')}.`,
    details: { before: before?.lsn ?? null, after: after?.lsn ?? null },
  });
}
