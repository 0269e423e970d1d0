/** `holdfast diff`: what a restore would do. The preview is the restore's own difference, not applied. */
import { InputError } from '../../../domain/errors.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import type { Context } from '../../context.ts';
import { chainOf, openRestore } from '../plan/open-restore.ts';
import { diffStaged } from './diff-staged.ts';
import { writePlanFile } from './restore-plan-file.ts';

/** Previews a restore in place and leaves nothing behind. Throws what planning and staging throw. */
export async function previewRestore(ctx: Context, request: RestoreRequest): Promise<Preview> {
  refuseElsewhere(request, 'A preview');
  const opened = await openRestore(ctx, request);
  try {
    const preview = await diffStaged(ctx, opened.staging, request, { ...opened, targetTime: opened.plan.target.time });
    await ctx.crash?.('restore.after-diff');
    return preview;
  } finally {
    await opened.staging.drop();
  }
}

/**
 * Previews and keeps: `file` is the text of the plan file for `restore --plan`; the staging schema stays until the plan
 * is applied or dropped.
 */
export async function preparePlan(ctx: Context, request: RestoreRequest): Promise<{ preview: Preview; file: string }> {
  refuseElsewhere(request, 'A plan');
  if (request.batches !== undefined)
    throw new InputError('plan-in-batches', 'An approved plan is applied in one transaction.', {
      hint: 'Leave the batches out, or restore without a plan.',
    });
  const opened = await openRestore(ctx, request);
  try {
    const preview = await diffStaged(ctx, opened.staging, request, { ...opened, targetTime: opened.plan.target.time });
    const file = await writePlanFile(ctx, opened.staging, request, preview, chainOf(opened.plan));
    await opened.staging.release();
    return { preview, file };
  } catch (error) {
    await opened.staging.drop();
    throw error;
  }
}

function refuseElsewhere(request: RestoreRequest, what: string): void {
  if (!request.sideBySide && request.into === undefined && request.asTenant === undefined) return;
  throw new InputError(
    'preview-in-place-only',
    `${what} is for a restore in place: elsewhere nothing can be overwritten.`,
    {
      hint: 'Leave out --side-by-side, --into and --as, or run `holdfast restore` with them.',
    },
  );
}
