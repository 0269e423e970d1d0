/**
 * Compares the promoted database with the vault, tenant by tenant: those with log after the position where the database was
 * promoted, and a sample of the others. Invariant: a row that was shipped and is not in the database is never passed over
 * in silence: its tenant is `lacks`, and the restore that brings it back is named.
 */

import { HoldfastError } from '../../domain/errors.ts';
import type { ValidatedTenant } from '../../domain/failover.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { formatTarget } from '../../domain/recovery-target.ts';
import { parseRestoreRequest } from '../../domain/restore-request.ts';
import { epochOf, positionIn, walOf } from '../../domain/source-epoch.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { runs, type TenantItem, tenants } from '../catalog/catalog-index.ts';
import { comparedTenants } from '../catalog/failover-waits.ts';
import { segments } from '../catalog/log-items.ts';
import { requestUnfinished } from '../governance/carry-out-request.ts';
import { knownError } from '../known-error.ts';
import { previewTenant } from '../restore/apply/run-restore.ts';
import type { FailoverDeps } from './failover-steps.ts';

/** Tenants without log after the promotion that are compared. */
const SAMPLE = 10;

interface LogBefore {
  readonly end: Lsn;
  readonly timeline: unknown;
}

/**
 * Every tenant that is compared, the affected ones first. `noted`: end of the log in this vault before the promotion, and
 * timeline of the server that wrote it. `continued`: nothing is missing between that end and the log of the promoted server.
 */
export async function validateFailover(
  deps: FailoverDeps,
  id: string,
  noted: { readonly end: unknown; readonly timeline: unknown },
  continued: boolean,
): Promise<ValidatedTenant[]> {
  if (typeof noted.end !== 'string') return [];
  const before: LogBefore = { end: parseLsn(noted.end), timeline: noted.timeline };
  const promoted = await promotedAt(deps, before);
  // Without it, what was written shortly before the loss is compared, and a difference is for a person to judge.
  const cut = promoted ?? (deps.regions.shared && (await recentFrom(deps, before.end)));
  const present = (await tenants.list(deps.catalog)).filter(
    ({ tenantId: id, left, destruction }) => id !== null && !left && !destruction,
  );
  const affected: TenantItem[] = [];
  const others: TenantItem[] = [];
  const everybody = cut !== undefined && (await hasLogAfter(deps, SYSTEM, cut, before.end));
  for (const tenant of present) {
    const isAffected = cut !== undefined && (everybody || (await hasLogAfter(deps, tenant.ref, cut, before.end)));
    (isAffected ? affected : others).push(tenant);
  }
  const isAhead = promoted === undefined || promoted > before.end;
  const ifLost = promoted === undefined ? 'differs' : 'lacks';
  const end = formatTarget({ kind: 'lsn', lsn: before.end, named: true });
  const found: ValidatedTenant[] = [];
  for (const tenant of affected) found.push(await once(deps, id, tenant.ref, () => compare(deps, tenant, end, ifLost)));
  const target = continued ? 'latest' : end;
  const verdict = !continued && isAhead ? 'newer' : 'differs';
  for (const tenant of sampleOf(others))
    found.push(await once(deps, id, tenant.ref, () => compare(deps, tenant, target, verdict)));
  return found;
}

/** Between the calls of a state machine, what was compared stays compared: one call need not do all. */
async function once(
  deps: FailoverDeps,
  id: string,
  tenant: TenantItem['ref'],
  work: () => Promise<ValidatedTenant>,
): Promise<ValidatedTenant> {
  if (deps.regions.shared === undefined) return work();
  const before = await comparedTenants.get(deps.catalog, id, tenant);
  if (before !== undefined) return before;
  const compared = await work();
  await deps.catalog.write([comparedTenants.put(id, compared)]);
  if (deps.budget?.isUsed()) throw requestUnfinished();
  return compared;
}

/** Where the promoted server left the timeline of the log, as a position of the log's epoch. */
async function promotedAt(deps: FailoverDeps, { end, timeline }: LogBefore): Promise<Lsn | undefined> {
  const newest = await runs.latest(deps.catalog);
  const left = newest?.source?.left?.find(each => each.timeline === timeline);
  return left && positionIn(epochOf(end), walOf(parseLsn(left.at)));
}

/** Of a server that does not tell where it was promoted (Aurora). */
const RECENT_MS = 15 * 60_000;

/** Where the log of the last minutes before a position begins. */
async function recentFrom({ catalog }: FailoverDeps, end: Lsn): Promise<Lsn | undefined> {
  const [last] = await runs.list(catalog, end, end);
  if (last === undefined) return undefined;
  const since = Date.parse(last.toTime) - RECENT_MS;
  const recent = await runs.tail(catalog, run => Date.parse(run.toTime) >= since);
  const first = recent.find(run => parseLsn(run.to) <= end);
  return first && parseLsn(first.from);
}

async function hasLogAfter(deps: FailoverDeps, ref: TenantItem['ref'], cut: Lsn, end: Lsn): Promise<boolean> {
  if (cut > end) return false;
  return (await segments.list(deps.catalog, ref, cut, end)).length > 0;
}

async function compare(
  deps: FailoverDeps,
  { ref, tenantId: id }: TenantItem,
  target: string,
  ifDifferent: ValidatedTenant['verdict'],
): Promise<ValidatedTenant> {
  try {
    const request = { tenant: id!, target, requestedBy: 'holdfast', reason: 'validation of a fail-over' };
    const { totals } = await previewTenant(deps, parseRestoreRequest(request));
    return { tenant: ref, rows: totals.rows, target, verdict: totals.rows === 0 ? 'same' : ifDifferent };
  } catch (error) {
    const known = knownError(error);
    const code = known instanceof HoldfastError ? known.code : 'internal';
    return { tenant: ref, rows: 0, target, verdict: 'failed', code };
  }
}

/** Spread evenly. */
function sampleOf(others: readonly TenantItem[]): TenantItem[] {
  const step = Math.max(1, Math.ceil(others.length / SAMPLE));
  return others.filter((_, index) => index % step === 0);
}
