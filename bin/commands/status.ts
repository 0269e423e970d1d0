/** `status`: whether every tenant is safe right now, with its window, newest recoverable moment, snapshots and verification. */

import type { Command } from 'commander';
import { type RequestDocument, requestDocument } from '../../lib/api/request-document.ts';
import type { DueDrill } from '../../lib/domain/drill-schedule.ts';
import { hasRegion } from '../../lib/domain/drill-settings.ts';
import {
  FINE_STATES,
  LOG_LATE_MS,
  stateOf,
  TENANT_STATES,
  type TenantState,
} from '../../lib/operations/catalog/tenant-state.ts';
import { type FleetStatus, fleetStatus, type TenantStatus } from '../../lib/operations/catalog/timeline.ts';
import { drillsDue } from '../../lib/operations/drills/drills-due.ts';
import { unreviewedGlass } from '../../lib/operations/governance/break-glass.ts';
import { count, duration, momentAgo, namedTenant, plural, printable, relative, size } from '../terminal/format.ts';
import { labelsFor } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderTable } from '../terminal/table.ts';
import { fitted } from '../terminal/wrap.ts';

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show whether every tenant is safe right now')
    .option('--problems', 'only tenants that are not safe')
    .addHelpText('after', '\nExamples:\n  $ holdfast status\n  $ holdfast status --problems --json')
    .action(inSession(status));
}

async function status(session: Session, options: { problems?: boolean }): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const { tenants, ...rest } = await fleetStatus(deps);
  // On AWS, whoever looks at the status need not be able to open requests.
  const unreviewed = session.deployed ? [] : (await unreviewedGlass(deps)).map(requestDocument);
  // On AWS, whoever looks at the status need not be able to read the vault.
  const drills = session.deployed ? undefined : await drillsDue(deps, hasRegion((await session.config()).drills));
  const labels = await labelsFor(session);
  const judged = tenants.map(tenant => {
    const label = tenant.tenantId === null ? undefined : labels.get(tenant.tenantId);
    return { state: stateOf(tenant, rest.log.newestAgeMs), ...tenant, ...(label !== undefined && { label }) };
  });
  const fleet = {
    ...rest,
    ...(unreviewed.length > 0 && { unreviewed }),
    ...(drills && { drills }),
    totals: countStates(judged),
    tenants: options.problems ? judged.filter(tenant => !FINE_STATES.has(tenant.state)) : judged,
  };
  session.emit(fleet, () => renderStatus(fleet, session.style, session.now(), session.zone(), session.columns));
}

export type JudgedTenant = TenantStatus & { readonly state: TenantState; readonly label?: string };

export interface JudgedFleet extends Omit<FleetStatus, 'tenants'> {
  readonly tenants: readonly JudgedTenant[];
  readonly totals: Readonly<Record<TenantState, number>>;
  /** Executed without approvals, and not reviewed by another person. */
  readonly unreviewed?: readonly RequestDocument[];
  /** On this machine. */
  readonly drills?: readonly DueDrill[];
}

function countStates(tenants: readonly JudgedTenant[]): Record<TenantState, number> {
  const totals = { unprotected: 0, broken: 0, partial: 0, late: 0, safe: 0, departed: 0, destroyed: 0 };
  for (const { state } of tenants) totals[state]++;
  return totals;
}

