/**
 * Evidence bundles that were made, newest first, and the files of those that are kept beside their signed manifest, sealed
 * under the auditors' key. Invariant: a file is given only as the manifest names it by its digest.
 */
import { sha256Hex } from '../../../codec/digest.ts';
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import { EvidenceManifest } from '../../../domain/evidence/bundle.ts';
import {
  evidenceFileKey,
  evidencePlaceOf,
  governanceKey,
  governanceKindPrefix,
} from '../../../domain/governance-key.ts';
import { AUDITORS, type TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { ensureAuditorsKey } from '../../storage/auditors-key.ts';
import { altered, putSealed, readSealed } from '../../storage/sealed-document.ts';
import { openSigned, readSigned, SignedDocument } from '../../storage/signed-document.ts';
import { MANIFEST_FILE } from '../../storage/signed-files.ts';
import { SIGN_OFF_FILE } from './evidence-bundle.ts';

export interface KeptBundle {
  readonly id: string;
  readonly manifest: EvidenceManifest;
  /** Its files can be read; otherwise whoever made it has them. */
  readonly isKept: boolean;
}

type KeptDeps = Pick<Deps, 'vault' | 'signer' | 'keyring'>;
const DAY_MS = 24 * 3600 * 1000;

/** The id. `files`: as `makeBundleFiles` made them. Idempotent. */
export async function keepBundle(
  deps: KeptDeps & Pick<Deps, 'clock' | 'memory'>,
  files: ReadonlyMap<string, Uint8Array>,
  lockDays: number,
): Promise<string> {
  const { document } = SignedDocument.parse(JSON.parse(Buffer.from(files.get(MANIFEST_FILE)!).toString('utf8')));
  const { key } = EvidenceManifest.parse(JSON.parse(document));
  const { tenant, id } = evidencePlaceOf(key)!;
  const retainUntil = new Date(deps.clock.now().getTime() + lockDays * DAY_MS);
  await ensureAuditorsKey(deps);
  for (const [name, bytes] of files)
    if (name !== MANIFEST_FILE)
      await putSealed(deps, AUDITORS, evidenceFileKey(tenant, id, name), bytes, { retainUntil }).catch(ignoreExisting);
  return id;
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof HoldfastError && error.code === 'object-exists')) throw error;
}

/** Newest first. IntegrityError `object-altered`. */
export async function listBundles(deps: KeptDeps): Promise<KeptBundle[]> {
  const places = new Map<string, { tenant: TenantRef; isKept: boolean }>();
  for await (const key of deps.vault.keys(governanceKindPrefix('evidence'))) {
    const place = evidencePlaceOf(key);
    if (place === undefined) continue;
    const { id, tenant, file } = place;
    places.set(id, { tenant, isKept: file !== undefined || (places.get(id)?.isKept ?? false) });
  }
  const found: KeptBundle[] = [];
  for (const [id, { tenant, isKept }] of places)
    found.push({
      id,
      isKept,
      manifest: await readSigned(deps, governanceKey('evidence', tenant, id), EvidenceManifest),
    });
  return found.sort((a, b) => (a.manifest.at < b.manifest.at ? 1 : -1));
}

/**
 * All files, by name, as a reviewer gets them. InputError `unknown-evidence`, also where the files are not kept; IntegrityError
 * `object-altered`.
 */
export async function bundleFiles(deps: KeptDeps, id: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const place = await placeOfBundle(deps, id);
  if (place === undefined) throw unknownEvidence();
  const key = governanceKey('evidence', place, id);
  const signed = await deps.vault.get(key);
  const text = Buffer.from(signed).toString('utf8');
  const { value: manifest } = await openSigned(deps.signer, { key, place: key, text }, EvidenceManifest);
  const files = new Map<string, Uint8Array>();
  for (const { name, sha256 } of manifest.files) {
    const fileKey = evidenceFileKey(place, id, name);
    const bytes = await readSealed(deps, AUDITORS, fileKey);
    if (sha256Hex(bytes) !== sha256) throw altered(fileKey, undefined);
    files.set(name, bytes);
  }
  files.set(MANIFEST_FILE, signed);
  return files.set(SIGN_OFF_FILE, await readSealed(deps, AUDITORS, evidenceFileKey(place, id, SIGN_OFF_FILE)));
}

/** Of a bundle whose files are kept. */
async function placeOfBundle({ vault }: Pick<Deps, 'vault'>, id: string): Promise<TenantRef | undefined> {
  for await (const key of vault.keys(governanceKindPrefix('evidence'))) {
    const place = evidencePlaceOf(key);
    if (place?.id === id && place.file === SIGN_OFF_FILE) return place.tenant;
  }
  return undefined;
}

function unknownEvidence(): InputError {
  return new InputError('unknown-evidence', 'No files of such a bundle are kept.', {
    hint: 'A bundle of the command line is where it was written. Make it again for the same range to keep its files.',
  });
}
