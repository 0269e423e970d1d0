/**
 * Builds a staged state piece by piece: create, load, replay, settle, finish. Each piece commits what it made together
 * with the note that it is made (staging-progress.ts), so that the work may end after any piece and go on in another
 * process: the state that comes of it is the same. Live tables are not even named here.
 *
 *     load (one COPY) ─▶ replay (a round of batches) ─▶ settle (once) ─▶ finish (one table) ─▶ done
 */
import { z } from 'zod';
import { SourceError } from '../../../domain/errors.ts';
import { parseLsn } from '../../../domain/lsn.ts';
import { columnsAt } from '../../../domain/reshaped-tables.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { TableSchema, TypeSchema } from '../../../domain/table-schema.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { isOwned } from '../../../domain/tenant-model.ts';
import {
  dropForeign,
  dropUnrooted,
  finishTable,
  leftOutKeys,
  refuseIncomplete,
} from '../../../postgres/staging/settle-stage.ts';
import { createStageTables, StageTable, StageTableState } from '../../../postgres/staging/stage-table.ts';
import type { StagedTable, Staging } from '../../../postgres/staging/staging.ts';
import type { StagingArea } from '../../../postgres/staging/staging-area.ts';
import { beginPiece, commitPiece, notePiece } from '../../../postgres/staging/staging-progress.ts';
import { plainType, TypeChoice } from '../../../postgres/staging/type-choice.ts';
import type { Context } from '../../context.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { chainOfPlan } from '../plan/chain-of-plan.ts';
import { recordStaging } from '../plan/estimate-restore.ts';
import { modelOf, newTables } from '../plan/planned-tables.ts';
import type { VerifiedChain } from '../plan/verify-chain.ts';
import { leaveOutErased } from './leave-out-erased.ts';
import { LOADED, type LoadTable, loadChunks } from './load-chunks.ts';
import { LOG_BEGINNING, LogPlace } from './merge-log.ts';
import { type ReplayState, replayLog } from './replay-log.ts';
import { StageRelations } from './stage-relations.ts';
import { stagedDocument } from './staged-state.ts';

export type StageContext = Pick<
  Context,
  | 'installation'
  | 'vault'
  | 'keyring'
  | 'signer'
  | 'catalog'
  | 'clock'
  | 'random'
  | 'notifier'
  | 'model'
  | 'settings'
  | 'progress'
  | 'crash'
>;

const Milliseconds = z.number().nonnegative();

/** How far the work has come, but for the units that are loaded: those are noted one by one. */
const Position = z.object({
  phase: z.enum(['load', 'replay', 'settle', 'finish', 'done']),
  place: LogPlace,
  changes: z.number().int(),
  notes: z.array(z.string()),
  /** Of erased subjects, once they are left out: table → rows. */
  left: z.object({
    recorded: z.record(z.string(), z.number().int()),
    dependent: z.record(z.string(), z.number().int()),
    notes: z.array(z.string()),
  }),
  rows: z.number().int(),
  bytes: z.number().int(),
  measure: z.object({ loadMs: Milliseconds, replayMs: Milliseconds, settleMs: Milliseconds }),
});
type Position = z.infer<typeof Position>;

export interface StageRun {
  readonly plan: RestorePlan;
  readonly chain: VerifiedChain;
  readonly area: StagingArea;
  readonly stages: ReadonlyMap<string, StageTable>;
  readonly types: TypeChoice;
  readonly relations: StageRelations;
  readonly loaded: ReadonlySet<number>;
  position: Position;
}

const START: Position = {
  ...{ phase: 'load', place: LOG_BEGINNING, changes: 0, notes: [], rows: 0, bytes: 0 },
  left: { recorded: {}, dependent: {}, notes: [] },
  measure: { loadMs: 0, replayMs: 0, settleMs: 0 },
};

