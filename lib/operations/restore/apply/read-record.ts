/**
 * What the catalog and the signed records say of a tenant's restores. Apart from the work, so that whoever only reads them
 * needs no database for it.
 */
import { RestoreItem, RestoreRecord } from '../../../domain/restore-record.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { restores } from '../../catalog/catalog-index.ts';
import { catalogDiffers } from '../../catalog/signed-items.ts';
import type { Context } from '../../context.ts';
import { readManifest } from '../../storage/manifest-store.ts';

/** The tenant's restores, oldest first. */
export async function listRestores(ctx: Pick<Context, 'catalog'>, ref: TenantRef): Promise<RestoreItem[]> {
  return (await restores.list(ctx.catalog, ref)).map(value => RestoreItem.parse(value));
}

/**
 * The signed record of a restore in the catalog; undefined where it has none yet. IntegrityError: it does not verify, or is
 * that of another restore; KeyError where its tenant's key is destroyed.
 */
export async function recordedRestore(
  deps: Pick<Context, 'vault' | 'keyring' | 'signer'>,
  tenant: TenantRef,
  { id, key, sha256 }: Pick<RestoreItem, 'id' | 'key' | 'sha256'>,
): Promise<RestoreRecord | undefined> {
  if (key === undefined) return undefined;
  const expect = { tenant, kind: 'restore-record', ...(sha256 !== undefined && { sha256 }) } as const;
  const { body } = await readManifest(deps, key, RestoreRecord, expect);
  if (body.id !== id) throw catalogDiffers(key, 'id');
  return body;
}
