/** The error for several possible tenant tables, with the tables that each choice would leave without a tenant. */
import { InputError } from './errors.ts';
import type { TableName } from './table-schema.ts';
import type { Candidate } from './tenant-choice.ts';
import { isOwned, type ModelTable } from './tenant-model.ts';

/** InputError `tenant-table-unclear`; `details.choices` ranks them: the one that leaves the fewest tables first. */
export function tenantUnclear(
  candidates: readonly Candidate[],
  people: ReadonlySet<TableName>,
  rows: ReadonlyMap<TableName, number> | undefined,
  classify: (tenantTable: TableName) => readonly ModelTable[],
): InputError {
  const choices = candidates.map(({ table, column, referencing }) => {
    const without = classify(table)
      .filter(entry => !isOwned(entry) && entry.kind !== 'excluded')
      .map(entry => entry.table)
      .sort((a, b) => (rows?.get(b) ?? 0) - (rows?.get(a) ?? 0));
    return { table, column, referencing, people: people.has(table), without };
  });
  choices.sort((a, b) => Number(a.people) - Number(b.people) || a.without.length - b.without.length);
  const lines = choices.map(({ table, column, referencing, people, without }) => {
    const named = without.slice(0, 4).join(', ') + (without.length > 4 ? ', …' : '');
    const left = without.length === 0 ? 'leaves no table' : `leaves ${without.length} (${named})`;
    const about = people ? ' (people who sign in)' : '';
    return `\n  ${table}${about}: ${referencing} tables reference it by ${column}; ${left} without a tenant`;
  });
  return new InputError('tenant-table-unclear', `Several tables could be the tenant table:${lines.join('')}`, {
    hint: `Name the right one, for example: holdfast discover --tenant-table ${choices[0]!.table}`,
    details: { candidates: choices.map(choice => choice.table), choices },
  });
}
