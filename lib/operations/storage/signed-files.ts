/**
 * A folder of files that a signed manifest lists by digest: evidence bundles and reports. Verified with nothing but the
 * files and the public key. Invariant: a file that the manifest does not list is a problem, unless it is for people to fill in.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type * as z from 'zod';
import { sha256Hex } from '../../codec/digest.ts';
import { InputError } from '../../domain/errors.ts';
import { SignedDocument } from './signed-document.ts';

export const MANIFEST_FILE = 'manifest.json';

/** What every such manifest says. */
interface FilesManifest {
  /** The place for which it is signed. */
  readonly key: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

export interface CheckedFiles<M extends FilesManifest> {
  /** Undefined: there is none of the schema. */
  readonly manifest: M | undefined;
  /** Id of the key that the manifest says it is signed with. */
  readonly keyId: string | null;
  readonly files: readonly { readonly name: string; readonly ok: boolean }[];
  /** One sentence each. */
  readonly problems: readonly string[];
}

/**
 * `files`: those of the folder, by name. `pem`: the public key. `unsigned`: names of files that are not signed. InputError
 * `bad-public-key`.
 */
export function checkSignedFiles<M extends FilesManifest>(
  files: ReadonlyMap<string, Uint8Array>,
  pem: string,
  schema: z.ZodType<M>,
  unsigned: readonly string[] = [],
): CheckedFiles<M> {
  const key = publicKeyOf(pem);
  const signed = SignedDocument.safeParse(parsedJson(files.get(MANIFEST_FILE))).data;
  const manifest = signed && schema.safeParse(parsedJson(Buffer.from(signed.document))).data;
  if (!signed || !manifest) {
    const problem = `${MANIFEST_FILE} is missing, or is not the manifest that it should be.`;
    return { manifest: undefined, keyId: null, files: [], problems: [problem] };
  }
  const text = Buffer.from(`${manifest.key}\n${signed.document}`);
  const isSigned = verify('sha256', text, { key, dsaEncoding: 'der' }, Buffer.from(signed.signature.value, 'base64'));
  const checked = manifest.files.map(({ name, sha256 }) => {
    const bytes = files.get(name);
    return { name, ok: bytes !== undefined && sha256Hex(bytes) === sha256 };
  });
  const known = new Set([...manifest.files.map(file => file.name), MANIFEST_FILE, ...unsigned]);
  const problems = [
    ...(isSigned ? [] : ['The manifest is not signed with this key.']),
    ...checked.filter(file => !file.ok).map(({ name }) => `${name} is missing, or is not the file that was signed.`),
    ...[...files.keys()].filter(name => !known.has(name)).map(name => `${name} is not part of the bundle.`),
  ];
  return { manifest, keyId: signed.signature.keyId, files: checked, problems };
}

/** Undefined for what is no JSON. */
export function parsedJson(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function publicKeyOf(pem: string): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ec') return key;
  } catch {
    // Reported below, without the file's content.
  }
  throw new InputError('bad-public-key', 'The file of the public key holds no public key of an elliptic curve.', {
    hint: 'Pass the PEM file of the signing key: `holdfast audit public-key` prints it.',
  });
}
