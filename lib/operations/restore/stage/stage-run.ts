/**
 * Builds a staged state piece by piece: create, load, replay, settle, finish. Each piece commits its result together
 * with its progress (staging-progress.ts), so that the work can stop after any piece and continue in another process
 * with the same result. Live tables are not even named here.
 *
 *     load (one COPY) ─▶ replay (a round of batches) ─▶ settle (once) ─▶ finish (tables together) ─▶ done
 */
import { parseLsn } from '../../../domain/lsn.ts';
import { columnsAt } from '../../../domain/reshaped-tables.ts';
import { finishTables } from '../../../postgres/staging/finish-stage.ts';
import { dropForeign, dropUnrooted, refuseIncomplete } from '../../../postgres/staging/settle-stage.ts';
import type { StageTable } from '../../../postgres/staging/stage-table.ts';
import { beginPiece, commitPiece, notePiece, STAGED } from '../../../postgres/staging/staging-progress.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { recordStaging } from '../plan/estimate-restore.ts';
import { stagingOf } from './complete-state.ts';
import { leaveOutErased } from './leave-out-erased.ts';
import { type LoadTable, loadChunks } from './load-chunks.ts';
import { noted, type Position, type StageContext, type StageRun } from './open-run.ts';
import { type ReplayState, replayLog } from './replay-log.ts';
import { stagedDocument } from './staged-state.ts';

/** COPY text of the tables that are finished in one piece, as of the snapshot. */
const FINISHED_BYTES = 32 * 1024 * 1024;

/** Works until the state is complete or the time is used up; returns whether it is complete. */
export async function advance(ctx: StageContext, run: StageRun, budget: TimeBudget): Promise<boolean> {
  if (run.position.phase === 'load' && !(await loadSnapshotRows(ctx, run, budget))) return false;
  if (run.position.phase === 'replay' && !(await replay(ctx, run, budget))) return false;
  if (run.position.phase === 'settle') {
    await settleState(ctx, run);
    if (budget.isUsed()) return false;
  }
  if (run.position.phase === 'finish') return finish(ctx, run, budget);
  return true;
}

/** Loads the snapshot's rows; returns whether all are loaded. */
export async function loadSnapshotRows(ctx: StageContext, run: StageRun, budget: TimeBudget): Promise<boolean> {
  const { area, plan, chain, stages, loaded } = run;
  const { body } = chain.snapshot;
  const tables: LoadTable[] = body.tables.flatMap(stored => {
    const stage = stages.get(stored.table);
    return stage ? [{ stored, staged: stage.staged, columns: stage.physical(stored.columns) }] : [];
  });
  const started = performance.now();
  const options = { loaded, connections: ctx.settings.parallelism, budget };
  const { done, rows, bytes } = await loadChunks(ctx, { owner: plan.tenant, tables, into: area }, options);
  const phase = !done ? 'load' : plan.replayFrom === null ? 'settle' : 'replay';
  // Each COPY is committed: this is a piece of its own.
  const position: Position = { ...run.position, phase, rows, bytes, measure: spent(run, 'loadMs', started) };
  await notePiece(area.connection, area.schema, { position });
  run.position = position;
  if (!done) return false;
  await ctx.crash?.('restore.after-stage');
  return !budget.isUsed();
}

async function replay(ctx: StageContext, run: StageRun, budget: TimeBudget): Promise<boolean> {
  const started = performance.now();
  const positionAt = ({ place, changes, done }: ReplayState): Position => ({
    ...{ ...run.position, place, changes, phase: done ? 'settle' : 'replay' },
    notes: run.relations.notes,
    measure: spent(run, 'replayMs', started),
  });
  const items = (state: ReplayState, tables: readonly StageTable[]) => ({
    position: positionAt(state),
    ...noted(tables),
  });
  const { place, changes } = run.position;
  const state = await replayLog(ctx, { ...run, items }, { place, changes, done: false }, budget);
  run.position = positionAt(state);
  if (!state.done) return false;
  await ctx.crash?.('restore.after-replay');
  return !budget.isUsed();
}

/** Decides which rows are the tenant's, in one transaction, so that it is done once. */
export async function settleState(ctx: StageContext, run: StageRun): Promise<void> {
  const { area, plan, stages } = run;
  const { connection } = area;
  const started = performance.now();
  await beginPiece(connection);
  if (plan.replayFrom !== null) {
    const { lsn, kind, time } = plan.target;
    const at = { lsn: parseLsn(lsn), time: kind === 'time' ? time : undefined };
    await run.relations.settle(columnsAt(run.chain, at).settled);
    await dropForeign(connection, stages, run.chain.snapshot.body.tenantId);
    await dropUnrooted(connection, stages);
    await refuseIncomplete(connection, stages, run.chain.snapshot.body.tenantId);
  }
  const left = await leaveOutErased(ctx, plan.tenant, plan.erasures, connection, stages);
  const { notes } = left;
  const counted = {
    recorded: Object.fromEntries(left.recorded),
    dependent: Object.fromEntries(left.dependent),
    notes: [...notes],
  };
  const measure = spent(run, 'settleMs', started);
  await note(run, { phase: 'finish', notes: run.relations.notes, left: counted, measure }, stages.values());
  await ctx.crash?.('stage.after-settle');
}

async function finish(ctx: StageContext, run: StageRun, budget: TimeBudget): Promise<boolean> {
  const { connection } = run.area;
  for (;;) {
    const stages = nextToFinish(run, budget);
    if (stages.length === 0) break;
    const started = performance.now();
    await beginPiece(connection);
    const rows = await finishTables(connection, stages);
    for (const [place, stage] of stages.entries()) stage.rows = rows[place]!;
    await note(run, { measure: spent(run, 'settleMs', started) }, stages);
    await ctx.crash?.('stage.during-finish');
    if (budget.isUsed()) return false;
  }
  const { rows: _, measure, bytes } = run.position;
  run.position = { ...run.position, phase: 'done' };
  const items = { position: run.position, [STAGED]: stagedDocument(stagingOf(run)) };
  await notePiece(connection, run.area.schema, items);
  await recordStaging(ctx, run.plan.tenant, run.plan.id, {
    ...{ at: ctx.clock.now().toISOString(), bytes, changes: run.plan.volume.changes },
    loadMs: Math.round(measure.loadMs),
    replayMs: Math.round(measure.replayMs + measure.settleMs),
  });
  return true;
}

/**
 * The tables to finish in one piece: small ones together, so that they need no round trips of their own. At least one, and
 * no more once the time is used up. Empty: all are finished.
 */
function nextToFinish({ plan, stages }: StageRun, budget: TimeBudget): StageTable[] {
  const piece: StageTable[] = [];
  let bytes = 0;
  for (const table of plan.tables) {
    const stage = stages.get(table.table)!;
    if (stage.rows !== null) continue;
    if (piece.length > 0 && (bytes + table.bytes > FINISHED_BYTES || budget.isUsed())) break;
    piece.push(stage);
    bytes += table.bytes;
  }
  return piece;
}

/** Commits the open transaction with the current position. */
async function note(run: StageRun, change: Partial<Position>, tables: Iterable<StageTable>): Promise<void> {
  const position = { ...run.position, ...change };
  const items = { position, ...noted(tables) };
  await commitPiece(run.area.connection, run.area.schema, items);
  run.position = position;
}

function spent(run: StageRun, phase: keyof Position['measure'], since: number): Position['measure'] {
  return { ...run.position.measure, [phase]: run.position.measure[phase] + performance.now() - since };
}
