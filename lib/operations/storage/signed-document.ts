/**
 * Signed documents that are not sealed: they contain no row, and must be readable when no tenant's key is, or in a region
 * that has none. Reading verifies the signature over the exact text, and the schema.
 */
import * as z from 'zod';
import { IntegrityError } from '../../domain/errors.ts';
import type { Deps, PutOptions } from '../../ports.ts';

const SignedDocument = z.strictObject({
  document: z.string(),
  signature: z.strictObject({ keyId: z.string(), algorithm: z.literal('ECDSA_SHA_256'), value: z.base64() }),
});

type SignedDeps = Pick<Deps, 'vault' | 'signer'>;

/** Write-once, like the vault's `put`. */
export async function putSigned(deps: SignedDeps, key: string, value: unknown, options: PutOptions): Promise<void> {
  const document = JSON.stringify(value);
  const signature = await deps.signer.sign(signedText(key, document));
  const signed: z.infer<typeof SignedDocument> = {
    document,
    signature: {
      keyId: deps.signer.keyId,
      algorithm: 'ECDSA_SHA_256',
      value: Buffer.from(signature).toString('base64'),
    },
  };
  await deps.vault.put(key, Buffer.from(JSON.stringify(signed)), options);
}

/** IntegrityError `object-missing`, `object-altered`. */
export async function readSigned<S extends z.ZodType>(deps: SignedDeps, key: string, schema: S): Promise<z.infer<S>> {
  const text = Buffer.from(await deps.vault.get(key)).toString('utf8');
  const { data } = SignedDocument.safeParse(json(text));
  if (data === undefined) throw altered(key);
  const { keyId, value } = data.signature;
  const signed = await deps.signer.verify(signedText(key, data.document), Buffer.from(value, 'base64'), keyId);
  const parsed = schema.safeParse(json(data.document));
  if (!signed || !parsed.success) throw altered(key);
  return parsed.data;
}

/** With its key: a document that was copied to another place does not verify there. */
function signedText(key: string, document: string): Buffer {
  return Buffer.from(`${key}\n${document}`);
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
