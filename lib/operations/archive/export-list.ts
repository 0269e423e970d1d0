/**
 * The signed list of an export that waits in the vault: valid only at its key in its installation, sealed under the tenant's
 * key. Written last: where it is, every file is complete.
 */
import { exportPartKey } from '../../domain/object-key.ts';
import { ExportList } from '../../domain/sealed-export.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { altered, openObject, openText, sealText } from '../storage/sealed-document.ts';
import { openSigned, signText } from '../storage/signed-document.ts';

type ListDeps = Pick<Deps, 'installation' | 'vault' | 'keyring' | 'signer'>;

/** A list as it is stored. */
export interface StoredExport {
  readonly key: string;
  /** Of the stored object. */
  readonly sha256: string;
  readonly list: ExportList;
}

export async function putExportList(deps: ListDeps, list: ExportList, retainUntil: Date): Promise<StoredExport> {
  const key = exportPartKey(list.tenant, list.request, 'list');
  const text = await signText(deps.signer, placeOf(deps, key), JSON.stringify(list));
  const { sha256 } = await deps.vault.put(key, await sealText(deps.keyring, list.tenant, text), { retainUntil });
  return { key, sha256, list };
}

/** Undefined where there is none. IntegrityError `object-altered`; StorageError `key-destroyed`. */
export async function findExportList(
  deps: ListDeps,
  tenant: TenantRef,
  request: string,
): Promise<StoredExport | undefined> {
  const key = exportPartKey(tenant, request, 'list');
  const stored = await deps.vault.head(key);
  if (stored === undefined) return undefined;
  const sealed = await deps.vault.get(key);
  const text = await openObject(key, () => openText(deps.keyring, tenant, sealed));
  const { value: list } = await openSigned(deps.signer, { key, place: placeOf(deps, key), text }, ExportList);
  if (list.tenant !== tenant || list.request !== request) throw altered(key, undefined);
  return { key, sha256: stored.sha256, list };
}

function placeOf({ installation }: Pick<Deps, 'installation'>, key: string): string {
  return `${installation}/${key}`;
}
