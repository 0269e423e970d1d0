/**
 * The files of a report: report.json as it is signed in the vault, index.html for people, and manifest.json with the
 * digests of both, signed. Verified with nothing but the files and the public key.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { reportFileKeys } from '../../domain/governance-key.ts';
import { Report, ReportManifest } from '../../domain/report/report.ts';
import { reportPage } from '../../domain/report/report-page.ts';
import type { Deps } from '../../ports.ts';
import { openSigned, signText } from '../storage/signed-document.ts';
import { checkSignedFiles, MANIFEST_FILE, parsedJson } from '../storage/signed-files.ts';
import type { KeptReport } from './kept-reports.ts';

const REPORT_FILE = 'report.json';

/**
 * The same, kept beside the report, so that whoever may read and not sign has them. They are made and kept where they are
 * missing: the page first, which the manifest names by its digest. IntegrityError `object-altered`.
 */
export async function keptReportFiles(
  deps: Pick<Deps, 'vault' | 'signer'>,
  kept: KeptReport,
  retainUntil: Date,
): Promise<ReadonlyMap<string, Buffer>> {
  const keys = reportFileKeys(kept.key);
  const page = (await storedFile(deps, keys.page)) ?? Buffer.from(reportPage(kept.report));
  const signed = await storedFile(deps, keys.manifest);
  if (signed !== undefined) return checkedFiles(deps, kept, page, signed);
  const files = await makeReportFiles(deps, kept, page);
  if (!(await deps.vault.head(keys.page))) await deps.vault.put(keys.page, page, { retainUntil });
  await deps.vault.put(keys.manifest, files.get(MANIFEST_FILE)!, { retainUntil });
  return files;
}

async function storedFile({ vault }: Pick<Deps, 'vault'>, key: string) {
  return (await vault.head(key)) ? Buffer.from(await vault.get(key)) : undefined;
}

async function checkedFiles({ signer }: Pick<Deps, 'signer'>, { key, text }: KeptReport, page: Buffer, signed: Buffer) {
  const { page: pageKey, manifest } = reportFileKeys(key);
  const stored = { key: manifest, place: key, text: signed.toString('utf8') };
  const { value } = await openSigned(signer, stored, ReportManifest);
  const files = filesOf(text, page);
  const digests = new Map(value.files.map(({ name, sha256 }) => [name, sha256]));
  for (const [name, bytes] of files) {
    if (digests.get(name) === sha256Hex(bytes)) continue;
    throw new IntegrityError('object-altered', `${pageKey} is not the page that was signed with its report.`, {
      hint: 'Find out who changed it. The report itself is verified: `--direct` makes its page again.',
    });
  }
  return new Map([...files, [MANIFEST_FILE, signed]]);
}

/** By name of the file. */
export async function makeReportFiles(
  { signer }: Pick<Deps, 'signer'>,
  { key, report, text }: KeptReport,
  page = Buffer.from(reportPage(report)),
): Promise<ReadonlyMap<string, Buffer>> {
  const files = filesOf(text, page);
  const { kind, from, to, at } = report;
  const manifest: ReportManifest = {
    ...{ format: 'holdfast.report-manifest/1', key, kind, from, to, at },
    files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.byteLength, sha256: sha256Hex(bytes) })),
  };
  return new Map([...files, [MANIFEST_FILE, Buffer.from(await signText(signer, key, JSON.stringify(manifest)))]]);
}

function filesOf(text: string, page: Buffer): ReadonlyMap<string, Buffer> {
  return new Map([
    [REPORT_FILE, Buffer.from(text)],
    ['index.html', page],
  ]);
}

export interface ReportVerification {
  readonly ok: boolean;
  readonly keyId: string | null;
  readonly kind: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly files: readonly { readonly name: string; readonly ok: boolean }[];
  /** One sentence each. */
  readonly problems: readonly string[];
}

/** `files`: those of the folder, by name. `pem`: the public key. InputError `bad-public-key`. */
export function verifyReport(files: ReadonlyMap<string, Uint8Array>, pem: string): ReportVerification {
  const { manifest, keyId, files: checked, problems: found } = checkSignedFiles(files, pem, ReportManifest);
  if (!manifest) return { ok: false, keyId, kind: null, from: null, to: null, files: checked, problems: found };
  const { kind, from, to } = manifest;
  const report = Report.safeParse(parsedJson(files.get(REPORT_FILE))).data;
  const isSame = report?.kind === kind && report.from === from && report.to === to;
  const problems = [...found, ...(isSame ? [] : [`${REPORT_FILE} is not the report that the manifest names.`])];
  return { ok: problems.length === 0, keyId, kind, from, to, files: checked, problems };
}
