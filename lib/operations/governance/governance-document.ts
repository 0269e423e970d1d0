/**
 * Documents of governance: signed for their key in this installation, then sealed under the auditors' key, so that they
 * outlive the tenant's own. Write-once. Invariant: one that was altered, or copied from another key or installation, is
 * IntegrityError `object-altered`.
 */
import type * as z from 'zod';
import { retainUntil, type Settings } from '../../domain/settings.ts';
import { AUDITORS } from '../../domain/tenant.ts';
import type { Deps, StoredObject } from '../../ports.ts';
import { sealForAuditors } from '../storage/auditors-key.ts';
import { openObject, openText } from '../storage/sealed-document.ts';
import { openSigned, signText } from '../storage/signed-document.ts';

export type DocumentDeps = Pick<Deps, 'installation' | 'vault' | 'keyring' | 'signer'>;
type WriteDeps = DocumentDeps & Pick<Deps, 'clock'> & { readonly settings: Settings };

/** StorageError `object-exists` if the key has a document. */
export async function putGovernance(deps: WriteDeps, key: string, value: unknown): Promise<StoredObject> {
  const text = await signText(deps.signer, placeOf(deps, key), JSON.stringify(value));
  return deps.vault.put(key, await sealForAuditors(deps.keyring, text), {
    retainUntil: retainUntil(deps.settings, 'record', deps.clock.now()),
  });
}

/** IntegrityError `object-missing`, `object-altered`. */
export async function readGovernance<S extends z.ZodType>(
  deps: DocumentDeps,
  key: string,
  schema: S,
): Promise<z.infer<S>> {
  const bytes = await deps.vault.get(key);
  const text = await openObject(key, () => openText(deps.keyring, AUDITORS, bytes));
  return (await openSigned(deps.signer, { key, place: placeOf(deps, key), text }, schema)).value;
}

/** Undefined if there is none. IntegrityError `object-altered`. */
export async function findGovernance<S extends z.ZodType>(
  deps: DocumentDeps,
  key: string,
  schema: S,
): Promise<z.infer<S> | undefined> {
  return (await deps.vault.head(key)) && readGovernance(deps, key, schema);
}

function placeOf({ installation }: DocumentDeps, key: string): string {
  return `${installation}/${key}`;
}
