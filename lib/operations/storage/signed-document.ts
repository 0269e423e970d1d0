/**
 * Signed documents that are not sealed: they contain no row, and must be readable when no tenant's key is, or in a region
 * that has none. Reading verifies the signature over the exact text, and the schema.
 */
import * as z from 'zod';
import { IntegrityError } from '../../domain/errors.ts';
import type { Deps, PutOptions, Signer, StoredObject, Vault } from '../../ports.ts';

export const SignedDocument = z.strictObject({
  document: z.string(),
  signature: z.strictObject({ keyId: z.string(), algorithm: z.literal('ECDSA_SHA_256'), value: z.base64() }),
});
/** The exact text that was signed, and its signature. */
export type SignedDocument = z.infer<typeof SignedDocument>;

type SignedDeps = Pick<Deps, 'signer'> & { readonly vault: Pick<Vault, 'put' | 'get'> };

/** Write-once, like the vault's `put`. */
export async function putSigned(
  deps: SignedDeps,
  key: string,
  value: unknown,
  options: PutOptions,
): Promise<StoredObject> {
  return deps.vault.put(key, Buffer.from(await signText(deps.signer, key, JSON.stringify(value))), options);
}

/** IntegrityError `object-missing`, `object-altered`. */
export async function readSigned<S extends z.ZodType>(deps: SignedDeps, key: string, schema: S): Promise<z.infer<S>> {
  const text = Buffer.from(await deps.vault.get(key)).toString('utf8');
  return (await openSigned(deps.signer, { key, place: key, text }, schema)).value;
}

/** The stored text of a document that is valid only at `place`. */
export async function signText(signer: Signer, place: string, document: string): Promise<string> {
  const signature = await signer.sign(signedText(place, document));
  const signed: SignedDocument = {
    document,
    signature: { keyId: signer.keyId, algorithm: 'ECDSA_SHA_256', value: Buffer.from(signature).toString('base64') },
  };
  return JSON.stringify(signed);
}

/** Verifies what `signText` made. `key`: of the object, for the error. IntegrityError `object-altered`. */
export async function openSigned<S extends z.ZodType>(
  signer: Signer,
  stored: { readonly key: string; readonly place: string; readonly text: string },
  schema: S,
): Promise<{ value: z.infer<S>; signed: SignedDocument }> {
  const { data } = SignedDocument.safeParse(json(stored.text));
  if (data === undefined) throw altered(stored.key);
  const { keyId, value } = data.signature;
  const text = signedText(stored.place, data.document);
  const isSigned = await signer.verify(text, Buffer.from(value, 'base64'), keyId);
  const parsed = schema.safeParse(json(data.document));
  if (!isSigned || !parsed.success) throw altered(stored.key);
  return { value: parsed.data, signed: data };
}

/** With its place: a document that was copied to another place does not verify there. */
function signedText(place: string, document: string): Buffer {
  return Buffer.from(`${place}\n${document}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function altered(key: string): IntegrityError {
  return new IntegrityError('object-altered', `The object ${key} is not a document that this installation signed.`, {
    hint: 'Nothing was done with it. Find out who wrote it: CloudTrail data events name the caller, if the account records them for the vault.',
    details: { key },
  });
}
