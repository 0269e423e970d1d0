/**
 * What the metrics say at this moment, from the catalog, the governance documents and the source's slot. Reads only.
 * Invariant: a source that does not answer leaves its samples out and is itself reported; it never hides the rest.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { OBJECTIVES, TIERS, type Tier } from '../../domain/objectives.ts';
import { FAILURE_KINDS } from '../../domain/open-failure.ts';
import type { Sample } from '../../domain/open-metrics.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { accidents } from '../catalog/accident-items.ts';
import { type BackupItem, backups } from '../catalog/catalog-index.ts';
import { eachTenant } from '../catalog/each-tenant.ts';
import { stateOf, TENANT_STATES } from '../catalog/tenant-state.ts';
import { type FleetStatus, fleetStatus, type TenantStatus } from '../catalog/timeline.ts';
import { verificationAge } from '../catalog/verification-age.ts';
import { countByKind, openFailures } from '../fleet/open-failures.ts';
import { unreviewedGlass } from '../governance/break-glass.ts';
import { listRequests } from '../governance/list-requests.ts';
import { type SlotHealth, slotHealth } from '../log/slot-health.ts';
import { openlyHeld } from './standing-state.ts';

const DAY_MS = 24 * 3600 * 1000;

export type MeasureDeps = Pick<
  Deps,
  'installation' | 'catalog' | 'vault' | 'keyring' | 'signer' | 'clock' | 'notifier' | 'progress'
>;

/** Null: an installation on AWS. */
export type SlotAsked = Parameters<typeof slotHealth>[0] | null;

/** Samples in no order. Throws what the catalog and the vault throw. */
export async function measureNow(
  deps: MeasureDeps,
  tierOf: (tenant: TenantRef) => Tier,
  source: SlotAsked,
): Promise<Sample[]> {
  const fleet = await fleetStatus(deps);
  const newest = new Map(
    await eachTenant(deps, 'Reading backups', async ({ ref }) => [ref, await newestOf(deps, ref)]),
  );
  return [
    ...logSamples(fleet),
    ...tenantSamples(fleet),
    ...TIERS.flatMap(tier => {
      const own = fleet.tenants.filter(each => each.outside === undefined && tierOf(each.tenant) === tier);
      return own.length === 0 ? [] : tierSamples(deps, tier, own, newest, fleet.log.newestAgeMs);
    }),
    ...storedSamples(fleet),
    ...(await peopleSamples(deps)),
    // Failed executions are recorded on AWS, where the functions also watch the slot.
    ...(source === null ? await failureSamples(deps) : await slotSamples(source)),
  ];
}

interface NewestBackup {
  readonly snapshot: BackupItem | undefined;
  readonly verificationSeconds: number | undefined;
}

async function newestOf(deps: MeasureDeps, ref: TenantRef): Promise<NewestBackup> {
  const snapshot = (await backups.list(deps.catalog, ref)).filter(item => item.kind === 'snapshot').at(-1);
  return { snapshot, verificationSeconds: await verificationAge(deps, ref) };
}

function logSamples({ log }: FleetStatus): Sample[] {
  if (log.newest === null || log.newestAgeMs === null) return [];
  return [
    { family: 'holdfast_newest_recoverable_moment_age_seconds', value: log.newestAgeMs / 1000 },
    { family: 'holdfast_newest_recoverable_moment_timestamp_seconds', value: Date.parse(log.newest.time) / 1000 },
  ];
}

function tenantSamples({ tenants, log }: FleetStatus): Sample[] {
  const states = tenants.map(each => stateOf(each, log.newestAgeMs));
  return [
    ...TENANT_STATES.map(state => ({
      ...{ family: 'holdfast_tenants' as const, labels: { state } },
      value: states.filter(each => each === state).length,
    })),
    {
      family: 'holdfast_failed_verifications',
      value: tenants.filter(({ lastVerified }) => lastVerified?.ok === false).length,
    },
    {
      family: 'holdfast_table_gaps',
      value: tenants.reduce((sum, each) => sum + each.tableGaps.flatMap(gap => gap.tables).length, 0),
    },
  ];
}

