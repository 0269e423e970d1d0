/**
 * Verifies a bundle with nothing but its files and the public key: the signature of the manifest, the digest of every file
 * that it lists, and that the sign-off is about it. examples/verify-evidence.mjs does the same without this program.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sha256Hex } from '../../../codec/digest.ts';
import { InputError } from '../../../domain/errors.ts';
import { EvidenceBundle, EvidenceManifest, EvidenceSignOff } from '../../../domain/evidence/bundle.ts';
import { SignedDocument } from '../../storage/signed-document.ts';
import { MANIFEST_FILE, SIGN_OFF_FILE } from './evidence-bundle.ts';

export interface EvidenceVerification {
  readonly ok: boolean;
  /** Id of the key that the manifest says it is signed with; null: it says none. */
  readonly keyId: string | null;
  readonly framework: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly files: readonly { readonly name: string; readonly ok: boolean }[];
  /** One sentence each. */
  readonly problems: readonly string[];
}

/** `files`: those of the folder, by name. `pem`: the public key. InputError `bad-public-key`. */
export function verifyEvidence(files: ReadonlyMap<string, Uint8Array>, pem: string): EvidenceVerification {
  const key = publicKeyOf(pem);
  const signed = SignedDocument.safeParse(json(files.get(MANIFEST_FILE))).data;
  const manifest = signed && EvidenceManifest.safeParse(json(Buffer.from(signed.document))).data;
  if (!signed || !manifest) return failed(`${MANIFEST_FILE} is missing, or is no manifest of evidence.`);
  const text = Buffer.from(`${manifest.key}\n${signed.document}`);
  const isSigned = verify('sha256', text, { key, dsaEncoding: 'der' }, Buffer.from(signed.signature.value, 'base64'));
  const checked = manifest.files.map(({ name, sha256 }) => {
    const bytes = files.get(name);
    return { name, ok: bytes !== undefined && sha256Hex(bytes) === sha256 };
  });
  const known = new Set([...manifest.files.map(file => file.name), MANIFEST_FILE, SIGN_OFF_FILE]);
  const problems = [
    ...(isSigned ? [] : ['The manifest is not signed with this key.']),
    ...checked.filter(file => !file.ok).map(({ name }) => `${name} is missing, or is not the file that was signed.`),
    ...[...files.keys()].filter(name => !known.has(name)).map(name => `${name} is not part of the bundle.`),
    ...bundleProblems(files, manifest),
    ...signOffProblems(files),
  ];
  const { framework, from, to } = manifest;
  return { ok: problems.length === 0, keyId: signed.signature.keyId, framework, from, to, files: checked, problems };
}

function bundleProblems(files: ReadonlyMap<string, Uint8Array>, { framework, from, to }: EvidenceManifest): string[] {
  const bundle = EvidenceBundle.safeParse(json(files.get('bundle.json'))).data;
  const isSame = bundle?.framework === framework && bundle.from === from && bundle.to === to;
  return isSame ? [] : ['bundle.json is not of the framework and the range that the manifest names.'];
}

/** It is not signed: a reviewer fills it in. */
function signOffProblems(files: ReadonlyMap<string, Uint8Array>): string[] {
  const bytes = files.get(SIGN_OFF_FILE);
  if (bytes === undefined) return [];
  const signOff = EvidenceSignOff.safeParse(json(bytes)).data;
  if (signOff === undefined) return [`${SIGN_OFF_FILE} does not have the shape of a sign-off.`];
  const manifest = sha256Hex(files.get(MANIFEST_FILE)!);
  return signOff.manifest === manifest ? [] : [`${SIGN_OFF_FILE} is about another bundle.`];
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

function json(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function failed(problem: string): EvidenceVerification {
  return { ok: false, keyId: null, framework: null, from: null, to: null, files: [], problems: [problem] };
}
