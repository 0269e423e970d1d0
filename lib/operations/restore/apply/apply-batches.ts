/**
 * Applies a difference in batches: one transaction per table and range of rows. Each batch records its progress in the
 * staging schema, in its own transaction, so that another call continues after the last committed batch and counts
 * nothing twice. Invariant: each batch announces before its commit what the record will be with it and without it.
 */
import * as z from 'zod';
import { HoldfastError, InputError } from '../../../domain/errors.ts';
import type { Preview } from '../../../domain/preview.ts';
import { AppliedTable } from '../../../domain/restore-record.ts';
import type { Connection } from '../../../postgres/connection.ts';
import {
  type ApplyStep,
  holdParents,
  lastId,
  planSteps,
  prepareTransaction,
  runStep,
} from '../../../postgres/diff/apply-diff.ts';
import { type DiffSet, reopenDiff } from '../../../postgres/diff/diff.ts';
import { beginSnapshot, commit } from '../../../postgres/diff/restore-transaction.ts';
import { moveSequences } from '../../../postgres/diff/sequences.ts';
import { commitFirstPiece, readProgress } from '../../../postgres/staging/staging-progress.ts';
import type { Context } from '../../context.ts';
import { prepareDiff } from '../compare/diff-staged.ts';
import type { RestoreScope } from '../plan/restore-scope.ts';
import type { StagedState } from '../stage/staged-state.ts';
import { explain } from './apply-error.ts';
import { type Applied, type ApplyOptions, announce, Counts, prove, reopen } from './apply-transaction.ts';

interface BatchJob {
  readonly ctx: Context;
  readonly connection: Connection;
  readonly staging: StagedState;
  readonly scope: RestoreScope;
  readonly preview: Preview;
  readonly options: ApplyOptions;
}

/** After the last committed batch. */
const Cursor = z.object({
  /** Digest of the difference that was cut into batches: a difference that is computed again starts again. */
  diff: z.string(),
  restoreId: z.string(),
  /** Of the first batch. */
  transaction: z.string(),
  step: z.number().int(),
  from: z.number().int(),
  tables: z.array(AppliedTable),
  applyMs: z.number(),
});
type Cursor = z.infer<typeof Cursor>;

const ITEM = 'apply';
const NOT_PROVED: Applied['proof'] = { left: {}, brokenReferences: 0 };

/** Undefined where the time is used up before the last batch. Errors as in applyStaged; earlier batches remain. */
export async function applyInBatches(job: BatchJob): Promise<Applied | undefined> {
  let cursor = await readCursor(job);
  try {
    const planned = await planBatches(job);
    const started = performance.now();
    const spent = () => Math.round(performance.now() - started);
    const counts = new Counts(cursor?.tables);
    const before = cursor?.applyMs ?? 0;
    let done = 0;
    for (const batch of planned.filter(({ step, from }) => isBehind(cursor, step, from))) {
      if (done++ > 0 && job.options.budget?.isUsed()) return undefined;
      cursor = await inTransaction(job, cursor, async diff => {
        if (diff.catalog.maySuppress) await holdParents(diff);
        counts.add(batch.run, await runStep(diff, batch.run, { from: batch.from, to: batch.to }));
        const { step, to } = batch;
        return { at: { step, from: to + 1 }, tables: counts.tables(), applyMs: before + spent() };
      });
      await job.ctx.crash?.('restore.during-apply');
    }
    if (done > 0 && job.options.budget?.isUsed()) return undefined;
    return await proveAll(job, cursor, counts);
  } catch (error) {
    throw cursor === undefined ? error : partly(explain(error));
  }
}

interface PlannedBatch {
  readonly run: ApplyStep;
  readonly step: number;
  readonly from: number;
  readonly to: number;
}

function isBehind(cursor: Cursor | undefined, step: number, from: number): boolean {
  return cursor === undefined || step > cursor.step || (step === cursor.step && from >= cursor.from);
}

