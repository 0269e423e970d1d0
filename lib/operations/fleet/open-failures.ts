/**
 * The failures of the installation in the catalog, and what mends them: a later success of the same work for the same
 * tenant, which the catalog shows. Read every minute, so that an alarm lasts as long as the failure does.
 *
 * Invariant: a failure that happens while another call closes the earlier one stays open: closing names a revision.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { FAILURE_KINDS, type FailureKind, failureId, OpenFailure, staysOpen } from '../../domain/open-failure.ts';
import { RestoreItem } from '../../domain/restore-record.ts';
import { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { archives, backups, restores, runs, tenants } from '../catalog/catalog-index.ts';
import { lastFleetRun } from './fleet-runs.ts';

export type FailureDeps = Pick<Deps, 'catalog' | 'clock'>;
export type KeptFailure = { readonly failure: OpenFailure; readonly revision: number };

const PARTITION = 'failures';
/** Open failures of which one call asks whether they are mended; the others stay open until these are. */
const LOOKED_AT = 500;
/** How long a closed one is remembered. */
const REMEMBER_MS = 7 * 24 * 3600 * 1000;

/** Opens it, or renews it. Nothing for what does not stay open. */
export async function openFailure(
  deps: FailureDeps,
  failure: Omit<OpenFailure, 'format' | 'at' | 'closed'>,
): Promise<void> {
  if (!staysOpen(failure.kind, failure.code)) return;
  const { kind, workflow, tenant, code, region } = failure;
  const at = deps.clock.now().toISOString();
  const value: OpenFailure = { format: 'holdfast.open-failure/1', kind, workflow, tenant, code, region, at };
  await deps.catalog.write([{ put: { partition: PARTITION, sort: failureId(failure), value } }]);
}

/** Those that are open, of one region or of all. Writes nothing. */
export async function openFailures(deps: FailureDeps, region?: string): Promise<OpenFailure[]> {
  const found: OpenFailure[] = [];
  const open = (await kept(deps)).filter(({ failure }) => failure.closed === undefined);
  for (const [index, { failure }] of open.entries()) {
    if (region !== undefined && failure.region !== region) continue;
    if (index >= LOOKED_AT || !(await isMended(deps, failure))) found.push(failure);
  }
  return found;
}

/** Since when every failure is still known, and those at or after it, open or closed: each as it last happened. */
export async function rememberedFailures(deps: FailureDeps): Promise<{ since: number; failures: OpenFailure[] }> {
  const since = deps.clock.now().getTime() - REMEMBER_MS;
  const failures = (await kept(deps)).map(({ failure }) => failure);
  return { since, failures: failures.filter(({ at }) => Date.parse(at) >= since) };
}

/** Closes those that are mended, forgets those closed long ago, and returns what is open in the region. */
export async function sweepFailures(deps: FailureDeps, region: string): Promise<OpenFailure[]> {
  const all = await kept(deps);
  const before = deps.clock.now().getTime() - REMEMBER_MS;
  for (const { failure } of all.filter(({ failure: { closed } }) => closed && Date.parse(closed.at) < before)) {
    await deps.catalog.write([{ remove: { partition: PARTITION, sort: failureId(failure) } }]);
  }
  const open = all.filter(({ failure }) => failure.closed === undefined);
  const left: OpenFailure[] = [];
  for (const [index, each] of open.entries()) {
    if (index < LOOKED_AT && (await isMended(deps, each.failure))) await closeFailure(deps, each, null, 'mended');
    else if (each.failure.region === region) left.push(each.failure);
  }
  return left;
}

/** By kind, for the gauges. */
export function countByKind(failures: readonly OpenFailure[]): Readonly<Record<FailureKind, number>> {
  const count = (kind: FailureKind) => failures.filter(failure => failure.kind === kind).length;
  return Object.fromEntries(FAILURE_KINDS.map(kind => [kind, count(kind)])) as Record<FailureKind, number>;
}

async function kept({ catalog }: FailureDeps): Promise<KeptFailure[]> {
  const found: KeptFailure[] = [];
  for await (const { value, revision } of catalog.query(PARTITION))
    found.push({ failure: OpenFailure.parse(value), revision });
  return found;
}

/** Open or closed, with this id. */
export async function findFailure({ catalog }: FailureDeps, id: string): Promise<KeptFailure | undefined> {
  const item = await catalog.get(PARTITION, id);
  return item && { failure: OpenFailure.parse(item.value), revision: item.revision };
}

/** False if it happened again meanwhile. */
export async function closeFailure(
  deps: FailureDeps,
  { failure, revision }: KeptFailure,
  by: string | null,
  reason: string,
): Promise<boolean> {
  const value: OpenFailure = { ...failure, closed: { by, at: deps.clock.now().toISOString(), reason } };
  try {
    await deps.catalog.write([
      { put: { partition: PARTITION, sort: failureId(failure), value }, onlyIf: { revision } },
    ]);
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'lost-race') return false;
    throw error;
  }
}

/** A new source epoch is mended by a log that goes on, with or without it. */
const MENDED_BY_SHIPPING = new Set(['ship-log', 'begin-epoch']);

async function isMended(deps: FailureDeps, failure: OpenFailure): Promise<boolean> {
  const after = (time: string | undefined) => time !== undefined && Date.parse(time) > Date.parse(failure.at);
  if (MENDED_BY_SHIPPING.has(failure.workflow)) return after((await runs.latest(deps.catalog))?.toTime);
  if (failure.tenant !== null) return isMendedFor(deps, TenantRef.parse(failure.tenant), failure, after);
  // A run that began later and ended well: the failure may belong to the run that is recorded last.
  return after((await lastFleetRun(deps, failure.workflow))?.startedAt);
}

async function isMendedFor(
  deps: FailureDeps,
  ref: TenantRef,
  { kind, workflow }: OpenFailure,
  after: (time: string | undefined) => boolean,
): Promise<boolean> {
  const { catalog } = deps;
  if (kind === 'restore-failed') {
    const done = (await restores.list(catalog, ref)).map(value => RestoreItem.parse(value));
    return done.some(({ state, at }) => state === 'done' && after(at));
  }
  if (workflow === 'keep-holds') return after((await lastFleetRun(deps, workflow))?.startedAt);
  // A tenant that left the database, or is destroyed, is backed up no more.
  const known = kind === 'backup-failed' ? await tenants.get(catalog, ref) : undefined;
  if (known?.left || known?.destruction) return true;
  if (workflow === 'expire-backups') return after((await lastFleetRun(deps, workflow))?.startedAt);
  if (workflow === 'archive-fleet')
    return (await archives.list(catalog, ref)).some(({ createdAt }) => after(createdAt));
  const own = await backups.list(catalog, ref);
  if (kind === 'integrity-failed' || workflow === 'verify-fleet') {
    const newest = own.filter(item => item.kind === 'snapshot').at(-1);
    return newest?.verified?.ok === true && after(newest.verified.at);
  }
  return own.some(item => (workflow === 'fold-incrementals' || item.kind === 'snapshot') && after(item.createdAt));
}