export function renderStatus(
  fleet: JudgedFleet,
  style: Style,
  now: Date,
  zone: string,
  columns = Number.POSITIVE_INFINITY,
): string {
  const { totals, log } = fleet;
  const all = TENANT_STATES.reduce((sum, state) => sum + totals[state], 0);
  const glass = (fleet.unreviewed ?? []).map(
    each =>
      `${style.bad('✗')} Executed without approvals, not reviewed: ${each.action} ${each.id} by ${printable(each.requestedBy, 40)}\n`,
  );
  if (all === 0) return `No tenant is protected yet. Start with  ${style.bold('holdfast snapshot --all')}\n`;
  const gone = (['departed', 'destroyed'] as const).filter(state => totals[state] > 0);
  const apart = gone.map(state => `, ${count(totals[state])} ${state}`).join('');
  const bad = TENANT_STATES.filter(state => !FINE_STATES.has(state) && totals[state] > 0).map(
    state => `${count(totals[state])} ${paint(state, style)}`,
  );
  const verdict =
    bad.length === 0
      ? style.good(`✓ ${plural(totals.safe, 'tenant')} safe${apart}`)
      : `${style.bad('✗')} ${bad.join(', ')}, ${count(totals.safe)} safe${apart}`;
  const shipped = log.newest === null ? 'never shipped' : `log shipped up to ${momentAgo(log.newest.time, zone, now)}`;
  const stalled = log.newestAgeMs === null || log.newestAgeMs > LOG_LATE_MS;
  const stopped = stalled ? `${style.warn('! The log is not advancing: is  holdfast ship --follow  running?')}\n` : '';
  const head = fitted(
    `${verdict}  ${style.dim(`${size(fleet.storedBytes)} stored, ${shipped}`)}\n${stopped}${glass.join('')}${renderDrillState(fleet.drills ?? [], style, now)}${renderTables(fleet.tenants, style, now)}`,
    columns,
  );
  const archived = fleet.tenants.some(tenant => tenant.archives > 0);
  const sorted = [...fleet.tenants].sort(
    (a, b) => TENANT_STATES.indexOf(a.state) - TENANT_STATES.indexOf(b.state) || natural(a, b),
  );
  if (sorted.length === 0) return head;
  return `${head}\n${renderTable(
    [
      { head: 'tenant' },
      { head: 'state' },
      { head: 'newest moment', right: true },
      { head: 'window', right: true },
      { head: 'gaps', right: true, optional: true },
      { head: 'snapshots', right: true, optional: true },
      { head: 'last snapshot', right: true, optional: true },
      ...(archived ? [{ head: 'last archive', right: true, optional: true }] : []),
      { head: 'verified', right: true },
      { head: 'stored', right: true, optional: true },
    ],
    sorted.map(tenant => renderRow(tenant, style, now, archived)),
    { style, columns },
  )}`;
}

/** When recovery was last tried, and what is late. */
function renderDrillState(drills: readonly DueDrill[], style: Style, now: Date): string {
  if (drills.length === 0) return '';
  const last = drills.reduce<string | null>(
    (newest, each) => ((each.last ?? '') > (newest ?? '') ? each.last : newest),
    null,
  );
  const late = drills.flatMap(({ kind, state }) => (state === 'late' ? [kind] : []));
  const tried = last === null ? 'no drill yet' : `last drill ${relative(last, now)}`;
  if (late.length === 0) return `${style.dim(`Recovery: ${tried}`)}\n`;
  return `${style.warn(`! Drills are late: ${late.join(', ')} (${tried}).`)}\n`;
}

/** Each table once, however many tenants are affected. */
function renderTables(tenants: readonly JudgedTenant[], style: Style, now: Date): string {
  const lines = tenants.flatMap(tenant =>
    tenant.tableGaps.map(
      ({ tables, reason, detail, from }) =>
        `${style.bad('✗')} ${reason}: ${tables.map(table => printable(table)).join(', ')}${detail ? `: ${detail}` : ''}, since ${relative(from.time, now)}\n`,
    ),
  );
  return [...new Set(lines)].join('');
}

function renderRow(tenant: JudgedTenant, style: Style, now: Date, archived: boolean): string[] {
  const { oldest, newest, lastSnapshot, lastArchive, lastVerified } = tenant;
  const verified =
    lastVerified === null
      ? style.dim('never')
      : lastVerified.ok
        ? relative(lastVerified.at, now)
        : style.bad(`failed ${relative(lastVerified.at, now)}`);
  return [
    tenant.tenantId === null ? style.dim(`(${tenant.tenant})`) : namedTenant(tenant.tenantId, tenant.label, 30),
    paint(tenant.state, style),
    newest === null ? '–' : relative(newest.time, now),
    oldest && newest ? duration(Date.parse(newest.time) - Date.parse(oldest.time)) : '–',
    tenant.gaps === 0 ? '·' : style.warn(count(tenant.gaps)),
    count(tenant.snapshots),
    lastSnapshot === null ? '–' : relative(lastSnapshot, now),
    ...(archived ? [lastArchive === null ? '–' : relative(lastArchive, now)] : []),
    verified,
    size(tenant.storedBytes),
  ];
}

function paint(state: TenantState, style: Style): string {
  if (state === 'safe') return style.good(state);
  return state === 'late' ? style.warn(state) : style.bad(state);
}

const collator = new Intl.Collator('en', { numeric: true });

function natural(a: JudgedTenant, b: JudgedTenant): number {
  return collator.compare(a.tenantId ?? a.tenant, b.tenantId ?? b.tenant);
}