/** The same difference always gives the same batches. */
async function planBatches({ ctx, connection, staging, scope, preview }: BatchJob): Promise<PlannedBatch[]> {
  await beginSnapshot(connection);
  const whole = await reopen(ctx, connection, staging, scope, preview);
  const steps = await planSteps(whole);
  if (steps.some(step => step.kind === 'tie'))
    throw new InputError(
      'batches-need-privilege',
      'Tables with circular foreign keys cannot be restored in batches by this role.',
      {
        hint: 'Grant SET ON PARAMETER session_replication_role to the restore role, or restore in one transaction.',
      },
    );
  const batches: PlannedBatch[] = [];
  for (const [step, run] of steps.entries()) {
    const last = await lastId(whole, run.table);
    const size = run.statements.length === 1 ? scope.batches! : last;
    for (let from = 1; from <= last; from += size) batches.push({ run, step, from, to: from + size - 1 });
  }
  await commit(connection);
  return batches;
}

interface BatchDone {
  readonly at: { readonly step: number; readonly from: number };
  readonly tables: AppliedTable[];
  readonly applyMs: number;
}

/** One batch, announced and recorded. Returns where the next one begins. */
async function inTransaction(
  { ctx, connection, staging, scope, preview, options }: BatchJob,
  before: Cursor | undefined,
  work: (diff: DiffSet) => Promise<BatchDone>,
): Promise<Cursor> {
  await beginSnapshot(connection);
  const diff = await reopenDiff(await prepareDiff(ctx, connection, staging, scope));
  await prepareTransaction(connection, diff.catalog.maySuppress);
  const { at, tables, applyMs } = await work(diff);
  const restoreId = before?.restoreId ?? options.restoreId;
  const own = await announce(connection, staging.ref, restoreId, before === undefined);
  const diffed = { diff: preview.diffDigest, restoreId };
  const cursor: Cursor = { ...diffed, transaction: before?.transaction ?? own, ...at, tables, applyMs };
  await options.beforeCommit(appliedBy(cursor), { transaction: own, before: before && appliedBy(before) });
  await commitFirstPiece(connection, staging.schema, { [ITEM]: cursor });
  return cursor;
}

function appliedBy({ restoreId, transaction, tables, applyMs }: Cursor): Applied {
  return { ...{ restoreId, transaction, tables, applyMs }, partial: true, proof: NOT_PROVED, proveMs: 0 };
}

/** The last transaction: the difference must be empty. */
async function proveAll(job: BatchJob, cursor: Cursor | undefined, counts: Counts): Promise<Applied> {
  const { ctx, connection, staging, scope, preview, options } = job;
  const started = performance.now();
  await beginSnapshot(connection);
  const diff = await reopenDiff(await prepareDiff(ctx, connection, staging, scope));
  await prepareTransaction(connection, diff.catalog.maySuppress);
  const proof = await prove(diff, staging, options.approved);
  await moveSequences(diff, preview.sequences);
  const restoreId = cursor?.restoreId ?? options.restoreId;
  const transaction = await announce(connection, staging.ref, restoreId, cursor === undefined);
  const applied: Applied = {
    ...{ restoreId, proof, partial: false, tables: counts.tables() },
    ...{ transaction: cursor?.transaction ?? transaction, applyMs: cursor?.applyMs ?? 0 },
    proveMs: Math.round(performance.now() - started),
  };
  await options.beforeCommit(applied, { transaction, before: cursor && appliedBy(cursor) });
  await ctx.crash?.('restore.before-commit');
  await commit(connection);
  return applied;
}

async function readCursor({ connection, staging, preview }: BatchJob): Promise<Cursor | undefined> {
  const text = (await readProgress(connection, staging.schema, ITEM)).get(ITEM);
  const cursor = text === undefined ? undefined : Cursor.parse(JSON.parse(text));
  return cursor?.diff === preview.diffDigest ? cursor : undefined;
}

/** Earlier batches remain: an error must not claim that nothing was written. */
function partly(error: unknown): unknown {
  if (!(error instanceof HoldfastError)) return error;
  const { code, message, retry, details } = error;
  const Kind = error.constructor as typeof HoldfastError;
  return new Kind(
    code,
    `${message.replace(/; (nothing was written|it was rolled back)\.$/, '.')} Earlier batches remain.`,
    {
      hint: "The restore's record lists what was written. Make a new preview, which shows what is left.",
      ...{ retry, details, cause: error },
    },
  );
}
