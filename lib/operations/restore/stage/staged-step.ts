/**
 * What an undo or a revert takes back, for a state that was staged in several calls: the baseline is made once, however often
 * the state is compared. It is made in one call, which a function limits to 15 minutes. A call that ended in between leaves a
 * state of which nobody can say what it holds: the restore is started again.
 */
import { parseLsn } from '../../../domain/lsn.ts';
import { notePiece, STAGED, stagingLost } from '../../../postgres/staging/staging-progress.ts';
import type { Context } from '../../context.ts';
import type { AskedScope, RestoreScope } from '../plan/restore-scope.ts';
import { cannotRevert } from './cannot-revert.ts';
import { restoreToUndo, type TakenBack, withBaseline } from './stage-baseline.ts';
import type { OpenedStaging } from './stage-restore.ts';
import { type StagedState, stagedDocument } from './staged-state.ts';

/** Progress items of the staging schema. */
const BEGUN = 'baseline begun';
const MADE = 'baseline';

/** The opened state with its baseline, where the request takes something back. InputError, SourceError `staging-lost`. */
export async function withStep(ctx: Context, opened: OpenedStaging, scope: RestoreScope): Promise<OpenedStaging> {
  const { area, staging, progress } = opened;
  const back = await takenBack(ctx, staging, scope);
  if (back === undefined || progress.has(MADE)) return opened;
  if (progress.has(BEGUN)) throw stagingLost('The staging schema was left while its baseline was made.');
  await notePiece(area.connection, area.schema, { [BEGUN]: true });
  const made = await withBaseline(ctx, staging, back, staging.source);
  await ctx.crash?.('baseline.made');
  await notePiece(area.connection, area.schema, { [STAGED]: stagedDocument(made), [MADE]: true });
  return { ...opened, staging: made };
}

/** What the request takes back; undefined: it restores a state. */
export async function takenBack(
  ctx: Pick<Context, 'catalog'>,
  { ref }: Pick<StagedState, 'ref'>,
  { undoes, reverts, tables }: Pick<AskedScope, 'undoes' | 'reverts'> & Pick<RestoreScope, 'tables'>,
): Promise<TakenBack | undefined> {
  if (undoes !== undefined) return restoreToUndo(ctx, ref, undoes, tables);
  return reverts && { until: parseLsn(reverts.until), tables, reverts, refuse: cannotRevert };
}
