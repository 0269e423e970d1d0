/** The archives of tenants with the end of their retention, and all of one tenant read back. */
import { archiveEnd } from '../../domain/archive.ts';
import { InputError } from '../../domain/errors.ts';
import type { RetentionPolicy } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { type ArchiveItem, archives } from '../catalog/catalog-index.ts';
import { verifyArchive } from './read-archive.ts';

export interface ListedArchive extends ArchiveItem {
  readonly tenant: TenantRef;
  /** ISO 8601 UTC: kept until then by the retention that is configured. */
  readonly until: string;
}

/** Tenant by tenant, the oldest first. */
export async function listArchives(
  { catalog }: Pick<Deps, 'catalog'>,
  refs: readonly TenantRef[],
  retentionOf: (tenant: TenantRef) => RetentionPolicy,
): Promise<ListedArchive[]> {
  const found: ListedArchive[] = [];
  for (const tenant of refs)
    for (const item of await archives.list(catalog, tenant))
      found.push({ ...item, tenant, until: archiveEnd(item, retentionOf(tenant)).toISOString() });
  return found;
}

/** All of the tenant, or one: their ids. InputError `unknown-backup`; IntegrityError, StorageError as verifyArchive(). */
export async function verifyArchives(
  deps: Parameters<typeof verifyArchive>[0] & Pick<Deps, 'catalog'>,
  tenant: TenantRef,
  id?: string,
): Promise<string[]> {
  const listed = (await archives.list(deps.catalog, tenant)).filter(item => id === undefined || item.id === id);
  if (listed.length === 0)
    throw new InputError('unknown-backup', 'The tenant has no such archive.', {
      hint: '`holdfast archive list TENANT` lists them.',
    });
  for (const item of listed) await verifyArchive(deps, tenant, item);
  return listed.map(item => item.id);
}
