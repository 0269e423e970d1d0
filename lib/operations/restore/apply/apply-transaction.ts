/**
 * What all transactions that apply a restore share: the tenant's lock, exactly the previewed difference, the proof
 * before the commit, the message in the log.
 */
import { createHash } from 'node:crypto';
import { ConflictError } from '../../../domain/errors.ts';
import type { Preview } from '../../../domain/preview.ts';
import type { AppliedTable, RestoreRecord } from '../../../domain/restore-record.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { ApplyStep } from '../../../postgres/diff/apply-diff.ts';
import { type DiffSet, reopenDiff } from '../../../postgres/diff/diff.ts';
import { digestDiff, findBrokenReferences, findNewChildren, proveEmpty } from '../../../postgres/diff/prove-diff.ts';
import { emitRestore, transactionId } from '../../../postgres/diff/restore-transaction.ts';
import { tryLock } from '../../../postgres/locks.ts';
import type { Context } from '../../context.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { prepareDiff } from '../compare/diff-staged.ts';
import type { RestoreScope } from '../plan/restore-scope.ts';
import type { StagedState } from '../stage/staged-state.ts';

export interface ApplyOptions {
  /** In a later call of a restore in batches, the id of its first call. */
  readonly restoreId: string;
  /**
   * An approved plan: changes by the application elsewhere do not matter, but the plan's own rows must be as previewed.
   */
  readonly approved: boolean;
  /** Called just before the commit, with the transaction id; must be durable when it resolves. */
  readonly beforeCommit: (applied: Applied, batch?: Batch) => Promise<void>;
  /** Batches may stop early and continue in another call. Absent: no limit. */
  readonly budget?: TimeBudget;
}

export interface Applied {
  readonly restoreId: string;
  /** True before the last of several batches. */
  readonly partial: boolean;
  readonly tables: AppliedTable[];
  readonly proof: Pick<RestoreRecord['proof'], 'left' | 'brokenReferences'>;
  readonly transaction: string;
  readonly applyMs: number;
  readonly proveMs: number;
}

/** One batch of several that is about to commit. */
export interface Batch {
  readonly transaction: string;
  /** What was applied before it; undefined for the first. */
  readonly before: Applied | undefined;
}

/** Two restores of one tenant at a time would undo each other. The lock ends with the session. */
export async function lockTenant(connection: Connection, ref: TenantRef): Promise<void> {
  if (await tryLock(connection, 'apply', ref)) return;
  throw new ConflictError('restore-running', 'Another restore of this tenant is being applied.', {
    hint: 'Wait until it finishes, then make a new preview.',
  });
}

/** Opens the difference of the preview: every row must be the same, or the restore is refused. */
export async function reopen(
  ctx: Context,
  connection: Connection,
  staging: StagedState,
  scope: RestoreScope,
  preview: Preview,
): Promise<DiffSet> {
  const diff = await reopenDiff(await prepareDiff(ctx, connection, staging, scope));
  const digest = createHash('sha256')
    .update(await digestDiff(diff))
    .digest('hex');
  if (digest === preview.diffDigest) return diff;
  throw new ConflictError(
    'preview-altered',
    'The difference in the staging schema is not the one that was previewed.',
    {
      hint: 'Nothing was written. Make a new preview; find out who wrote into the staging schema, or which table was altered.',
    },
  );
}

export async function prove(diff: DiffSet, staging: StagedState, approved: boolean): Promise<Applied['proof']> {
  const broken = Object.values(await findBrokenReferences(diff)).reduce((sum, n) => sum + n, 0);
  const children = await findNewChildren(diff, staging.source);
  const { left, failed } = await proveEmpty(diff);
  const open = approved ? failed : left;
  if (broken > 0 || Object.keys(children).length > 0 || Object.keys(open).length > 0)
    throw new ConflictError(
      'rows-changed',
      'The live rows differ from what the restore should have written; it was rolled back.',
      {
        hint: 'The application changed rows of this tenant meanwhile, or triggers change what is written. Make a new preview.',
        details: { left: open, brokenReferences: broken, newChildren: children },
      },
    );
  return { left, brokenReferences: broken };
}

/**
 * Leaves the restore's id in the change log, in its own transaction: `before:<id>` is the moment before its first commit.
 * Later ones say whose they are, so that the shipper can prove that they are no accidents.
 */
export async function announce(connection: Connection, ref: TenantRef, id: string, first = true): Promise<string> {
  await emitRestore(connection, ref, id, first ? 'restore' : 'restore-batch');
  return transactionId(connection);
}

export class Counts {
  readonly #byTable: Map<string, { inserted: number; updated: number; deleted: number }>;
  total = 0;

  /** `before`: what earlier calls counted. */
  constructor(before: readonly AppliedTable[] = []) {
    this.#byTable = new Map(before.map(({ table, ...counts }) => [table, counts]));
  }

  add(step: ApplyStep, rows: number): void {
    const table = step.table.live.table;
    const counts = this.#byTable.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
    if (step.kind === 'insert') counts.inserted += rows;
    if (step.kind === 'update') counts.updated += rows;
    if (step.kind === 'delete') counts.deleted += rows;
    this.#byTable.set(table, counts);
    this.total += rows;
  }

  tables(): AppliedTable[] {
    return [...this.#byTable]
      .filter(([, counts]) => counts.inserted + counts.updated + counts.deleted > 0)
      .map(([table, counts]) => ({ table, ...counts }));
  }
}
