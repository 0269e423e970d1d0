/**
 * Writing and reading an approved plan. Reading checks the signature, that the preview still has the approved hash, and
 * that its staging schema still exists.
 */
import { ConflictError, InputError } from '../../../domain/errors.ts';
import { PlanDocument, PlanFile } from '../../../domain/plan-file.ts';
import { previewHash, withoutSamples } from '../../../domain/preview.ts';
import { dropSchemaOf, schemaExists } from '../../../postgres/staging/drop-schema.ts';
import type { Context } from '../../context.ts';
import { scopeOf } from '../plan/restore-scope.ts';
import { type StagedState, stagedDocument, stagedState } from '../stage/staged-state.ts';
import type { ComparedRestore } from './compare-restore.ts';

export interface OpenedPlan {
  readonly document: PlanDocument;
  readonly staging: StagedState;
  /** Removes the staging schema. */
  drop(): Promise<void>;
}

/** The text of a plan file. The caller writes it, and keeps the staging schema. */
export async function writePlanFile(
  ctx: Pick<Context, 'clock' | 'installation' | 'signer'>,
  { scope, staging, preview, facts }: ComparedRestore,
): Promise<string> {
  const document: PlanDocument = {
    format: 'holdfast.approved-plan/1',
    createdAt: ctx.clock.now().toISOString(),
    installation: ctx.installation,
    request: scope.document,
    preview: withoutSamples(preview),
    staging: stagedDocument(staging),
    chain: facts.chain,
  };
  const plan = JSON.stringify(PlanDocument.parse(document));
  const signature = Buffer.from(await ctx.signer.sign(Buffer.from(plan))).toString('base64');
  const file: PlanFile = { plan, signature: { keyId: ctx.signer.keyId, algorithm: 'ECDSA_SHA_256', value: signature } };
  return `${JSON.stringify(file)}\n`;
}

/** InputError `bad-plan`; ConflictError `preview-gone`. */
export async function openPlanFile(ctx: Context, text: string): Promise<OpenedPlan> {
  const document = await readPlanFile(ctx, text);
  const { staging } = document;
  const { destination, tenant } = scopeOf(document.request);
  const drop = () => dropSchemaOf(ctx.source, staging.schema);
  if (!(await schemaExists(ctx.source, staging.schema)))
    throw new ConflictError('preview-gone', 'The staged state of this plan no longer exists.', {
      hint: 'Nothing was written. Make a new preview and have it approved.',
    });
  return {
    document,
    drop,
    staging: stagedState(staging, ctx.source, destination.kind === 'tenant' ? destination.tenant : tenant),
  };
}

/** The contents of a plan file, if this installation wrote it and it is unaltered. InputError `bad-plan`. */
export async function readPlanFile(ctx: Pick<Context, 'signer' | 'installation'>, text: string): Promise<PlanDocument> {
  let file: PlanFile;
  let document: PlanDocument;
  try {
    file = PlanFile.parse(JSON.parse(text));
    document = PlanDocument.parse(JSON.parse(file.plan));
  } catch {
    throw badPlan('it is not a plan file of this version');
  }
  const signature = Buffer.from(file.signature.value, 'base64');
  if (!(await ctx.signer.verify(Buffer.from(file.plan), signature, file.signature.keyId)))
    throw badPlan('its signature is not valid: it was changed, or another installation wrote it');
  if (document.installation !== ctx.installation) throw badPlan('another installation wrote it');
  if (previewHash(document.preview) !== document.preview.hash) throw badPlan('its preview does not match its hash');
  return document;
}

function badPlan(why: string): InputError {
  return new InputError('bad-plan', `The plan cannot be used: ${why}.`, {
    hint: 'Nothing was written. Make a new plan with `holdfast diff … --out FILE`.',
  });
}
