/**
 * A tenant's rows at a moment, in clear, into a directory: for a person's right to their data, for a customer who leaves, for
 * whoever asks and may. Plan, then exactly that. Invariants: nothing that exists is overwritten; an export that was
 * interrupted goes on with the first table that is not complete; it succeeds only if what is on disk is what was written.
 */
import { countedBytes } from '../../codec/counted-bytes.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { EXPORT_DOCUMENT, type ExportDocument } from '../../domain/export-document.ts';
import { type ExportPlan, type ExportProof, exportProof } from '../../domain/export-request.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { ExportDirectory, ExportPlace } from '../../ports.ts';
import { knownTenant } from '../catalog/known-tenant.ts';
import type { Context } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { stageRestore } from '../restore/stage/stage-restore.ts';
import { unloadState } from './unload-state.ts';

/**
 * Executes the plan for a request; called again for the same request it continues. InputError `export-exists`,
 * `export-place`, `export-encoding`; TargetError; IntegrityError `export-differs`; SourceError.
 */
export async function exportTenant(
  ctx: Context,
  tenant: TenantRef,
  plan: ExportPlan,
  { request, place }: { readonly request: string; readonly place: ExportPlace },
): Promise<ExportProof> {
  const directory = await place.open(plan.directory, request);
  const restore = await planRestore(ctx, await knownTenant(ctx, tenant), plan.target, {
    exclude: plan.exclude,
  });
  const staging = await stageRestore(ctx, restore, ctx.source);
  try {
    const kept = async (name: string) => digestOf(await directory.read(name));
    const sink = { put: directory.put, kept };
    const document = await unloadState(
      ctx,
      { staging, plan: restore },
      { id: request, form: plan.form, exclude: plan.exclude },
      sink,
    );
    await ctx.crash?.('export.written');
    await proveFiles(ctx, directory, document);
    return exportProof(document);
  } finally {
    await staging.drop();
  }
}

/** IntegrityError `export-differs`. */
async function proveFiles(ctx: Context, directory: ExportDirectory, { files }: ExportDocument): Promise<void> {
  for (const [index, { name, bytes, sha256 }] of files.entries()) {
    const progress = { done: index + 1, total: files.length, unit: 'files' };
    ctx.progress?.({ step: 'export.prove', message: 'Reading the files back', ...progress });
    const found = await digestOf(await directory.read(name));
    if (found?.bytes === bytes && found.sha256 === sha256) continue;
    throw new IntegrityError('export-differs', `The file ${name} is not what was written.`, {
      hint: 'Do not use the export. Check the disk, and export again into another directory.',
      details: { file: name },
    });
  }
  if ((await directory.read(EXPORT_DOCUMENT)) === undefined)
    throw new IntegrityError('export-differs', `The file ${EXPORT_DOCUMENT} is gone.`, {
      hint: 'Do not use the export. Check the disk, and export again into another directory.',
    });
}

async function digestOf(bytes: AsyncIterable<Uint8Array> | undefined) {
  if (bytes === undefined) return undefined;
  const counted = countedBytes(bytes);
  for await (const _ of counted.bytes);
  return counted.total();
}
