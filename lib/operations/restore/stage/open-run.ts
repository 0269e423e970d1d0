/**
 * The state of staging: its tables and its progress. New, or resumed where an earlier call left it: work that is not
 * recorded in the staging schema was not done.
 */
import * as z from 'zod';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { TableSchema } from '../../../domain/table-schema.ts';
import { isOwned } from '../../../domain/tenant-model.ts';
import { createStageTables, StageTable, StageTableState } from '../../../postgres/staging/stage-table.ts';
import type { StagingArea } from '../../../postgres/staging/staging-area.ts';
import { beginPiece, commitPiece, stagingLost } from '../../../postgres/staging/staging-progress.ts';
import { TypeChoice } from '../../../postgres/staging/type-choice.ts';
import type { Context } from '../../context.ts';
import { chainOfPlan } from '../plan/chain-of-plan.ts';
import { modelOf, newTables } from '../plan/planned-tables.ts';
import type { VerifiedChain } from '../plan/verify-chain.ts';
import { LOADED } from './load-chunks.ts';
import { LOG_BEGINNING, LogPlace } from './merge-log.ts';
import { StageRelations } from './stage-relations.ts';

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
  | 'memory'
  | 'model'
  | 'settings'
  | 'progress'
  | 'crash'
>;

const Milliseconds = z.number().nonnegative();

/** The progress, except for loaded units: those are recorded one by one. */
const Position = z.object({
  phase: z.enum(['load', 'replay', 'settle', 'finish', 'done']),
  place: LogPlace,
  changes: z.number().int(),
  notes: z.array(z.string()),
  /** Rows of erased subjects, once they are removed: table → rows. */
  left: z.object({
    recorded: z.record(z.string(), z.number().int()),
    dependent: z.record(z.string(), z.number().int()),
    notes: z.array(z.string()),
  }),
  rows: z.number().int(),
  bytes: z.number().int(),
  measure: z.object({ loadMs: Milliseconds, replayMs: Milliseconds, settleMs: Milliseconds }),
});
export type Position = z.infer<typeof Position>;

export interface StageRun {
  readonly plan: RestorePlan;
  readonly chain: VerifiedChain;
  readonly area: StagingArea;
  readonly stages: ReadonlyMap<string, StageTable>;
  readonly types: TypeChoice;
  readonly relations: StageRelations;
  /** Rows of loaded units, by number. */
  readonly loaded: ReadonlyMap<number, number>;
  position: Position;
}

const START: Position = {
  ...{ phase: 'load', place: LOG_BEGINNING, changes: 0, notes: [], rows: 0, bytes: 0 },
  left: { recorded: {}, dependent: {}, notes: [] },
  measure: { loadMs: 0, replayMs: 0, settleMs: 0 },
};

const itemOf = (stage: StageTable) => `table ${stage.number}`;
/** Progress items of the staging schema: the state of these tables. */
export const noted = (stages: Iterable<StageTable>) =>
  Object.fromEntries([...stages].map(stage => [itemOf(stage), stage.state()]));

/** Creates the tables, or resumes from `progress`. IntegrityError, InputError `plan-outdated`, SourceError. */
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
  // It knows tables as of the snapshot: must precede resuming their later state.
  const relations = new StageRelations(area.connection, stages, chain, types);
  const known = progress.get('position');
  const position = known === undefined ? START : Position.parse(JSON.parse(known));
  if (known === undefined) await create(area, stages, types);
  else {
    for (const stage of stages.values()) stage.resume(stateOf(progress, stage));
    relations.resume();
    relations.notes.push(...position.notes);
  }
  return { plan, chain, area, stages, types, relations, loaded: loadedUnits(progress), position };
}

function loadedUnits(progress: ReadonlyMap<string, string>): Map<number, number> {
  const units = [...progress].filter(([item]) => item.startsWith('loaded'));
  // Units of earlier versions are not these.
  if (units.some(([item]) => !item.startsWith(LOADED)))
    throw stagingLost('The staging schema was begun by an earlier version of Holdfast.');
  return new Map(units.map(([item, rows]) => [Number(item.slice(LOADED.length)), Number(rows)]));
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
  throw stagingLost('The staging schema does not record its progress.');
}
