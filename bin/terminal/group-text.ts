/** A restore of many tenants as a person reads it: a line for each tenant, and the sums. */
import type { GroupOutcome, RestoreGroup } from '../../lib/domain/restore-group.ts';
import { count, plural, printable } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

interface GroupLook {
  readonly style: Style;
  /** Of the terminal. */
  readonly columns: number;
}

/** Tenants whose outcome is shown one by one; of more, those that need attention. */
const SHOWN = 40;

export function renderGroup({ id, tenants, outcomes }: RestoreGroup, { style, columns: width }: GroupLook): string {
  const all = tenants.map(tenant => ({ tenant, outcome: outcomes[tenant] }));
  const telling = all.filter(
    ({ outcome }) => outcome?.state === 'failed' || (outcome && 'conflicts' in outcome && outcome.conflicts > 0),
  );
  const shown = all.length <= SHOWN ? all : telling.slice(0, SHOWN);
  const columns = [
    { head: 'tenant' },
    { head: 'inserted', right: true },
    { head: 'updated', right: true },
    { head: 'deleted', right: true },
    { head: 'outcome' },
  ];
  const rows = shown.map(({ tenant, outcome }) => [printable(tenant, 24), ...cellsOf(outcome, style)]);
  const counts = Map.groupBy(all, ({ outcome }) => outcome?.state ?? 'waiting');
  const sums = [...counts].map(([state, of]) => `${count(of.length)} ${state}`).join(', ');
  return `${rows.length > 0 ? renderTable(columns, rows, { style, columns: width }) : ''}  ${plural(tenants.length, 'tenant')}: ${sums}\n  ${style.dim(id)}\n`;
}

function cellsOf(outcome: GroupOutcome | undefined, style: Style): string[] {
  if (outcome === undefined) return ['·', '·', '·', 'waiting'];
  if (outcome.state === 'failed') return ['·', '·', '·', style.bad(`failed: ${outcome.code}`)];
  if (outcome.state === 'unchanged') return ['·', '·', '·', 'unchanged'];
  const { inserts, updates, deletes } = outcome.totals;
  const conflicts = outcome.conflicts > 0 ? style.warn(`, ${plural(outcome.conflicts, 'conflict')}`) : '';
  const state = outcome.state === 'restored' ? style.good('restored') : 'would change';
  return [...[inserts, updates, deletes].map(value => (value === 0 ? '·' : count(value))), `${state}${conflicts}`];
}
