/**
 * Tables without backups that may hold rows of the tenant: those that the model leaves undecided, and those that it
 * does not name. Invariant: a restore of the entire tenant never reports "restored" while there are undecided ones
 * unless its request excludes them, and always reports unnamed ones.
 */
import type { Conflict, Note } from '../../../domain/preview.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { type ModelTable, undecidedTables } from '../../../domain/tenant-model.ts';
import { listTables } from '../../../postgres/catalogs/catalog-discovery.ts';
import { readTableFacts } from '../../../postgres/catalogs/table-facts.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { Context } from '../../context.ts';
import type { AskedScope } from '../plan/restore-scope.ts';

/** `known`: tables that the difference already reports. On the session of the difference. */
export async function findUnprotected(
  { model }: Pick<Context, 'model'>,
  connection: Connection,
  scope: AskedScope,
  known: readonly TableName[],
): Promise<{ conflicts: Conflict[]; notes: Note[] }> {
  // Another database may contain other tables beside the tenant's, and none of them is touched.
  if (scope.destination.kind === 'database') return { conflicts: [], notes: [] };
  const blocking = scope.destination.kind !== 'tenant';
  const conflicts = undecidedTables(model)
    .filter(entry => scope.asks(entry) !== false && !scope.isLeftOut(entry.table))
    .filter(entry => !known.includes(entry.table))
    .map(entry => undecidedConflict(entry, blocking));
  const named = new Set([...model.tables.map(entry => entry.table), ...known]);
  const notes = scope.filtered ? [] : (await unnamedTables(connection, named)).map(unnamedNote);
  return { conflicts, notes };
}

/** As the model check finds them: an extension's tables belong to no tenant. */
async function unnamedTables(connection: Connection, named: ReadonlySet<TableName>): Promise<TableName[]> {
  const unnamed = (await listTables(connection)).filter(table => !named.has(table));
  if (unnamed.length === 0) return [];
  const facts = await readTableFacts(connection, unnamed);
  return unnamed.filter(table => facts.get(table)?.extension === null);
}

function undecidedConflict({ table, pattern }: ModelTable, blocking: boolean): Conflict {
  const answer = pattern === undefined ? '' : ` (or --answer '${pattern}=…')`;
  return {
    ...{ code: 'table-undecided', table, about: 'table', count: 0, blocking },
    explanation: `It is undecided whose rows ${table} holds, so no backup has them. Answer the question with holdfast discover --interactive${answer}; for this target, leave the table out with --exclude ${table}.`,
  };
}

function unnamedNote(table: TableName): Note {
  return {
    code: 'table-unprotected',
    table,
    text: `${table} is not in the tenant model: no backup has its rows, and they stay as they are. Run holdfast discover, which adds it.`,
  };
}
