/**
 * Completes what the log lacks of a transaction's changes with the tenant's rows just before it: the touched tables are
 * staged for that moment and dropped again. Live rows are neither read nor written.
 *
 * The first change of a row in the transaction finds its previous values there; later ones of the same row follow from
 * the changes in between. What is not known stays marked as partial.
 */
import { isTableNamed } from '../../domain/activity.ts';
import { type Lsn, lsn } from '../../domain/lsn.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readStagedRows } from '../../postgres/staging/staged-rows.ts';
import type { Context } from '../context.ts';
import type { LogChange, LogValues } from '../log/describe-changes.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { type StagedHere, stageRestore } from '../restore/stage/stage-restore.ts';

type RowChange = Extract<LogChange, { key: LogValues }>;

/**
 * The changes of the transaction that committed at the position, in their order, completed. Throws as a restore to just
 * before it does: TargetError, IntegrityError, SourceError.
 */
export async function completeChanges(
  ctx: Context,
  tenant: TenantId,
  position: Lsn,
  changes: readonly LogChange[],
): Promise<LogChange[]> {
  const wanted = changes.filter(isRowChange).filter(lacksValues);
  const tables = ownedTables(ctx.model)
    .map(({ table }) => table)
    .filter(table => wanted.some(change => isTableNamed(table, change.table)));
  if (tables.length === 0) return [...changes];
  const plan = await planRestore(ctx, tenant, { kind: 'lsn', lsn: lsn(position - 1n), named: true }, { tables });
  const staging = await stageRestore(ctx, plan, ctx.source);
  try {
    const rows = new RowStates();
    for (const table of staging.tables) {
      const ofTable = wanted.filter(change => isTableNamed(table.table, change.table));
      if (ofTable.length > 0) await readBefore(staging, table, ofTable, rows);
    }
    return changes.map(change => (isRowChange(change) ? rows.complete(change) : change));
  } finally {
    await staging.drop();
  }
}

function isRowChange(change: LogChange): change is RowChange {
  return change.op === 'insert' || change.op === 'update' || change.op === 'delete';
}

function lacksValues(change: RowChange): boolean {
  return change.op === 'delete' || (change.op === 'update' && change.partial === true);
}

async function readBefore(
  { area }: StagedHere,
  table: StagedHere['tables'][number],
  changes: readonly RowChange[],
  rows: RowStates,
): Promise<void> {
  const columns = new Set(table.columns.map(column => column.name));
  const byKey = Map.groupBy(changes.map(keyBefore), key => JSON.stringify(Object.keys(key)));
  for (const [names, keys] of byKey) {
    const key: string[] = JSON.parse(names);
    if (key.length === 0 || !key.every(name => columns.has(name))) continue;
    const wanted = keys.map(each => key.map(name => each[name]!));
    for (const row of await readStagedRows(area.connection, table, key, wanted))
      rows.put(changes[0]!.table, pick(row, key), row);
  }
}

/** The key that the row had before the change. */
function keyBefore(change: RowChange): LogValues {
  return change.op === 'update' ? { ...change.key, ...pick(change.before, Object.keys(change.key)) } : change.key;
}

function pick(values: LogValues, names: readonly string[]): LogValues {
  return Object.fromEntries(names.flatMap(name => (name in values ? [[name, values[name]!]] : [])));
}

/** Rows as they are at a change of the transaction. */
class RowStates {
  readonly #rows = new Map<string, LogValues>();

  put(table: string, key: LogValues, row: LogValues): void {
    this.#rows.set(idOf(table, key), row);
  }

  /** The change with all that is known; the row is then as it leaves it. */
  complete(change: RowChange): LogChange {
    const id = idOf(change.table, keyBefore(change));
    const before = this.#rows.get(id);
    this.#rows.delete(id);
    if (change.op === 'insert') {
      this.put(change.table, change.key, change.row);
      return change;
    }
    if (before === undefined) return change;
    if (change.op === 'delete') return { ...change, key: change.key, row: before };
    const { partial: _partial, ...update } = change;
    const after = { ...before, ...change.key, ...change.row };
    this.put(change.table, change.key, after);
    if (change.partial !== true) return change;
    const changed = Object.keys(after).filter(name => after[name] !== before[name]);
    return { ...update, row: pick(after, changed), before: pick(before, changed) };
  }
}

function idOf(table: string, key: LogValues): string {
  return JSON.stringify([table, Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
