/**
 * When each tenant's newest snapshot was committed, in one partition, so that a run over a large fleet reads it in pages
 * and not tenant by tenant. Written with the backup's own item, and only where runs ask for it. A rebuilt catalog has none:
 * then every tenant is due.
 */
import * as z from 'zod';
import { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';

const PARTITION = 'newest-snapshots';
const NewestSnapshot = z.object({ ref: TenantRef, at: z.iso.datetime() });

export function noteNewestSnapshot(ref: TenantRef, at: Date): CatalogWrite {
  return { put: { partition: PARTITION, sort: ref, value: { ref, at: at.toISOString() } } };
}

/** In milliseconds since 1970. A damaged item is none: the tenant is due, and its next snapshot writes it again. */
export async function newestSnapshots(catalog: Catalog): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { value } of catalog.query(PARTITION)) {
    const { success, data } = NewestSnapshot.safeParse(value);
    if (success) found.set(data.ref, Date.parse(data.at));
  }
  return found;
}
