/**
 * The files of a report: report.json as it is signed in the vault, index.html for people, and manifest.json with the
 * digests of both, signed. Verified with nothing but the files and the public key.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { Report, ReportManifest } from '../../domain/report/report.ts';
import { reportPage } from '../../domain/report/report-page.ts';
import type { Deps } from '../../ports.ts';
import { signText } from '../storage/signed-document.ts';
import { checkSignedFiles, MANIFEST_FILE, parsedJson } from '../storage/signed-files.ts';
import type { KeptReport } from './kept-reports.ts';

const REPORT_FILE = 'report.json';

/** By name of the file. */
export async function makeReportFiles(
  { signer }: Pick<Deps, 'signer'>,
  { key, report, text }: KeptReport,
): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map([
    [REPORT_FILE, Buffer.from(text)],
    ['index.html', Buffer.from(reportPage(report))],
  ]);
  const { kind, from, to, at } = report;
  const manifest: ReportManifest = {
    ...{ format: 'holdfast.report-manifest/1', key, kind, from, to, at },
    files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.byteLength, sha256: sha256Hex(bytes) })),
  };
  return new Map([...files, [MANIFEST_FILE, Buffer.from(await signText(signer, key, JSON.stringify(manifest)))]]);
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
