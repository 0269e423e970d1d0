/**
 * Verifies a bundle with nothing but its files and the public key: the signature of the manifest, the digest of every file
 * that it lists, and that the sign-off is about it. examples/verify-evidence.mjs does the same without this program.
 */
import { sha256Hex } from '../../../codec/digest.ts';
import { EvidenceBundle, EvidenceManifest, EvidenceSignOff } from '../../../domain/evidence/bundle.ts';
import { checkSignedFiles, MANIFEST_FILE, parsedJson } from '../../storage/signed-files.ts';
import { SIGN_OFF_FILE } from './evidence-bundle.ts';

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
  const {
    manifest,
    keyId,
    files: checked,
    problems: found,
  } = checkSignedFiles(files, pem, EvidenceManifest, [SIGN_OFF_FILE]);
  if (!manifest) return { ok: false, keyId, framework: null, from: null, to: null, files: checked, problems: found };
  const problems = [...found, ...bundleProblems(files, manifest), ...signOffProblems(files)];
  const { framework, from, to } = manifest;
  return { ok: problems.length === 0, keyId, framework, from, to, files: checked, problems };
}

function bundleProblems(files: ReadonlyMap<string, Uint8Array>, { framework, from, to }: EvidenceManifest): string[] {
  const bundle = EvidenceBundle.safeParse(parsedJson(files.get('bundle.json'))).data;
  const isSame = bundle?.framework === framework && bundle.from === from && bundle.to === to;
  return isSame ? [] : ['bundle.json is not of the framework and the range that the manifest names.'];
}

/** It is not signed: a reviewer fills it in. */
function signOffProblems(files: ReadonlyMap<string, Uint8Array>): string[] {
  const bytes = files.get(SIGN_OFF_FILE);
  if (bytes === undefined) return [];
  const signOff = EvidenceSignOff.safeParse(parsedJson(bytes)).data;
  if (signOff === undefined) return [`${SIGN_OFF_FILE} does not have the shape of a sign-off.`];
  const manifest = sha256Hex(files.get(MANIFEST_FILE)!);
  return signOff.manifest === manifest ? [] : [`${SIGN_OFF_FILE} is about another bundle.`];
}
