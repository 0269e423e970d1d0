/**
 * Tables that a restore leaves out because its request names them (`--exclude`). Invariant: they are neither compared
 * nor written, and the result is `partial`. One that is on another table's path to the tenant is still staged, and only
 * that.
 */
import { InputError } from '../../../domain/errors.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import { ownedTables, type TenantModel, undecidedTables } from '../../../domain/tenant-model.ts';
import { matchesName, type Scope } from '../../../postgres/diff/diff-shape.ts';

/** The tables of the model and of the staged state that a scope leaves out: listed in preview and record. */
export function leftOutTables(
  scope: Pick<Scope, 'isLeftOut'>,
  model: TenantModel,
  staged: readonly { readonly table: TableName }[],
): TableName[] {
  const known = new Set([...ownedTables(model), ...undecidedTables(model), ...staged].map(({ table }) => table));
  return [...known].filter(table => scope.isLeftOut(table)).sort();
}

/**
 * The tables that these names mean, in the model's order: `then`'s, and those that the current model leaves undecided.
 * InputError `unknown-table`, `ambiguous-table`.
 */
export function excludedTables(exclude: readonly string[], then: TenantModel, now: TenantModel): TableName[] {
  const entries = [...ownedTables(then), ...undecidedTables(now)];
  const known = [...new Set(entries.map(({ table }) => table))];
  const named = new Set(exclude.map(name => nameIn(known, name)));
  return known.filter(table => named.has(table));
}

function nameIn(known: readonly TableName[], wanted: string): TableName {
  const found = known.filter(table => matchesName(table, wanted));
  const exact = found.find(table => table === wanted);
  if (exact !== undefined) return exact;
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new InputError('ambiguous-table', `${wanted} could be ${found.join(' or ')}.`, {
      hint: 'Name the table to leave out with its schema.',
      details: { table: wanted, candidates: found },
    });
  throw new InputError('unknown-table', `The tenant model owns no table ${wanted} that can be left out.`, {
    hint: `Name a table as in the tenant model: ${suggestions(known, wanted).join(', ')}.`,
    details: { table: wanted },
  });
}

const SHOWN = 8;

/** The tables with the most similar names first. */
function suggestions(known: readonly TableName[], wanted: string): string[] {
  const word = wanted.split('.').at(-1)!.toLowerCase().replaceAll('"', '').slice(0, 4);
  const near = known.filter(table => table.toLowerCase().includes(word));
  const shown = (near.length > 0 ? near : known).slice(0, SHOWN);
  return shown.length < known.length ? [...shown, '…'] : shown;
}
