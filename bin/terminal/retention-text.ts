/** Retention as text: why each backup is kept, and what a change of the periods would do. */
import { RETENTION_FIELDS, type RetentionField } from '../../lib/domain/policy-change.ts';
import type { LeavingBackups, PolicySimulation } from '../../lib/domain/policy-simulation.ts';
import type { RetentionPolicy } from '../../lib/domain/retention.ts';
import type { ShownBackup, ShownRetention } from '../../lib/operations/retention/show-retention.ts';
import { priceOf } from '../../lib/planner/aws-prices.ts';
import { count, moment, plural, printable, size } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

export interface RetentionLook {
  readonly style: Style;
  readonly zone: string;
  readonly columns: number;
}

export type NamedRetention = ShownRetention & { readonly tenantId: string | null };

const SHORT: Readonly<Record<RetentionField, string>> = {
  ...{ dailyDays: 'daily', weeklyDays: 'weekly', monthlyDays: 'monthly', annualDays: 'annual', logDays: 'log' },
};

/** `daily 30 d, weekly 84 d, …`. */
export function periodsLine(policy: RetentionPolicy, fields: readonly RetentionField[] = RETENTION_FIELDS): string {
  return fields.map(field => `${SHORT[field]} ${count(policy[field])} d`).join(', ');
}

export function renderRetention(shown: readonly NamedRetention[], look: RetentionLook): string {
  if (shown.length === 0) return 'No tenant is protected yet.\n';
  return shown.map(each => renderTenant(each, look)).join('\n');
}

function renderTenant(shown: NamedRetention, { style, zone, columns }: RetentionLook): string {
  const { tenant, tenantId, policy, configured, waiting, undecided, backups } = shown;
  const head = `${style.bold(printable(tenantId ?? tenant, 40))}  ${periodsLine(policy)}\n`;
  const unknown = undecided ? `${style.warn('!')} Its own retention is not known yet: nothing of it expires.\n` : '';
  const waits =
    waiting.length === 0
      ? ''
      : `${style.warn('!')} Configured shorter, and kept by the longer until  holdfast retention change  is approved:\n  ${periodsLine(configured, waiting)}\n`;
  const time = (text: string | null) => (text === null ? '–' : moment(text, zone).slice(0, 10));
  const rows = backups.map(backup => [
    moment(backup.toTime, zone),
    backup.kind,
    backup.keep ? backup.classes.join(', ') : style.warn('goes'),
    time(backup.certainUntil),
    backup.held ? 'held' : time(backup.lockedUntil),
    reasonsOf(backup),
  ]);
  const table = renderTable(
    [
      ...[{ head: 'moment' }, { head: 'kind' }, { head: 'class' }, { head: 'certain until', optional: true }],
      ...[{ head: 'locked until' }, { head: 'why' }],
    ],
    rows,
    { style, columns },
  );
  return `${head}${unknown}${waits}${table}`;
}

function reasonsOf({ keep, reasons }: ShownBackup): string {
  return `${keep ? 'kept because: ' : ''}${reasons.join('; ')}`;
}

/** At most: dollars a month in S3 Standard in all of these regions; undefined without one. */
export function storageDollars(bytes: number, regions: readonly string[]): number | undefined {
  if (regions.length === 0) return undefined;
  return regions.reduce((sum, region) => sum + (bytes / 1e9) * priceOf('s3Standard', region).usd, 0);
}

export function renderSimulation(
  simulation: PolicySimulation & { readonly usdPerMonth: number | null },
  names: ReadonlyMap<string, string>,
  look: RetentionLook,
): string {
  const { style, zone, columns } = look;
  const { tenants, log, bytes, usdPerMonth } = simulation;
  const date = (text: string | null) => (text === null ? '–' : moment(text, zone).slice(0, 10));
  const rows = tenants.map(({ tenant, before, after, goes, staysLonger, window }) => {
    const changed = RETENTION_FIELDS.filter(field => before[field] !== after[field]);
    const periods = changed.map(field => `${SHORT[field]} ${before[field]} → ${after[field]} d`).join(', ');
    return [
      ...[printable(names.get(tenant) ?? tenant, 30), periods || 'no change', count(goes.backups), size(goes.bytes)],
      ...[`${date(goes.oldest)} … ${date(goes.newest)}`, count(staysLonger)],
      window.before === window.after ? date(window.after) : `${date(window.before)} → ${date(window.after)}`,
    ];
  });
  const table = renderTable(
    [
      ...[{ head: 'tenant' }, { head: 'periods' }, { head: 'goes', right: true }, { head: 'bytes', right: true }],
      ...[{ head: 'moments', optional: true }, { head: 'stays longer', right: true }, { head: 'any second since' }],
    ],
    rows,
    { style, columns },
  );
  const usd = usdPerMonth === null ? '' : `, at most $${usdPerMonth.toFixed(2)} a month of storage`;
  const all = mergedLocks([...tenants.map(({ goes }) => goes), log.goes]);
  const later = all.map(([day, backups]) => `  ${day}  ${plural(backups, 'backup')}\n`).join('');
  const held = tenants.reduce((sum, { onRelease }) => sum + onRelease, 0);
  return [
    table,
    ...(held === 0 ? [] : [`Legal holds keep ${plural(held, 'backup')} more; they go once the holds are released.\n`]),
    `Shared log: ${plural(log.goes.backups, 'run')} would go, ${count(log.staysLonger)} stay longer.\n`,
    `${style.bold(`Saves ${size(bytes)}`)}${usd}. Nothing was changed.\n`,
    ...(later === '' ? [] : [`Locks cannot be shortened. These go when their locks end:\n${later}`]),
  ].join('');
}

function mergedLocks(leaving: readonly LeavingBackups[]): [string, number][] {
  const days = new Map<string, number>();
  for (const { until, backups } of leaving.flatMap(({ locked }) => locked))
    days.set(until, (days.get(until) ?? 0) + backups);
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1));
}
