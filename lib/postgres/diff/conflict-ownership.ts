/**
 * Rows that an exact restore would delete although at the target they did not count as the tenant's: other columns
 * determined the tenant then (the model was corrected, or a path changed). The backup lacks them because it did not
 * include them, not because they are newer. Invariant: such rows are never deleted.
 */
import type { Conflict } from '../../domain/preview.ts';
import { renamedColumns, withRenamed } from '../../domain/renamed-model.ts';
import { ownershipOf } from '../../domain/row-ownership.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { isOwned, type OwnedTable, type TenantModel } from '../../domain/tenant-model.ts';
import { fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';
import { type DiffSet, nameOf, sameKey } from './diff.ts';
import { extentOf } from './diff-extent.ts';
import type { DiffTable } from './diff-shape.ts';

export async function findOwnedOtherwise(diff: DiffSet, table: DiffTable): Promise<Conflict[]> {
  if (extentOf(diff, table).deletes === 0) return [];
  const { schemas, model } = diff.shape;
  const then = modelThen(diff);
  const before = then.tables.filter(isOwned).find(entry => entry.table === table.live.table)!;
  const told = ownershipOf(before, then, schemas);
  if (told !== undefined && told === ownershipOf(table.owned, model, schemas)) return [];
  const isKnown = told === undefined ? 'false' : tenantPredicate(before, schemas, 'l', quoteLiteral(diff.tenant), then);
  const { rows } = await diff.connection.query(
    `SELECT count(*) AS n FROM ${nameOf(diff, table)} AS d JOIN ${fromTable(table.live)} AS l ON ${sameKey(table, 'd', 'l')}
      WHERE d.op = 'd' AND (${isKnown}) IS NOT TRUE`,
  );
  const count = Number((rows[0] as { n: string }).n);
  if (count === 0) return [];
  const name = table.live.table;
  return [
    {
      ...{ code: 'owned-otherwise', table: name, about: 'table', count, blocking: true },
      explanation: `${count} rows of ${name} would be deleted although they may have existed: at the target, other columns determined the tenant of its rows. Restore only missing rows (--mode missing-only), or exclude the table by name with --exclude ${name}.`,
    },
  ];
}

/** The tables and columns that determined the tenant at the target, under their current names. */
function modelThen({ shape }: DiffSet): TenantModel {
  const now = new Map(shape.tables.map(({ staged, live }) => [staged.table, live.table]));
  const nameNow = (name: TableName) => now.get(name) ?? name;
  const renames = shape.tables.map(({ staged, live }) => [staged.table, renamedColumns(staged.schema, live)] as const);
  const entries = shape.tables.map(({ staged }): OwnedTable => {
    const owned = renames.reduce((entry, [name, columns]) => withRenamed(entry, name, columns), staged.owned);
    const entry = { ...owned, table: nameNow(owned.table) };
    return entry.kind === 'via'
      ? { ...entry, path: entry.path.map(step => ({ ...step, references: nameNow(step.references) })) }
      : entry;
  });
  const named = new Set(entries.map(({ table }) => table));
  return { ...shape.model, tables: [...entries, ...shape.model.tables.filter(({ table }) => !named.has(table))] };
}