const itemOf = (stage: StageTable) => `table ${stage.number}`;
const noted = (stages: Iterable<StageTable>) =>
  Object.fromEntries([...stages].map(stage => [itemOf(stage), stage.state()]));

/** Makes the tables, or takes up what `progress` says. IntegrityError, InputError `plan-outdated`, SourceError. */
export async function openRun(
  ctx: StageContext,
  plan: RestorePlan,
  area: StagingArea,
  progress: ReadonlyMap<string, string>,
): Promise<StageRun> {
  const chain = await chainOfPlan(ctx, plan);
  const { body } = chain.snapshot;
  const types = new TypeChoice(area.connection, body.schema);
  const stages = stageTables(ctx, plan, chain, area);
  // It knows tables by what they were at the snapshot: before what became of them is taken up.
  const relations = new StageRelations(area.connection, stages, chain, types);
  const known = progress.get('position');
  const position = known === undefined ? START : Position.parse(JSON.parse(known));
  if (known === undefined) await create(area, stages, types);
  else {
    for (const stage of stages.values()) stage.resume(stateOf(progress, stage));
    relations.resume();
    relations.notes.push(...position.notes);
  }
  const units = [...progress.keys()].filter(item => item.startsWith(LOADED));
  const loaded = new Set(units.map(item => Number(item.slice(LOADED.length))));
  return { plan, chain, area, stages, types, relations, loaded, position };
}

/** Works until the state is complete, or the time is used up. Whether it is complete. */
export async function advance(ctx: StageContext, run: StageRun, budget: TimeBudget): Promise<boolean> {
  if (run.position.phase === 'load' && !(await load(ctx, run, budget))) return false;
  if (run.position.phase === 'replay' && !(await replay(ctx, run, budget))) return false;
  if (run.position.phase === 'settle') {
    await settle(ctx, run);
    if (budget.isUsed()) return false;
  }
  if (run.position.phase === 'finish') return finish(ctx, run, budget);
  return true;
}

function stageTables(ctx: StageContext, plan: RestorePlan, chain: VerifiedChain, area: StagingArea) {
  const { body } = chain.snapshot;
  const model = new Map(
    modelOf(ctx.model, body)
      .tables.filter(isOwned)
      .map(table => [table.table, table]),
  );
  const schemas = new Map<string, TableSchema>(
    [...newTables(chain), ...body.schema.tables].map(schema => [schema.table, schema]),
  );
  const stages = new Map<string, StageTable>();
  for (const { table, dependency } of plan.tables) {
    const stage = new StageTable(area.schema, stages.size + 1, model.get(table)!, schemas.get(table)!, dependency);
    stages.set(table, stage);
  }
  return stages;
}

async function create(area: StagingArea, stages: ReadonlyMap<string, StageTable>, types: TypeChoice): Promise<void> {
  await beginPiece(area.connection);
  await createStageTables(area.connection, [...stages.values()], types);
  const items = { position: START, ...noted(stages.values()) };
  await commitPiece(area.connection, area.schema, items);
}

function stateOf(progress: ReadonlyMap<string, string>, stage: StageTable): StageTableState {
  const text = progress.get(itemOf(stage));
  if (text !== undefined) return StageTableState.parse(JSON.parse(text));
  throw new SourceError('staging-lost', 'The staging area does not say how far its work has come.', {
    hint: 'Its database server crashed, or somebody wrote into it. Nothing was written; start the restore anew.',
  });
}

