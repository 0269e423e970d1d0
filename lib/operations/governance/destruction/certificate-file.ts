/**
 * The certificate of a tenant's last destruction as the file that outsiders verify, with the public key that it is signed with.
 * Invariant: the text is the stored one, byte for byte, and was verified before it is given.
 */
import type { DestructionAppendix, DestructionCertificate } from '../../../domain/destruction.ts';
import { destructionKey } from '../../../domain/governance-key.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { destructionsOf } from '../../storage/destruction-documents.ts';
import { SignedDocument } from '../../storage/signed-document.ts';

export interface CertificateFile {
  readonly certificate: DestructionCertificate;
  /** Null: objects are left. */
  readonly appendix: DestructionAppendix | null;
  /** Of the certificate in the vault. */
  readonly key: string;
  /** As it is stored: what `holdfast destroy verify` reads. */
  readonly file: string;
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
}

/** Null where nothing is certified. IntegrityError `object-altered`; StorageError `no-signing-key`. */
export async function certificateFile(
  { vault, signer }: Pick<Deps, 'vault' | 'signer'>,
  tenant: TenantRef,
): Promise<CertificateFile | null> {
  const last = (await destructionsOf({ vault, signer }, tenant)).findLast(each => each.certificate !== undefined);
  if (last?.certificate === undefined) return null;
  const key = destructionKey(tenant, last.number, 'certificate');
  const file = Buffer.from(await vault.get(key)).toString('utf8');
  const { keyId } = SignedDocument.parse(JSON.parse(file)).signature;
  const publicKey = await signer.publicKey(keyId);
  return { certificate: last.certificate, appendix: last.appendix ?? null, key, file, keyId, publicKey };
}
