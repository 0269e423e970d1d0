/** Compares a staged state with the live rows: the difference that a preview shows is the one that is applied. */
import type { Preview } from '../../../domain/preview.ts';
import type { RestoreRecord } from '../../../domain/restore-record.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Context } from '../../context.ts';
import type { RestoreScope } from '../plan/restore-scope.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { diffStaged } from './diff-staged.ts';

/** What preview and record contain in addition to the difference. */
export interface RestoreFacts {
  /** The owner of the record: the tenant whose rows were restored. */
  readonly ref: TenantRef;
  readonly startedAt: Date;
  readonly chain: RestoreRecord['chain'];
  readonly targetTime: string | null;
  readonly planMs: number;
  readonly stageMs: number;
}

/** A difference in the staging schema, with everything needed to apply it. */
export interface ComparedRestore {
  readonly scope: RestoreScope;
  readonly staging: StagedState;
  readonly preview: Preview;
  readonly facts: RestoreFacts;
}

/** Each call compares again: an earlier difference is replaced. InputError, SourceError. */
export async function compareRestore(
  ctx: Context,
  staging: StagedState,
  scope: RestoreScope,
  facts: RestoreFacts,
): Promise<ComparedRestore> {
  const preview = await diffStaged(ctx, staging, scope, facts);
  await ctx.crash?.('restore.after-diff');
  return { scope, staging, preview, facts };
}
