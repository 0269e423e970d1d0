/**
 * The restores of every tenant, newest first: who, why, to which moment, how many rows, and whether it was proved. What the
 * catalog has, completed from the signed record where that can be opened.
 */
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import { isPartial, RestoreItem, type RestoreRecord } from '../../../domain/restore-record.ts';
import type { TenantId, TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { restores, tenants } from '../../catalog/catalog-index.ts';
import { eachTenant } from '../../catalog/each-tenant.ts';
import { inParallel } from '../../in-parallel.ts';
import { recordedRestore } from './read-record.ts';

export interface RestoreSummary {
  readonly id: string;
  readonly tenant: TenantRef;
  readonly tenantId: string | null;
  /** `committing`: whether its transaction committed is found out by the next restore of the tenant. */
  readonly state: 'committing' | 'done' | 'failed' | 'unknown';
  /** ISO UTC; null for one that only the change log knows. */
  readonly at: string | null;
  readonly place: string | null;
  /** As requested, and the position that it meant. */
  readonly asked: string | null;
  readonly target: string | null;
  readonly targetTime: string | null;
  readonly requestedBy: string | null;
  readonly approvedBy: readonly string[] | null;
  readonly reason: string | null;
  readonly totals: { readonly inserted: number; readonly updated: number; readonly deleted: number } | null;
  readonly partial: boolean;
  /** `same`: compared again after writing, nothing differed; `changed`: the application changed rows meanwhile. */
  readonly proof: 'same' | 'changed' | null;
}

type ReadDeps = Pick<Deps, 'catalog' | 'vault' | 'keyring' | 'signer' | 'progress'>;

export interface RestoresAsked {
  readonly tenant?: { readonly ref: TenantRef; readonly tenantId: TenantId } | undefined;
  readonly limit: number;
  /** Only those that were made before the one with this id. */
  readonly before?: string | undefined;
}

const AT_ONCE = 16;

/** InputError `unknown-tenant`; IntegrityError where a record does not verify. */
export async function allRestores(
  deps: ReadDeps,
  { tenant, limit, before }: RestoresAsked,
): Promise<{ restores: RestoreSummary[]; more: boolean }> {
  if (tenant && (await tenants.get(deps.catalog, tenant.ref)) === undefined) {
    throw new InputError('unknown-tenant', 'Nothing is stored for this tenant.', {
      hint: 'Check the tenant id; `holdfast status` lists the protected tenants.',
    });
  }
  const ask = async (ref: TenantRef, tenantId: string | null) =>
    (await restores.list(deps.catalog, ref)).map(value => ({ ref, tenantId, item: RestoreItem.parse(value) }));
  const known = tenant
    ? await ask(tenant.ref, tenant.tenantId)
    : (await eachTenant(deps, 'Looking for restores', each => ask(each.ref, each.tenantId))).flat();
  const found = known.filter(({ item }) => before === undefined || item.id < before);
  // Ids sort by the time when they were made.
  found.sort((a, b) => (a.item.id < b.item.id ? 1 : -1));
  const listed = await inParallel(AT_ONCE, found.slice(0, limit), ({ ref, tenantId, item }) =>
    summaryOf(deps, ref, tenantId, item),
  );
  return { restores: listed, more: found.length > limit };
}

async function summaryOf(
  deps: ReadDeps,
  tenant: TenantRef,
  tenantId: string | null,
  item: RestoreItem,
): Promise<RestoreSummary> {
  const record = await openedRecord(deps, tenant, item);
  return {
    ...{ id: item.id, tenant, tenantId, state: item.state ?? 'unknown', at: item.at ?? item.time ?? null },
    ...{ place: item.place ?? null, asked: record?.request.target ?? null, target: item.target ?? null },
    ...{ targetTime: record?.targetTime ?? null, requestedBy: item.requestedBy ?? null },
    ...{ approvedBy: record?.approvedBy ?? null, reason: record?.request.reason ?? null },
    totals: record?.totals ?? item.totals ?? null,
    partial: isPartial(record ?? { ...(item.excluded && { excluded: item.excluded }) }),
    proof: record === undefined ? null : Object.values(record.proof.left).some(rows => rows > 0) ? 'changed' : 'same',
  };
}

/** Undefined where there is none yet, or its tenant's key is destroyed. */
async function openedRecord(deps: ReadDeps, tenant: TenantRef, item: RestoreItem): Promise<RestoreRecord | undefined> {
  try {
    return await recordedRestore(deps, tenant, item);
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'key-destroyed' || error.code === 'no-key')) return undefined;
    throw error;
  }
}
