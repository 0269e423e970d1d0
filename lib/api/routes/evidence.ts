/** Evidence for audits: bundles that were made, with what they found, verified and downloaded; and making one. */
import * as z from 'zod';
import { TAR_END, tarEntry } from '../../codec/tar.ts';
import { EvidenceBundle, EvidenceManifest, Framework } from '../../domain/evidence/bundle.ts';
import { SYSTEM, TenantRef } from '../../domain/tenant.ts';
import { makeBundleFiles } from '../../operations/governance/evidence/evidence-bundle.ts';
import { gatherEvidence } from '../../operations/governance/evidence/gather-evidence.ts';
import { bundleFiles, keepBundle, listBundles } from '../../operations/governance/evidence/kept-bundles.ts';
import { verifyEvidence } from '../../operations/governance/evidence/verify-evidence.ts';
import { ControlDocument, VerifiedEvidenceDocument } from '../documents/evidence-documents.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { NextPage, PageAsked, pageOf } from '../paging.ts';
import { route } from '../route.ts';

const group = 'evidence';
const EXPORTS = { permission: 'exportEvidence', on: 'installation' } as const;
const Facts = EvidenceManifest.pick({ framework: true, from: true, to: true, at: true, tenant: true });
const Listed = Facts.extend({
  id: z.string(),
  isKept: z.boolean().describe('Its files can be downloaded; otherwise whoever made it has them.'),
});

const listEvidence = route(
  {
    ...{ id: 'listEvidence', method: 'get', path: '/evidence', group, query: PageAsked, needs: EXPORTS },
    ...{ summary: 'Bundles that were made, newest first' },
    answer: z.object({ bundles: z.array(Listed), next: NextPage }),
  },
  async ({ deps, query }) => {
    const { items, next } = pageOf(await listBundles(deps.storage), query, ({ id }) => id);
    return { bundles: items.map(({ id, isKept, manifest }) => ({ ...manifest, id, isKept })), next };
  },
);

const makeEvidence = route(
  {
    ...{ id: 'makeEvidence', method: 'post', path: '/evidence', group, status: 202 },
    summary: 'Make a signed bundle for one framework and range; the result names it',
    needs: { ...EXPORTS, isRecorded: true },
    body: z.object({
      framework: Framework,
      from: z.iso.datetime({ offset: true }).describe('Included.'),
      to: z.iso.datetime({ offset: true }).optional().describe('Not included; default: now.'),
      tenant: TenantRef.optional().describe('Only this tenant.'),
    }),
    answer: ExecutionShown,
  },
  async ({ deps, principal, body }) => {
    const { storage } = deps;
    const { configuration, recordDays } = await deps.evidenceConfiguration();
    const to = body.to === undefined ? storage.clock.now() : new Date(body.to);
    const asked = { framework: body.framework, from: new Date(body.from), to, tenant: body.tenant, configuration };
    const begun = { tenant: SYSTEM, work: 'evidence', startedBy: principal.name };
    return deps.executions.start(begun, async progress => {
      const bundle = await gatherEvidence({ ...storage, progress }, asked);
      const id = await keepBundle(storage, await makeBundleFiles(storage, bundle, recordDays), recordDays);
      return { id };
    });
  },
);

const seeEvidence = route(
  {
    ...{ id: 'readEvidence', method: 'get', path: '/evidence/{id}', group, needs: { ...EXPORTS, isRecorded: true } },
    summary: 'A bundle: what each control asks and what shows it, and whether every file verifies',
    answer: Facts.extend({
      id: z.string(),
      title: z.string(),
      controls: z.array(ControlDocument.extend({ asks: z.string(), questions: z.array(z.string()) })),
      files: z.array(z.object({ name: z.string(), bytes: z.number().int().nonnegative() })),
      verification: VerifiedEvidenceDocument,
    }),
  },
  async ({ deps, path }) => {
    const files = await bundleFiles(deps.storage, path.id!);
    const bundle = EvidenceBundle.parse(JSON.parse(Buffer.from(files.get('bundle.json')!).toString('utf8')));
    return {
      ...{ ...bundle, id: path.id },
      files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.byteLength })),
      verification: verifyEvidence(files, await deps.storage.signer.publicKey()),
    };
  },
);

const downloadEvidence = route(
  {
    ...{ id: 'downloadEvidence', method: 'get', path: '/evidence/{id}/files', group, file: 'application/x-tar' },
    summary: 'All files of a bundle in one tar file; each such download is in the audit trail',
    ...{ needs: { ...EXPORTS, isRecorded: true }, answer: z.string().describe('A tar file.') },
  },
  async ({ deps, path }) => {
    const files = await bundleFiles(deps.storage, path.id!);
    return { name: `evidence-${path.id}.tar`, pieces: tarOf(files, deps.storage.clock.now()) };
  },
);

async function* tarOf(files: ReadonlyMap<string, Uint8Array>, at: Date): AsyncGenerator<Uint8Array> {
  for (const [name, bytes] of files) yield* tarEntry({ name, bytes }, at);
  yield TAR_END;
}

export const EVIDENCE_ROUTES = [listEvidence, makeEvidence, seeEvidence, downloadEvidence];
