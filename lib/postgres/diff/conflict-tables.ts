/**
 * Tables that cannot be restored: missing, no longer owned in the model, without a key, or not in the backup.
 * Invariant: a requested one with rows blocks the restore, unless the request excludes it by name: nothing that was not
 * compared is reported as restored.
 */
import type { Conflict, ConflictCode, Note } from '../../domain/preview.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { fromTable, quoteLiteral, tenantPredicate } from '../sql.ts';
import type { DiffSet } from './diff.ts';
import type { AddedTable, LostTable } from './diff-shape.ts';

/** The conflicts, and notes about tables without rows to lose. */
export async function findTableConflicts(diff: DiffSet): Promise<{ conflicts: Conflict[]; notes: Note[] }> {
  const conflicts: Conflict[] = [];
  const notes: Note[] = [];
  for (const lost of diff.shape.lost) {
    if (lost.asked && lost.staged.rows > 0) conflicts.push(lostConflict(lost));
    else notes.push({ code: 'table-lost', table: lost.table, text: `${lost.table} is excluded: ${WHY[lost.why]}.` });
  }
  for (const added of diff.shape.added) {
    const { table } = added.live;
    const rows = added.asked === false ? 0 : await countRows(diff, added);
    if (added.asked === 'by name' || (rows > 0 && diff.mode === 'exact')) conflicts.push(addedConflict(table, rows));
    else if (added.asked)
      notes.push({ code: 'table-added', table, text: `${table} is not in the backup: its rows stay as they are.` });
  }
  return { conflicts, notes };
}

const WHY: Record<LostTable['why'], string> = {
  missing: 'it no longer exists',
  unowned: 'the tenant model no longer owns it',
  'no-key': 'it has no key in common with the backup, so its rows cannot be compared',
  'too-wide': 'it has more than 1,500 columns, so its rows cannot be compared',
};
const CODE: Record<LostTable['why'], ConflictCode> = {
  missing: 'table-missing',
  unowned: 'table-unowned',
  'no-key': 'table-without-key',
  'too-wide': 'table-without-key',
};
const REMEDY: Record<LostTable['why'], string> = {
  missing: 'Create it from the backup with --create-missing',
  unowned: 'Add it to the tenant model (`holdfast discover`)',
  'no-key': 'Give it a primary key, or restore it with --side-by-side',
  'too-wide': 'Restore it with --side-by-side',
};

function lostConflict({ table, why, staged }: LostTable): Conflict {
  return {
    ...{ code: CODE[why], table, about: 'table', count: staged.rows, blocking: true },
    explanation: `${table} cannot be restored: ${WHY[why]}. ${REMEDY[why]}, or exclude it by name with --exclude ${table}.`,
  };
}

function addedConflict(table: TableName, rows: number): Conflict {
  const stay = rows > 0 ? ` Its ${rows} rows of this tenant are newer, or were not protected then.` : '';
  return {
    ...{ code: 'table-not-in-backup' as const, table, about: 'table', count: rows, blocking: true },
    explanation: `${table} is not in the backup of that moment.${stay} Exclude it by name with --exclude ${table}: its rows then stay as they are.`,
  };
}

async function countRows(diff: DiffSet, { live, owned }: AddedTable): Promise<number> {
  const { schemas, model } = diff.shape;
  const own = tenantPredicate(owned, schemas, 'r', quoteLiteral(diff.tenant), model);
  const { rows } = await diff.connection.query(`SELECT count(*) AS n FROM ${fromTable(live)} AS r WHERE ${own}`);
  return Number((rows[0] as { n: string }).n);
}
