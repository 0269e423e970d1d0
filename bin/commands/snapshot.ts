/** `snapshot`: a consistent copy of a tenant's rows at one moment, for some tenants or for all. */

import { type Command, Option } from 'commander';
import { SNAPSHOT_REASONS } from '../../lib/domain/backup-reason.ts';
import type { LoadReason } from '../../lib/domain/database-load.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import type { BackupItem } from '../../lib/operations/catalog/catalog-index.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { askPolicies } from '../../lib/operations/fleet/read-policies.ts';
import { type FleetResult, snapshotFleet } from '../../lib/operations/fleet/snapshot-fleet.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { whenBack } from '../../lib/operations/when-back.ts';
import { remoteFleet } from '../aws/remote-fleet.ts';
import { errorDocument, exitCodeOf } from '../terminal/error-text.ts';
import { count, duration, plural, printable, size } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderTable } from '../terminal/table.ts';

interface SnapshotOptions {
  readonly all?: boolean;
  readonly fullRead?: boolean;
  readonly due?: boolean;
  readonly reason: string;
}

export function registerSnapshot(program: Command): void {
  program
    .command('snapshot')
    .description('take a consistent snapshot of tenants')
    .argument('[tenant...]', 'tenant ids, as in the tenant column')
    .option('--all', 'every tenant')
    .option('--due', 'with --all: only tenants that are due by the hours of their tier')
    .option('--full-read', 'read every row, and compare with what the change log reports as unchanged')
    .addOption(
      new Option('--reason <reason>', 'why; some have a retention of their own')
        .choices(SNAPSHOT_REASONS)
        .default('manual'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast snapshot 17 18\n  $ holdfast snapshot --all\n  $ holdfast snapshot --all --due\n  $ holdfast snapshot 17 --full-read --reason migration\n  $ holdfast snapshot --all --reason pre-migration\n\nWhat the change log proves unchanged is neither read nor stored again.\n`snapshotHours` says how often tenants of each tier are due.\n`settings.keep.reasons` says how long those of pre-migration, pre-maintenance,\nincident and compliance are kept; it is fixed when they are taken.',
    )
    .action(inSession(snapshot));
}

/** One line of the result, also in the JSON document. */
export interface TakenSnapshot extends BackupItem {
  readonly tenant: string;
}

async function snapshot(session: Session, named: string[], options: SnapshotOptions): Promise<void> {
  if ((options.all ?? false) === named.length > 0) {
    throw new InputError('usage', options.all ? 'Name tenants, or pass --all, not both.' : 'No tenant is named.', {
      hint: 'Run `holdfast snapshot TENANT…` or `holdfast snapshot --all`.',
    });
  }
  if (options.due && !options.all) {
    throw new InputError('usage', '--due chooses among all tenants.', { hint: 'Run `holdfast snapshot --all --due`.' });
  }
  if (session.remote) {
    const read = options.fullRead ? 'full' : 'auto';
    const input = {
      tenants: options.all ? 'all' : named,
      reason: options.reason,
      read,
      ...(options.due && { due: true }),
    };
    return remoteFleet(session, session.remote, { workflow: 'back-up-fleet', input, tenants: named });
  }
  const ctx = await session.context();
  const read = options.fullRead ? 'full' : 'auto';
  const how = { reason: options.reason, read, ...(options.due && { due: true }) } as const;
  const started = performance.now();
  const [only] = named;
  if (only !== undefined && named.length === 1) {
    const id = await spellTenant(ctx, only);
    const { unprotected, ...item } = await whenBack(() => takeSnapshot(ctx, id, how), ctx.progress);
    const done = { ok: [{ ...item, tenant: id }], failed: [], unprotected };
    return session.emit(done, () => renderSnapshots(done, performance.now() - started, session.style));
  }
  if (options.all) await askPolicies(ctx);
  const result = await snapshotFleet(ctx, options.all ? 'all' : named.map(tenantId), how);
  const names = new Map((await tenants.list(ctx.catalog)).map(({ ref, tenantId: id }) => [ref, id ?? ref]));
  const nameOf = (ref: TenantRef) => names.get(ref) ?? ref;
  const done = {
    ok: result.ok.map(item => ({ ...item, tenant: nameOf(item.tenant) })),
    failed: result.failed.map(({ tenant, error }) => ({ tenant: nameOf(tenant), ...errorDocument(error) })),
    unprotected: result.unprotected,
    ...(result.slowed && { slowed: result.slowed }),
    cost: result.cost,
  };
  const [first] = result.failed;
  if (first) session.exitWith(exitCodeOf(first.error));
  session.emit(done, () =>
    renderSnapshots(
      { ...done, failed: result.failed.map(({ tenant, error }) => ({ tenant: nameOf(tenant), error })) },
      performance.now() - started,
      session.style,
    ),
  );
}

export interface SnapshotsTaken {
  readonly ok: readonly TakenSnapshot[];
  readonly failed: readonly { readonly tenant: string; readonly error: FleetResult['failed'][number]['error'] }[];
  readonly unprotected: readonly string[];
  readonly slowed?: FleetResult['slowed'];
}

/** Number of tenants to list; of a fleet, the largest. */
const LISTED = 12;

const BUSY: Readonly<Record<LoadReason, string>> = {
  connections: 'many connections',
  'waiting-locks': 'waiting locks',
  'replica-lag': 'a replica is behind',
  'slow-answers': 'slow answers',
  processor: 'a busy processor',
};

export function renderSnapshots(
  { ok, failed, unprotected, slowed }: SnapshotsTaken,
  elapsedMs: number,
  style: Style,
): string {
  const bySize = ok.length > LISTED ? [...ok].sort((a, b) => b.bytes - a.bytes) : ok;
  const rows = bySize
    .slice(0, LISTED)
    .map(item => [
      printable(item.tenant, 40),
      style.dim(item.id),
      count(item.rows),
      size(item.bytes),
      item.storedBytes === 0 ? '·' : size(item.storedBytes),
      item.reusedChunks === 0 ? '·' : `${Math.floor((100 * item.reusedChunks) / item.chunks)} %`,
      duration(item.durationMs),
    ]);
  if (ok.length > LISTED) rows.push([style.dim(`… ${count(ok.length - LISTED)} more`), '', '', '', '', '', '']);
  const sum = (value: (item: TakenSnapshot) => number) => ok.reduce((total, item) => total + value(item), 0);
  const total = [
    plural(ok.length, 'tenant'),
    '',
    count(sum(item => item.rows)),
    size(sum(item => item.bytes)),
    size(sum(item => item.storedBytes)),
    '',
    duration(elapsedMs),
  ];
  const columns = [
    { head: 'tenant' },
    { head: 'snapshot' },
    { head: 'rows', right: true },
    { head: 'size', right: true },
    { head: 'stored', right: true },
    { head: 'reused', right: true },
    { head: 'took', right: true },
  ];
  const kept = [...new Set(ok.flatMap(item => item.keepUntil?.slice(0, 10) ?? []))];
  const reason = kept.length === 0 ? '' : `Kept for its reason until at least ${kept.sort()[0]}, and locked.\n`;
  const table = ok.length === 0 ? '' : renderTable(columns, rows, { style, ...(ok.length > 1 ? { total } : {}) });
  const problems = failed.map(
    ({ tenant, error }) =>
      `${style.bad('✗')} ${printable(tenant, 40)}: ${error.message} ${style.dim(`[${error.code}]`)}\n  ${style.accent('hint:')} ${error.hint}\n`,
  );
  const open =
    unprotected.length === 0
      ? ''
      : `${style.warn('!')} No backup contains the rows of ${unprotected.map(name => printable(name)).join(', ')}: the tenant model does not list ${unprotected.length === 1 ? 'it' : 'them'}. Run  ${style.bold('holdfast discover')}\n`;
  const busy = slowed
    ? `${style.warn('!')} The database was busy (${slowed.reasons.map(reason => BUSY[reason]).join(', ')}): down to ${plural(slowed.leastAtOnce, 'tenant')} at a time.\n`
    : '';
  return `${table}${reason}${problems.join('')}${busy}${open}`;
}
