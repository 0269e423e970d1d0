/**
 * Who changed the rows that an undo or a revert leaves alone: the transactions, from the change log. No values. Where the
 * log cannot say (a table altered since, or a change of the last minute), nobody is named; the rows are left alone all the
 * same.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import { formatLsn, type Lsn, lsn, parseLsn } from '../../../domain/lsn.ts';
import type { Changer, Conflict } from '../../../domain/preview.ts';
import { serverTimeText } from '../../../domain/server-time.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { type DiffSet, readLater } from '../../../postgres/diff/diff.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import { runs } from '../../catalog/catalog-index.ts';
import type { Context } from '../../context.ts';
import type { RestoreScope } from '../plan/restore-scope.ts';
import { loggedChanges } from '../stage/logged-changes.ts';
import { selectedBy } from '../stage/select-step.ts';
import type { StagedState } from '../stage/staged-state.ts';

/** Transactions that are named, of each table. */
const NAMED = 20;

/** The conflicts, with who changed the rows. */
export async function withChangers(
  ctx: Context,
  diff: DiffSet,
  staging: StagedState,
  scope: RestoreScope,
  conflicts: readonly Conflict[],
): Promise<Conflict[]> {
  if (!conflicts.some(({ code }) => code === 'changed-since')) return [...conflicts];
  const left = new Map<StagedTable, Set<string>>();
  for (const table of diff.shape.tables) {
    const keys = await readLater(diff, table);
    if (keys.length > 0) left.set(table.staged, new Set(keys.map(key => JSON.stringify(key))));
  }
  try {
    const changers = await changersOf(ctx, staging, scope, left);
    const names = new Map(diff.shape.tables.map(({ live, staged }) => [live.table, staged.table]));
    return conflicts.map(conflict => {
      const by = conflict.code === 'changed-since' && changers.get(names.get(conflict.table) ?? conflict.table);
      return by ? { ...conflict, by } : conflict;
    });
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return [...conflicts];
  }
}

/** By table, the latest first. */
async function changersOf(
  ctx: Context,
  { ref, target }: StagedState,
  { reverts }: RestoreScope,
  left: ReadonlyMap<StagedTable, ReadonlySet<string>>,
): Promise<Map<TableName, Changer[]>> {
  const last = await runs.latest(ctx.catalog);
  const isOwn = ownCommits(target, reverts);
  const found = new Map<TableName, Map<Lsn, Changer>>();
  const stretch = { tables: [...left.keys()], tenant: ref, from: lsn(target + 1n) };
  for await (const change of loggedChanges(ctx, { ...stretch, to: parseLsn(last!.to) })) {
    if (change.kind !== 'row' || isOwn(change.commit)) continue;
    const keys = [change.oldKey, change.newKey].flatMap(key => (key ? [JSON.stringify(key.map(String))] : []));
    if (!keys.some(key => left.get(change.table)!.has(key))) continue;
    const byCommit = found.get(change.table.table) ?? new Map<Lsn, Changer>();
    found.set(change.table.table, byCommit);
    const known = byCommit.get(change.commit);
    byCommit.set(change.commit, {
      ...{ xid: change.xid, lsn: formatLsn(change.commit), time: serverTimeText(change.commitTime) },
      rows: (known?.rows ?? 0) + 1,
    });
  }
  return new Map([...found].map(([table, by]) => [table, [...by.values()].reverse().slice(0, NAMED)]));
}

/** Which commits are taken back; an undone restore is the first after the staged state. */
function ownCommits(target: Lsn, reverts: RestoreScope['reverts']): (commit: Lsn) => boolean {
  if (reverts === undefined) return commit => commit === target + 1n;
  const until = parseLsn(reverts.until);
  const isSelected = selectedBy(reverts);
  return commit => commit <= until && isSelected(commit);
}