async function load(ctx: StageContext, run: StageRun, budget: TimeBudget): Promise<boolean> {
  const { area, plan, chain, stages, loaded } = run;
  const { body } = chain.snapshot;
  const tables: LoadTable[] = body.tables.flatMap(stored => {
    const stage = stages.get(stored.table);
    return stage ? [{ stored, staged: stage.staged, columns: stage.physical(stored.columns) }] : [];
  });
  const started = performance.now();
  const options = { loaded, connections: ctx.settings.parallelism, budget };
  const { done, rows, bytes } = await loadChunks(ctx, plan.tenant, body, tables, area, options);
  const phase = !done ? 'load' : plan.replayFrom === null ? 'settle' : 'replay';
  await note(run, { phase, rows, bytes, measure: spent(run, 'loadMs', started) });
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

/** What makes the rows the tenant's: in one transaction, so that it is done once. */
async function settle(ctx: StageContext, run: StageRun): Promise<void> {
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
  for (const stage of run.stages.values()) {
    if (stage.rows !== null) continue;
    const started = performance.now();
    await beginPiece(connection);
    stage.rows = await finishTable(connection, stage);
    await note(run, { measure: spent(run, 'settleMs', started) }, [stage]);
    await ctx.crash?.('stage.during-finish');
    if (budget.isUsed()) return false;
  }
  const { rows: _, measure, bytes } = run.position;
  run.position = { ...run.position, phase: 'done' };
  const items = { position: run.position, staged: stagedDocument(stagingOf(run)) };
  await notePiece(connection, run.area.schema, items);
  await recordStaging(ctx, run.plan.tenant, run.plan.id, {
    ...{ at: ctx.clock.now().toISOString(), bytes, changes: run.plan.volume.changes },
    loadMs: Math.round(measure.loadMs),
    replayMs: Math.round(measure.replayMs + measure.settleMs),
  });
  return true;
}

/** Ends the transaction that is open, if one is, with the position as it is now. */
async function note(run: StageRun, change: Partial<Position>, tables: Iterable<StageTable> = []): Promise<void> {
  const position = { ...run.position, ...change };
  const items = { position, ...noted(tables) };
  await commitPiece(run.area.connection, run.area.schema, items);
  run.position = position;
}

function spent(run: StageRun, phase: keyof Position['measure'], since: number): Position['measure'] {
  return { ...run.position.measure, [phase]: run.position.measure[phase] + performance.now() - since };
}

/** The complete state. */
export function stagingOf({ plan, chain, area, stages, relations, position }: StageRun): Staging {
  const { body } = chain.snapshot;
  const { id, schema, source, release, drop } = area;
  const tables = [...stages.values()].map(stage => stagedTable(stage, position.left));
  return {
    ...{ id, schema, source, tables, release, drop },
    ref: plan.tenant,
    database: { ...body.schema, tables: [...stages.values()].map(stage => stage.schema) },
    measure: {
      ...position.measure,
      ...{ rowsLoaded: position.rows, bytesLoaded: position.bytes, changesReplayed: position.changes },
    },
    tenant: tenantId(body.tenantId),
    target: parseLsn(plan.target.lsn),
    server: body.server,
    sequences: body.sequences,
    notes: [...plan.notes, ...relations.notes, ...textNotes(tables, body.schema.types), ...position.left.notes],
  };
}

function stagedTable(stage: StageTable, left: Position['left']): StagedTable {
  const { table, owned, staged, schema, key, dependency } = stage;
  const columns = stage.columns.map(({ name, number, stagedType, asText, relabel }) => ({
    ...{ name, number, stagedType, asText },
    ...(relabel && { relabel }),
  }));
  const erased = { recorded: left.recorded[table] ?? 0, dependent: left.dependent[table] ?? 0 };
  const leftOut = stage.hasLeftOut && key.length > 0 ? { leftOut: leftOutKeys(stage) } : {};
  return { table, owned, staged, schema, columns, key, rows: stage.rows!, erased, dependency, ...leftOut };
}

/** Where not even the base type is there: an extension that is gone. */
function textNotes(tables: readonly StagedTable[], types: readonly TypeSchema[]): string[] {
  return tables.flatMap(({ table, schema, columns }) =>
    columns
      .filter(({ name, asText }) => {
        const column = schema.columns.find(candidate => candidate.name === name);
        return asText && column !== undefined && plainType(column, types) !== 'text';
      })
      .map(column => `${table}.${column.name}: its type does not exist here; its values are staged as text.`),
  );
}
