/** What a plan would do, in sentences, for whoever decides on it: numbers and table names, no row. */
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreMode } from '../../../domain/restore-request.ts';

type Planned = Pick<Preview, 'totals'> & {
  readonly target: string;
  readonly mode: RestoreMode;
  readonly tables: readonly Pick<Preview['tables'][number], 'table' | 'inserts' | 'updates' | 'deletes'>[];
};

export function describePlan({ target, mode, totals, tables }: Planned): string[] {
  return [
    `Restore to the position ${target} (mode ${mode}).`,
    `Insert ${totals.inserts}, update ${totals.updates} and delete ${totals.deletes} rows.`,
    ...tables.map(each => `${each.table}: +${each.inserts} ~${each.updates} -${each.deletes}.`),
  ];
}
