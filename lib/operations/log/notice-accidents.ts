/**
 * Tells people about deletes and updates of a tenant far outside its own history (domain/accident.ts), once for each run
 * that has them, before the run is recorded: a process that dies repeats a notice, and none is lost. Ordinary runs cost
 * nothing; only where the number of rows is suspicious are the summaries of the last days read.
 *
 * Invariants: shipping does not depend on it; a notice names a reference, tables and counts, no tenant and no value.
 */
import {
  type AccidentSettings,
  FEW_ROWS,
  type Habits,
  habitsOf,
  isUnusual,
  leastRows,
  type SuspectChanges,
  suspectChanges,
} from '../../domain/accident.ts';
import type { Activity, TransactionSums } from '../../domain/activity.ts';
import { HoldfastError } from '../../domain/errors.ts';
import type { SegmentEntry } from '../../domain/log-manifest.ts';
import { type Lsn, minLsn, parseLsn, ZERO_LSN } from '../../domain/lsn.ts';
import { previewCommand } from '../../domain/report/accident-summary.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { MemoryPart } from '../../ports.ts';
import { accidents } from '../catalog/accident-items.ts';
import { backups } from '../catalog/catalog-index.ts';
import { logIndexes } from '../catalog/log-items.ts';
import { writeAll } from '../catalog/typed-items.ts';
import type { Context } from '../context.ts';
import type { LogStart } from './log-source.ts';
import { readRunsBetween } from './logged-runs.ts';
import type { ToldRestore } from './route-events.ts';
import { provedRestores } from './trusted-messages.ts';

/** Of one run: a migration may change every tenant's rows. */
const MOST_EXAMINED = 20;
const MOST_NOTICES = 5;
const HOUR_MS = 3600_000;
const REMEMBERED_TENANTS = 10_000;
/** How long a possible accident stays in the catalog: longer than a year's report needs. */
const KEPT_MS = 400 * 24 * HOUR_MS;

/** Rows of tenants at their newest snapshots, as this process read them last. */
const TENANT_ROWS: MemoryPart<Map<TenantRef, { rows: number; at: number }>> = { make: () => new Map() };

interface Suspicion {
  readonly tenant: TenantRef;
  readonly least: number;
  readonly changes: readonly SuspectChanges[];
}

export interface RunToNotice {
  readonly start: LogStart;
  readonly segments: readonly SegmentEntry[];
  /** Positions of transactions that are not accidents by their context. */
  readonly quiet: ReadonlySet<string>;
  /** Transactions that say that Holdfast restored in them: quiet where the catalog proves it. */
  readonly restoring: readonly ToldRestore[];
  /** What they changed, by tenant. */
  readonly restored: ReadonlyMap<TenantRef, readonly TransactionSums[]>;
}

export async function noticeAccidents(ctx: Context, run: RunToNotice): Promise<void> {
  const settings = ctx.settings.accidents;
  if (!settings.enabled) return;
  try {
    const suspicions = await suspicionsOf(ctx, run, settings);
    const found: [TenantRef, SuspectChanges][] = [];
    for (const { tenant, least, changes } of suspicions.slice(0, MOST_EXAMINED)) {
      const habits = await habitsBefore(ctx, tenant, run.start, settings.historyHours);
      const unusual = changes.filter(each => isUnusual(each, habits, settings, least));
      found.push(...unusual.map(each => [tenant, each] as [TenantRef, SuspectChanges]));
    }
    await keepAccidents(ctx, run.start.fromTime, found);
    for (const [tenant, changes] of found.slice(0, MOST_NOTICES)) await tell(ctx, tenant, changes);
    const more = found.length - MOST_NOTICES + Math.max(0, suspicions.length - MOST_EXAMINED);
    if (found.length > MOST_NOTICES) await tellMore(ctx, more);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
  }
}

/** The greatest first. */
async function suspicionsOf(ctx: Context, run: RunToNotice, settings: AccidentSettings): Promise<Suspicion[]> {
  if (!run.segments.some(({ activity }) => activity && hasMany(activity))) return [];
  const proved = new Set(await provedRestores(ctx, run.restoring));
  const quiet = new Set([...run.quiet, ...proved]);
  const isQuiet = ({ lsn }: TransactionSums) => quiet.has(lsn);
  const found: Suspicion[] = [];
  for (const { tenant, activity } of run.segments) {
    if (activity === undefined || !hasMany(activity)) continue;
    const least = leastRows(settings, tenant === SYSTEM ? undefined : await rowsOfTenant(ctx, tenant));
    const restored = (run.restored.get(tenant) ?? []).filter(({ lsn }) => proved.has(lsn));
    const changes = suspectChanges(withTransactions(activity, restored), isQuiet, least);
    if (changes.length > 0) found.push({ tenant, least, changes });
  }
  const greatest = ({ changes }: Suspicion) => Math.max(...changes.map(({ count }) => count));
  return found.sort((a, b) => greatest(b) - greatest(a));
}

