/**
 * Writes the difference that a preview stands for into the live tables and proves it, in one transaction (or in batches
 * where the request allows it). Invariant: at every moment the tenant is as before or as the target; what commits has
 * been proven in the same transaction; and before the commit the catalog says that it is about to, so that a run killed
 * in between is told apart afterwards.
 */
import { createHash } from 'node:crypto';
import { ConflictError, InputError } from '../../domain/errors.ts';
import type { Preview } from '../../domain/preview.ts';
import type { AppliedTable, RestoreRecord } from '../../domain/restore-record.ts';
import type { RestoreRequest } from '../../domain/restore-request.ts';
import { type Connection, connect } from '../../postgres/connection.ts';
import {
  type ApplyStep,
  holdParents,
  lastId,
  planSteps,
  prepareTransaction,
  runStep,
} from '../../postgres/diff/apply-diff.ts';
import type { DiffInput, DiffSet } from '../../postgres/diff/diff.ts';
import { readExtents } from '../../postgres/diff/diff-extent.ts';
import { digestDiff, findBrokenReferences, findNewChildren, proveEmpty } from '../../postgres/diff/prove-diff.ts';
import { moveSequences } from '../../postgres/diff/sequences.ts';
import { INDEX_FRIENDLY } from '../../postgres/run-together.ts';
import { asSourceError } from '../../postgres/source-error.ts';
import type { Context } from '../context.ts';
import { prepareDiff, type StagedState } from './diff-staged.ts';

export interface ApplyOptions {
  readonly restoreId: string;
  /** An approved plan: rows that the application changed elsewhere do not matter, the plan's own rows must be as seen. */
  readonly approved: boolean;
  /** Told just before the commit, with the transaction id; must be durable when it resolves. */
  readonly beforeCommit: (applied: Applied) => Promise<void>;
}

export interface Applied {
  readonly tables: AppliedTable[];
  readonly proof: Pick<RestoreRecord['proof'], 'left' | 'brokenReferences'>;
  readonly transaction: string;
  readonly applyMs: number;
  readonly proveMs: number;
}

/**
 * Applies what `diffStaged` left in the staging schema. ConflictError `rows-changed` where live rows changed since (the
 * caller computes anew, or refuses), `restore-running`, `preview-gone`; then nothing was written.
 */
export async function applyStaged(
  ctx: Context,
  staging: StagedState,
  request: RestoreRequest,
  preview: Preview,
  options: ApplyOptions,
): Promise<Applied> {
  const connection = await connect(staging.source, 'restore apply');
  try {
    await lockTenant(connection, staging.ref);
    if (request.batches !== undefined) return await applyInBatches(ctx, connection, staging, request, preview, options);
    await begin(connection);
    const diff = await reopen(ctx, connection, staging, request, preview);
    return await applyWhole(ctx, diff, staging, preview, options);
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {});
    throw explain(error);
  } finally {
    await connection.end().catch(() => {});
  }
}

async function applyWhole(
  ctx: Context,
  diff: DiffSet,
  staging: StagedState,
  preview: Preview,
  options: ApplyOptions,
): Promise<Applied> {
  const started = performance.now();
  const counts = new Counts();
  await prepareTransaction(diff.connection, diff.catalog.maySuppress);
  if (diff.catalog.maySuppress) await holdParents(diff);
  for (const step of await planSteps(diff)) {
    counts.add(step, await runStep(diff, step));
    ctx.progress?.({
      step: 'restore.apply',
      message: `${step.kind} ${step.table.live.table}`,
      done: counts.total,
      total: preview.totals.rows,
      unit: 'rows',
    });
    await ctx.crash?.('restore.during-apply');
  }
  const applied = performance.now();
  const proof = await prove(diff, staging, options.approved);
  await moveSequences(diff, preview.sequences);
  const transaction = await announce(diff.connection, staging.ref, options.restoreId);
  const result: Applied = {
    tables: counts.tables(),
    proof,
    transaction,
    applyMs: Math.round(applied - started),
    proveMs: Math.round(performance.now() - applied),
  };
  await options.beforeCommit(result);
  await ctx.crash?.('restore.before-commit');
  await diff.connection.query('COMMIT');
  return result;
}

