/**
 * The files of a bundle: bundle.json for programs, index.html for people, manifest.json with the digests of both, signed,
 * and sign-off.json for the reviewer to fill in. The manifest is also kept in the vault.
 *
 * Invariants: a bundle of the same content has the same files, its signature included, since the kept manifest is used
 * again; everything but the sign-off is covered by the signature.
 */
import { sha256Hex } from '../../../codec/digest.ts';
import { type EvidenceBundle, EvidenceManifest, type EvidenceSignOff } from '../../../domain/evidence/bundle.ts';
import { evidencePage } from '../../../domain/evidence/evidence-page.ts';
import { governanceKey } from '../../../domain/governance-key.ts';
import { SYSTEM } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { openSigned, signText } from '../../storage/signed-document.ts';
import { MANIFEST_FILE } from '../../storage/signed-files.ts';

export const SIGN_OFF_FILE = 'sign-off.json';

const DAY_MS = 24 * 3600 * 1000;

type BundleDeps = Pick<Deps, 'vault' | 'signer' | 'clock'>;

/** By name of the file. `lockDays`: of the manifest in the vault. IntegrityError `object-altered`. */
export async function makeBundleFiles(
  deps: BundleDeps,
  bundle: EvidenceBundle,
  lockDays: number,
): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map([
    ['bundle.json', Buffer.from(`${JSON.stringify(bundle, null, 2)}\n`)],
    ['index.html', Buffer.from(evidencePage(bundle))],
  ]);
  const listed = [...files].map(([name, bytes]) => ({ name, bytes: bytes.byteLength, sha256: sha256Hex(bytes) }));
  const { framework, from, to, at, tenant } = bundle;
  const id = sha256Hex(Buffer.from(listed.map(file => file.sha256).join('\n'))).slice(0, 32);
  const manifest: EvidenceManifest = {
    ...{ format: 'holdfast.evidence-manifest/1', key: governanceKey('evidence', tenant ?? SYSTEM, id) },
    ...{ framework, from, to, at, tenant, files: listed },
  };
  const signed = await keptManifest(deps, manifest, lockDays);
  return new Map([
    ...files,
    [MANIFEST_FILE, signed],
    [SIGN_OFF_FILE, Buffer.from(`${JSON.stringify(emptySignOff(bundle, signed), null, 2)}\n`)],
  ]);
}

async function keptManifest({ vault, signer, clock }: BundleDeps, manifest: EvidenceManifest, lockDays: number) {
  const { key } = manifest;
  if (await vault.head(key)) {
    const kept = Buffer.from(await vault.get(key));
    await openSigned(signer, { key, place: key, text: kept.toString('utf8') }, EvidenceManifest);
    return kept;
  }
  const signed = Buffer.from(await signText(signer, key, JSON.stringify(manifest)));
  await vault.put(key, signed, { retainUntil: new Date(clock.now().getTime() + lockDays * DAY_MS) });
  return signed;
}

function emptySignOff({ controls }: EvidenceBundle, manifest: Buffer): EvidenceSignOff {
  return {
    ...{ format: 'holdfast.evidence-sign-off/1', manifest: sha256Hex(manifest), reviewer: null, reviewedAt: null },
    controls: controls.map(({ id, questions }) => ({
      ...{ id, conclusion: null, answers: questions.map(question => ({ question, answer: null })) },
      correctiveAction: { action: null, owner: null, due: null, done: null },
    })),
  };
}
