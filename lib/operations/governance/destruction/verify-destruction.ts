/**
 * Verifies a certificate of destruction as an outsider can: by its signature under a public key, and, with read access to a
 * vault, by what is stored there. Needs no key of the installation and no catalog.
 */
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import * as z from 'zod';
import { sha256Hex } from '../../../codec/digest.ts';
import { HEADER_BYTES, ownerOfMessage } from '../../../codec/message-owner.ts';
import { DestructionCertificate, type TriedObject } from '../../../domain/destruction.ts';
import { IntegrityError } from '../../../domain/errors.ts';
import { destructionKey } from '../../../domain/governance-key.ts';
import { ManifestFile } from '../../../domain/manifest.ts';
import type { Vault } from '../../../ports.ts';

const SignedFile = z.object({
  document: z.string(),
  signature: z.object({ keyId: z.string(), algorithm: z.literal('ECDSA_SHA_256'), value: z.base64() }),
});

export interface VerifiedDestruction {
  readonly certificate: DestructionCertificate;
  /** Of the objects that were tried: still there and as certified, and removed since. Absent without a vault. */
  readonly objects?: { readonly same: number; readonly removed: number };
}

/** `publicKey`: PEM. IntegrityError `certificate-invalid` with what is wrong. */
export async function verifyDestruction(
  file: Uint8Array,
  publicKey: string,
  vault?: Pick<Vault, 'get' | 'head'>,
): Promise<VerifiedDestruction> {
  const signed = parsed(SignedFile, Buffer.from(file).toString('utf8'), 'is not a signed document');
  const certificate = parsed(DestructionCertificate, signed.document, 'is not a certificate of destruction');
  const { tenant, number } = certificate;
  const place = destructionKey(tenant, number, 'certificate');
  if (!isSigned(`${place}\n${signed.document}`, signed.signature.value, publicKey))
    throw invalid('was not signed with this key, or was altered since');
  if (vault === undefined) return { certificate };
  if (!(await isStored(vault, place, sha256Hex(file)))) throw invalid('is not the one in the vault');
  if (!(await isStored(vault, destructionKey(tenant, number, 'order'), certificate.order)))
    throw invalid('names another order than the one in the vault');
  return { certificate, objects: await compareTried(vault, certificate) };
}

async function isStored(vault: Pick<Vault, 'get' | 'head'>, key: string, sha256: string): Promise<boolean> {
  return (await vault.head(key)) !== undefined && sha256Hex(await vault.get(key)) === sha256;
}

async function compareTried(vault: Pick<Vault, 'get' | 'head'>, { tenant, proof }: DestructionCertificate) {
  const found = { same: 0, removed: 0 };
  for (const tried of proof) {
    const stored = await vault.head(tried.key);
    // A part of a shared pack cannot be found again without the log's manifests.
    if (stored === undefined || tried.kind === 'log') {
      if (stored === undefined) found.removed += 1;
      continue;
    }
    const sealed = await sealedPart(vault, tried, stored.bytes);
    if (sha256Hex(sealed) !== tried.sha256) throw invalid(`was made of another object ${tried.key}`);
    if (ownerOfMessage(sealed) !== tenant) throw invalid(`names ${tried.key}, which is not sealed under the key`);
    found.same += 1;
  }
  return found;
}

async function sealedPart(vault: Pick<Vault, 'get'>, { key, kind }: TriedObject, bytes: number): Promise<Uint8Array> {
  if (!kind.startsWith('manifests/')) return vault.get(key, { offset: 0, length: Math.min(bytes, HEADER_BYTES) });
  const manifest = parsed(ManifestFile, Buffer.from(await vault.get(key)).toString('utf8'), `names ${key}`);
  return Buffer.from(manifest.body, 'base64');
}

function isSigned(text: string, value: string, publicKey: string): boolean {
  try {
    const key = { key: createPublicKey(publicKey), dsaEncoding: 'der' } as const;
    return verifySignature('sha256', Buffer.from(text), key, Buffer.from(value, 'base64'));
  } catch {
    return false;
  }
}

function parsed<S extends z.ZodType>(schema: S, text: string, what: string): z.infer<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw invalid(what);
  }
}

function invalid(what: string): IntegrityError {
  return new IntegrityError('certificate-invalid', `The certificate ${what}.`, {
    hint: 'Do not rely on it. The certificate in the vault is under governance/destructions/.',
  });
}