/** One transaction per table and stretch of rows. Killed in between, the next run's difference is what was left. */
async function applyInBatches(
  ctx: Context,
  connection: Connection,
  staging: StagedState,
  request: RestoreRequest,
  preview: Preview,
  options: ApplyOptions,
): Promise<Applied> {
  const started = performance.now();
  const counts = new Counts();
  let transaction: string | undefined;
  const inTransaction = async (work: (diff: DiffSet) => Promise<void>) => {
    await begin(connection);
    const diff = await openDiff(await prepareDiff(ctx, connection, staging, request));
    await prepareTransaction(connection, diff.catalog.maySuppress);
    await work(diff);
    const now = await announce(connection, staging.ref, options.restoreId, transaction === undefined);
    transaction ??= now;
    await options.beforeCommit({
      tables: counts.tables(),
      proof: { left: {}, brokenReferences: 0 },
      transaction,
      applyMs: 0,
      proveMs: 0,
    });
    await connection.query('COMMIT');
  };
  await begin(connection);
  const whole = await reopen(ctx, connection, staging, request, preview);
  const steps = await planSteps(whole);
  if (steps.some(step => step.kind === 'tie'))
    throw new InputError(
      'batches-need-privilege',
      'Tables that refer to each other in a circle cannot be restored in batches by this role.',
      {
        hint: 'Grant SET ON PARAMETER session_replication_role to the restore role, or restore in one transaction.',
      },
    );
  const sizes = new Map<ApplyStep, number>();
  for (const step of steps) sizes.set(step, await lastId(whole, step.table));
  await connection.query('COMMIT');
  for (const step of steps) {
    const size = step.statements.length === 1 ? request.batches! : sizes.get(step)!;
    for (let from = 1; from <= sizes.get(step)!; from += size) {
      await inTransaction(async diff => {
        if (diff.catalog.maySuppress) await holdParents(diff);
        counts.add(step, await runStep(diff, step, { from, to: from + size - 1 }));
      });
      await ctx.crash?.('restore.during-apply');
    }
  }
  const applied = performance.now();
  let proof: Applied['proof'] = { left: {}, brokenReferences: 0 };
  await inTransaction(async diff => {
    proof = await prove(diff, staging, options.approved);
    await moveSequences(diff, preview.sequences);
  });
  const times = { applyMs: Math.round(applied - started), proveMs: Math.round(performance.now() - applied) };
  return { tables: counts.tables(), proof, transaction: transaction!, ...times };
}

/** Two restores of one tenant at a time would undo each other. The lock goes with the session. */
async function lockTenant(connection: Connection, ref: string): Promise<void> {
  const { rows } = await connection.query(`SELECT pg_try_advisory_lock(1752132965, hashtext($1)) AS locked`, [ref]);
  if (rows[0].locked) return;
  throw new ConflictError('restore-running', 'Another restore of this tenant is being applied.', {
    hint: 'Wait until it is done, then make a new preview.',
    retry: 'auto',
  });
}

const begin = (connection: Connection) => connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ');

/** The difference as the preview left it: row by row the same, or the restore is refused. */
async function reopen(
  ctx: Context,
  connection: Connection,
  staging: StagedState,
  request: RestoreRequest,
  preview: Preview,
): Promise<DiffSet> {
  const diff = await openDiff(await prepareDiff(ctx, connection, staging, request));
  const digest = createHash('sha256')
    .update(await digestDiff(diff))
    .digest('hex');
  if (digest === preview.diffDigest) return diff;
  throw new ConflictError(
    'preview-altered',
    'The difference in the staging schema is not the one that was previewed.',
    {
      hint: 'Nothing was written. Make a new preview; find out who wrote into the staging schema, or which table changed its shape.',
      retry: 'operator',
    },
  );
}

/** A difference that was materialised before, with what is in it. */
async function openDiff(input: DiffInput): Promise<DiffSet> {
  const prefix = 'd' as const;
  await input.connection.query(INDEX_FRIENDLY);
  return { ...input, prefix, away: new Map(), extents: await readExtents({ ...input, prefix }, input.shape.tables) };
}

async function prove(diff: DiffSet, staging: StagedState, approved: boolean): Promise<Applied['proof']> {
  const broken = Object.values(await findBrokenReferences(diff)).reduce((sum, n) => sum + n, 0);
  const children = await findNewChildren(diff, staging.source);
  const { left, failed } = await proveEmpty(diff);
  const open = approved ? failed : left;
  if (broken > 0 || Object.keys(children).length > 0 || Object.keys(open).length > 0)
    throw new ConflictError(
      'rows-changed',
      'The live rows are not what the restore should have made of them; it was rolled back.',
      {
        hint: 'The application changed rows of this tenant meanwhile, or triggers change what is written. Make a new preview.',
        retry: 'auto',
        details: { left: open, brokenReferences: broken, newChildren: children },
      },
    );
  return { left, brokenReferences: broken };
}

/** Leaves the restore's id in the change log, in its own transaction: `before:<id>` is the moment before its commit. */
async function announce(connection: Connection, ref: string, id: string, first = true): Promise<string> {
  if (first)
    await connection.query(`SELECT pg_logical_emit_message(true, 'holdfast', $1)`, [
      JSON.stringify({ kind: 'restore', tenant: ref, id }),
    ]);
  const { rows } = await connection.query('SELECT pg_current_xact_id()::text AS xid');
  return (rows[0] as { xid: string }).xid;
}

class Counts {
  readonly #byTable = new Map<string, { inserted: number; updated: number; deleted: number }>();
  total = 0;

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

/** What the database says when others were faster, or when the staging schema is gone. */
function explain(error: unknown): unknown {
  if (error instanceof Error && !('code' in error) && !/^(Connection terminated|Client has)/.test(error.message))
    return error;
  const state = (error as { code?: string }).code;
  if (state === '40001' || state === '40P01' || state === '23505' || state === '23P01' || state === '23503')
    return new ConflictError(
      'rows-changed',
      `The application changed the tenant's rows during the restore (SQLSTATE ${state}); it was rolled back.`,
      {
        hint: 'Nothing was written. Make a new preview.',
        retry: 'auto',
        cause: undefined,
        details: { state },
      },
    );
  if (state === '42P01' || state === '3F000')
    return new ConflictError('preview-gone', 'The staged state behind this preview is gone.', {
      hint: 'Nothing was written. Make a new preview.',
      retry: 'operator',
    });
  return asSourceError(error, 'applying the restore, which was rolled back');
}