/** Of each measure, the tenant that has it worst; none of a tenant that has nothing to measure. */
function tierSamples(
  { clock }: MeasureDeps,
  tier: Tier,
  own: readonly TenantStatus[],
  newest: ReadonlyMap<TenantRef, NewestBackup>,
  logAgeMs: number | null,
): Sample[] {
  const now = clock.now().getTime();
  const labels = { tier };
  const of = (family: Sample['family'], values: readonly number[], worst: (...all: number[]) => number): Sample[] =>
    values.length === 0 ? [] : [{ family, labels, value: worst(...values) }];
  const found = own.flatMap(({ tenant }) => newest.get(tenant) ?? []);
  const snapshots = found.flatMap(({ snapshot }) => snapshot ?? []);
  const ages = own.flatMap(({ newestAgeMs }) => newestAgeMs ?? []);
  const windows = own.flatMap(each =>
    each.oldest && each.newest ? (Date.parse(each.newest.time) - Date.parse(each.oldest.time)) / 1000 : [],
  );
  const verified = found.flatMap(({ verificationSeconds }) => verificationSeconds ?? []);
  const behind = ages.length < own.length || logAgeMs === null ? [] : ages.map(age => Math.max(age, logAgeMs) / 1000);
  return [
    // A tenant without any moment has no age: it is counted as unprotected, and the worst age is not known.
    ...of('holdfast_recovery_point_age_seconds', behind, Math.max),
    ...of('holdfast_recovery_point_objective_seconds', [OBJECTIVES[tier].recoveryPointSeconds], Math.max),
    ...of('holdfast_recovery_window_seconds', windows, Math.min),
    ...of('holdfast_tenants_without_snapshot', [own.length - snapshots.length], Math.max),
    ...of(
      'holdfast_last_snapshot_age_seconds',
      snapshots.map(item => Math.max(0, now - Date.parse(item.createdAt)) / 1000),
      Math.max,
    ),
    ...of(
      'holdfast_last_snapshot_duration_seconds',
      snapshots.map(item => item.durationMs / 1000),
      Math.max,
    ),
    ...of('holdfast_verification_age_seconds', verified, Math.max),
  ];
}

function storedSamples({ storedBytes, log }: FleetStatus): Sample[] {
  const family = 'holdfast_stored_bytes' as const;
  return [
    { family, labels: { kind: 'log' }, value: log.storedBytes },
    { family, labels: { kind: 'backups' }, value: storedBytes - log.storedBytes },
  ];
}

async function peopleSamples(deps: MeasureDeps): Promise<Sample[]> {
  const now = deps.clock.now();
  const since = new Date(now.getTime() - DAY_MS).toISOString();
  const requests = await listRequests(deps, { ended: 0 });
  const noticed = await accidents.between(deps.catalog, since, new Date(now.getTime() + DAY_MS).toISOString());
  return [
    { family: 'holdfast_possible_accidents', value: noticed.length },
    { family: 'holdfast_requests_waiting', value: requests.filter(({ state }) => state === 'waiting').length },
    { family: 'holdfast_unreviewed_break_glass', value: (await unreviewedGlass(deps)).length },
    { family: 'holdfast_held_tenants', value: await openlyHeld(deps) },
  ];
}

async function failureSamples(deps: MeasureDeps): Promise<Sample[]> {
  const open = countByKind(await openFailures(deps));
  return FAILURE_KINDS.map(kind => ({ family: 'holdfast_open_failures', labels: { kind }, value: open[kind] }));
}

async function slotSamples(source: NonNullable<SlotAsked>): Promise<Sample[]> {
  const health = await slotHealth(source).catch(error => {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  });
  const up: Sample = { family: 'holdfast_source_up', value: health === undefined ? 0 : 1 };
  return health === undefined ? [up] : [up, ...retained(health)];
}

function retained({ retainedBytes, retainedPercent }: SlotHealth): Sample[] {
  return [
    { family: 'holdfast_slot_retained_bytes', value: retainedBytes },
    { family: 'holdfast_slot_retained_ratio', value: retainedPercent / 100 },
  ];
}