/** The summary names the largest transactions; a restore in batches has many. */
function withTransactions({ tables, largest }: Activity, others: readonly TransactionSums[]): Activity {
  const known = new Set(largest.map(({ lsn }) => lsn));
  return { tables, largest: [...largest, ...others.filter(({ lsn }) => !known.has(lsn))] };
}

function hasMany({ tables }: Activity): boolean {
  return tables.some(sum => sum.delete >= FEW_ROWS || sum.update >= FEW_ROWS || sum.truncate > 0);
}

async function rowsOfTenant(ctx: Context, tenant: TenantRef): Promise<number | undefined> {
  const known = ctx.memory.of(TENANT_ROWS);
  const now = ctx.clock.now().getTime();
  const before = known.get(tenant);
  if (before && now - before.at < HOUR_MS) return before.rows;
  let rows = 0;
  for await (const item of backups.newestFirst(ctx.catalog, tenant, ZERO_LSN)) {
    if (item.kind !== 'snapshot') continue;
    rows = item.rows;
    break;
  }
  if (known.size >= REMEMBERED_TENANTS) known.clear();
  known.set(tenant, { rows, at: now });
  return rows;
}

/** Empty where the log cannot be read: then everything large is unusual. */
async function habitsBefore(ctx: Context, tenant: TenantRef, start: LogStart, hours: number): Promise<Habits> {
  const since = new Date(Date.parse(start.fromTime) - hours * HOUR_MS).toISOString();
  const indexes = await logIndexes.list(ctx.catalog);
  const from = indexes.find(index => index.toTime >= since)?.from;
  const to: Lsn = start.from;
  try {
    const { runs } = await readRunsBetween(ctx, tenant, minLsn(from === undefined ? ZERO_LSN : parseLsn(from), to), to);
    return habitsOf(runs.flatMap(run => run.body.segments.filter(entry => entry.tenant === tenant)));
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return new Map();
  }
}

/** For metrics and reports. A run that is read again writes the same items. */
async function keepAccidents(
  { catalog, clock }: Context,
  runTime: string,
  found: readonly (readonly [TenantRef, SuspectChanges])[],
): Promise<void> {
  if (found.length === 0) return;
  const items = found.map(([tenant, { table, kind, count, transaction, transactionCount }]) => ({
    ...{ at: transaction?.time ?? runTime, tenant, table, kind, count },
    transaction: transaction
      ? { xid: transaction.xid, lsn: transaction.lsn, time: transaction.time, count: transactionCount }
      : null,
  }));
  const old = await accidents.before(catalog, new Date(clock.now().getTime() - KEPT_MS).toISOString());
  await writeAll(catalog, [...items.map(accidents.put), ...old.map(accidents.remove)]);
}

const DONE = { delete: 'deleted', update: 'updated' } as const;

async function tell(ctx: Context, tenant: TenantRef, changes: SuspectChanges): Promise<void> {
  const { table, kind, count, transaction, transactionCount } = changes;
  const whose = tenant === SYSTEM ? 'of tenants that the log does not know' : 'of one tenant';
  const what = kind === 'truncate' ? `${table} was truncated` : `${count} rows of ${table} ${whose} were ${DONE[kind]}`;
  const place = transaction && { xid: transaction.xid, lsn: transaction.lsn, time: transaction.time };
  const name = tenant === SYSTEM ? 'TENANT' : tenant;
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'possible-accident',
    message: `Possible accident: ${what}, far more than usual.`,
    details: {
      ...{ tenant: tenant === SYSTEM ? 'unknown' : tenant, table, kind, count },
      ...(place && {
        ...{ ...place, transactionCount, command: `holdfast show-transaction ${name} ${place.lsn}` },
        // What a truncate removed is not in the log.
        ...(kind !== 'truncate' && { preview: previewCommand(name, place.lsn) }),
      }),
    },
  });
}

async function tellMore(ctx: Context, more: number): Promise<void> {
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'possible-accident',
    message: `Possible accident: ${more} more tables or tenants had far more changes than usual.`,
    details: { more },
  });
}
