/** A fleet's bill as text: the most expensive lines first within their service, small ones summed up in one line. */
import type { CostLine } from '../../lib/planner/cost-line.ts';
import type { FleetCost } from '../../lib/planner/fleet-cost.ts';
import { count } from './format.ts';
import { PLAIN, type Style } from './style.ts';
import { renderTable } from './table.ts';

/** Lines below this share of the bill are summed up, unless all are requested. */
const SMALL_SHARE = 0.01;

export interface CostTextOptions {
  readonly style?: Style;
  /** Every line, with its arithmetic. */
  readonly explain?: boolean;
}

export function renderCost(cost: FleetCost, { style = PLAIN, explain = false }: CostTextOptions = {}): string {
  const rows = costRows(cost, explain).map(({ line, usd, arithmetic, group }) => [
    group,
    line,
    dollars(usd),
    dollars(usd / cost.tenants),
    percent(usd / cost.usd),
    ...(explain ? [style.dim(arithmetic)] : []),
  ]);
  return renderTable(
    [
      { head: 'service' },
      { head: 'for' },
      { head: 'a month', right: true },
      { head: 'a tenant', right: true },
      { head: 'share', right: true },
      ...(explain ? [{ head: 'arithmetic' }] : []),
    ],
    rows,
    { style, total: [`${count(cost.tenants)} tenants`, '', dollars(cost.usd), dollars(cost.usdPerTenant), '', ''] },
  );
}

/** The same as a table of Markdown, with the arithmetic. */
export function markdownCost(cost: FleetCost): string {
  const rows = costRows(cost, false).map(
    ({ group, line, usd, arithmetic }) =>
      `| ${group} | ${line} | ${dollars(usd)} | ${percent(usd / cost.usd)} | ${arithmetic} |`,
  );
  const total = `| **all** | | **${dollars(cost.usd)}** | | ${dollars(cost.usdPerTenant)} a tenant |`;
  return ['| service | for | a month | share | arithmetic |', '| --- | --- | ---: | ---: | --- |', ...rows, total].join(
    '\n',
  );
}

interface Row {
  readonly group: string;
  readonly line: string;
  readonly usd: number;
  readonly arithmetic: string;
}

function costRows({ lines, usd }: FleetCost, all: boolean): Row[] {
  const groups = Map.groupBy(lines, line => line.group);
  const shown: Row[] = [];
  const rest: CostLine[] = [];
  for (const [group, members] of [...groups].sort((a, b) => sum(b[1]) - sum(a[1]))) {
    for (const line of members.toSorted((a, b) => b.usd - a.usd)) {
      if (all || line.usd >= usd * SMALL_SHARE) shown.push({ ...line, group, line: line.name });
      else rest.push(line);
    }
  }
  if (rest.length === 0) return shown;
  const small = { group: 'other', line: `${rest.length} lines below 1 % each`, usd: sum(rest) };
  return [...shown, { ...small, arithmetic: '`holdfast cost --explain` shows each' }];
}

function sum(lines: readonly CostLine[]): number {
  return lines.reduce((total, line) => total + line.usd, 0);
}

/** `$1,234`, `$12.34`, `$0.0123`. */
export function dollars(usd: number): string {
  if (usd >= 100) return `$${Math.round(usd).toLocaleString('en-US')}`;
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  return usd === 0 ? '$0' : `$${Number(usd.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 8 })}`;
}

function percent(share: number): string {
  return share >= 0.01 ? `${Math.round(share * 100)} %` : '< 1 %';
}
