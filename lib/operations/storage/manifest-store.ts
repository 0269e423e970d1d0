/**
 * Writing and reading signed manifests. Reading verifies everything that can be verified without other objects: the
 * signature over the header, the digest of the sealed body, the owner that sealed it, and the schema of both. The
 * result is trusted to be what this installation wrote at that key.
 */
import type * as z from 'zod';
import { sha256Hex } from '../../codec/digest.ts';
import { HoldfastError, IntegrityError, StorageError } from '../../domain/errors.ts';
import { ManifestFile, ManifestHeader } from '../../domain/manifest.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { openText, sealText } from './sealed-document.ts';

/** A manifest is written once and read by every plan. */
const BODY_LEVEL = 3;

/** Kinds whose chunks are in pages. */
const PAGED: ReadonlySet<ManifestHeader['kind']> = new Set(['snapshot', 'cluster-read']);

type StoreDeps = Pick<Deps, 'vault' | 'keyring' | 'signer'>;

export interface StoredManifest {
  readonly key: string;
  /** Digest of the stored file, which the next manifest of the chain names. */
  readonly sha256: string;
  readonly header: ManifestHeader;
}

/** Seals the body, signs the header and stores both. Resolves when the manifest is durable. */
export async function writeManifest(
  deps: StoreDeps,
  key: string,
  header: Omit<z.input<typeof ManifestHeader> & { tenant: TenantRef }, 'format' | 'bodySha256' | 'writer'>,
  body: unknown,
  options: { retainUntil: Date; hold?: boolean },
): Promise<StoredManifest> {
  const sealed = await sealText(deps.keyring, header.tenant, JSON.stringify(body), BODY_LEVEL);
  const full = ManifestHeader.parse({
    format: PAGED.has(header.kind) ? 'holdfast.manifest/2' : 'holdfast.manifest/1',
    ...header,
    bodySha256: sha256Hex(sealed),
    writer: 'holdfast/0.1',
  });
  const headerText = JSON.stringify(full);
  const signature = await deps.signer.sign(Buffer.from(headerText));
  const file: ManifestFile = {
    header: headerText,
    body: Buffer.from(sealed).toString('base64'),
    signature: {
      keyId: deps.signer.keyId,
      algorithm: 'ECDSA_SHA_256',
      value: Buffer.from(signature).toString('base64'),
    },
  };
  const bytes = Buffer.from(JSON.stringify(file));
  await deps.vault.put(key, bytes, options);
  return { key, sha256: sha256Hex(bytes), header: full };
}

/** Header only: signature checked, body not opened. Works after the owner's key was destroyed. */
export async function readHeader(
  deps: Pick<Deps, 'vault' | 'signer'>,
  key: string,
  sha256?: string,
): Promise<StoredManifest & { file: ManifestFile }> {
  const bytes = await deps.vault.get(key);
  const digest = sha256Hex(bytes);
  if (sha256 !== undefined && digest !== sha256)
    throw bad(key, 'is not the manifest that its successor or the catalog names', undefined, OTHER_HINT);
  const file = parseJson(ManifestFile, Buffer.from(bytes).toString('utf8'), key);
  const signed = await deps.signer.verify(
    Buffer.from(file.header),
    fromBase64(file.signature.value, key),
    file.signature.keyId,
  );
  if (!signed && (await deps.signer.knows?.(file.signature.keyId)) === false)
    throw bad(key, 'is signed with a key that this installation does not have', undefined, SIGNER_HINT);
  if (!signed) throw bad(key, 'does not carry a valid signature of this installation');
  const header = parseJson(ManifestHeader, file.header, key);
  if (sha256Hex(fromBase64(file.body, key)) !== header.bodySha256)
    throw bad(key, 'has a body that does not match its signed header');
  return { key, sha256: digest, header, file };
}

/**
 * The complete manifest, verified. `expect` guards against a valid manifest in the wrong place: owner, kind, and the
 * file digest where the caller knows it.
 */
export async function readManifest<S extends z.ZodType>(
  deps: StoreDeps,
  key: string,
  schema: S,
  expect: { tenant: TenantRef; kind: ManifestHeader['kind']; sha256?: string },
): Promise<StoredManifest & { body: z.infer<S> }> {
  const { file, ...stored } = await readHeader(deps, key, expect.sha256);
  if (stored.header.tenant !== expect.tenant || stored.header.kind !== expect.kind)
    throw bad(key, 'belongs to another owner or is of another kind');
  let text: string;
  try {
    text = await openText(deps.keyring, expect.tenant, fromBase64(file.body, key));
  } catch (cause) {
    if (cause instanceof HoldfastError && cause.code === 'cannot-open') throw wrongKey(key, expect.tenant, cause);
    if (cause instanceof HoldfastError) throw cause;
    throw bad(key, 'has a body that cannot be opened', cause);
  }
  return { ...stored, body: parseJson(schema, text, key) };
}

/** Strict: base64 has several spellings of the same bytes, and only the original one is accepted. */
function fromBase64(text: string, key: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw bad(key, 'is not readable as a manifest');
  return bytes;
}

function parseJson<S extends z.ZodType>(schema: S, text: string, key: string): z.infer<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(key, 'is not readable as a manifest');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw bad(key, 'does not have the shape of a manifest');
  return parsed.data;
}

const HINT =
  'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.';
const OTHER_HINT = `${HINT} If the catalog was edited or is an older copy, run \`holdfast catalog rebuild\`.`;

const SIGNER_HINT =
  'Nothing was written. If many manifests are refused this way, the keys directory does not belong to this vault: check `keys` in the configuration. If it is only this one, bring the object back from a replica.';

/** Its signature and digest are valid, so it is unaltered: the key is the wrong one. */
function wrongKey(key: string, tenant: TenantRef, cause: unknown): StorageError {
  return new StorageError('wrong-key', `The key of ${tenant} in the keyring is not the one that sealed ${key}.`, {
    hint: 'Nothing was written, and the vault is not damaged. Check `keys` in the configuration, or restore the keys from your copy.',
    cause,
    details: { object: key, owner: tenant },
  });
}

function bad(key: string, what: string, cause?: unknown, hint = HINT): IntegrityError {
  return new IntegrityError('manifest-invalid', `The manifest ${key} ${what}.`, {
    hint,
    cause,
    details: { object: key },
  });
}
