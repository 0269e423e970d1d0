/**
 * The plan of destroying a tenant's backups: every copy, what stays readable, and what is outside Holdfast's reach. Reads
 * only, and has no time in it: the same copies give the same plan.
 */
import type { DestructionPlan, OutsideCopy } from '../../../domain/destruction.ts';
import { COUNTDOWN_DAYS, countdownEnd, keyDestroyed, requireDestructible } from '../../../domain/key-destruction.ts';
import { type TenantRef, tenantId } from '../../../domain/tenant.ts';
import type { KeyState } from '../../../ports.ts';
import { backups, erasures, gaps, markers, restores, tenants } from '../../catalog/catalog-index.ts';
import { segments } from '../../catalog/log-items.ts';
import { type DestructionDeps, placesOf } from './destruction-deps.ts';
import { countRecords, listCopies, logShare } from './stored-copies.ts';

/**
 * InputError `not-a-tenant`, `bad-countdown`; StorageError `key-destroyed`; ConflictError `under-hold`; and what reading the
 * database throws, where there is one.
 */
export async function planDestruction(
  deps: DestructionDeps,
  tenant: TenantRef,
  { days = COUNTDOWN_DAYS.default }: { days?: number } = {},
): Promise<DestructionPlan> {
  requireDestructible(tenant);
  countdownEnd(deps.clock.now(), days);
  await deps.requireNoHold(tenant);
  const key = await deps.keyring.destructionState(tenant);
  if (key.state === 'destroyed' || key.state === 'pending') throw keyDestroyed(tenant, key.deletionDate);
  const database = await inDatabase(deps, tenant);
  return {
    ...{ format: 'holdfast.destruction-plan/1', tenant, days, mode: key.mode, keys: [...key.keys] },
    copies: await listCopies(placesOf(deps), tenant),
    log: await logShare(deps, tenant),
    catalog: await countItems(deps, tenant),
    ...database,
    stays: await countRecords(deps, tenant),
    outside: await outsideCopies(deps, key, database.live),
  };
}

/** Null where there is no database, or the tenant's name is not known. */
async function inDatabase(
  deps: DestructionDeps,
  tenant: TenantRef,
): Promise<Pick<DestructionPlan, 'staging' | 'live'>> {
  const id = (await tenants.get(deps.catalog, tenant))?.tenantId;
  const { source } = deps;
  if (source === undefined || id === null || id === undefined) return { staging: null, live: null };
  // Functions on AWS that plan have no database: they do not load what reads one.
  const { copiesInDatabase } = await import('./copies-in-database.ts');
  return copiesInDatabase({ ...deps, source }, tenantId(id));
}

async function countItems({ catalog }: DestructionDeps, tenant: TenantRef): Promise<Record<string, number>> {
  const own = (await gaps.list(catalog, tenant)).filter(gap => gap.tenant === tenant);
  return {
    backups: (await backups.list(catalog, tenant)).length,
    segments: (await segments.list(catalog, tenant)).length,
    markers: (await markers.list(catalog, tenant)).length,
    gaps: own.length,
    restores: (await restores.list(catalog, tenant)).length,
    erasures: (await erasures.list(catalog, tenant)).length,
  };
}

async function outsideCopies(
  { clusterBackups }: DestructionDeps,
  { mode }: KeyState,
  live: DestructionPlan['live'],
): Promise<OutsideCopy[]> {
  const rows = live?.reduce((sum, table) => sum + table.rows, 0);
  const cluster = await clusterBackups?.list();
  return [
    {
      what: rows === undefined ? 'Rows of the tenant in the database' : `${rows} rows of the tenant in the database`,
      ends: rows === 0 ? 'none are left' : 'when the application deletes them',
    },
    ...(cluster ?? [
      { what: "The database's own backups, snapshots and read replicas", ends: 'unknown: ask your DBA' },
    ]),
    ...KEY_COPIES[mode],
    { what: 'Exports and side-by-side restores that people made of it', ends: 'unknown: ask who made them' },
  ];
}

/** Where copies of the key itself can be. */
const KEY_COPIES: Readonly<Record<KeyState['mode'], readonly OutsideCopy[]>> = {
  file: [{ what: 'Copies that you made of the keys directory', ends: 'when you delete them' }],
  dedicated: [],
  pooled: [
    {
      what: "Holdfast's copies of the table of branch keys in the vault",
      ends: 'when their lifecycle rule removes them',
    },
    { what: 'Point-in-time recovery of the table of branch keys', ends: '35 days after the keys were deleted' },
  ],
};
