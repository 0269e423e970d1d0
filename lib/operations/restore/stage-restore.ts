/**
 * Rebuilds the tenant's rows at the plan's target in a staging schema: chunks loaded, log replayed set-wise, erased
 * subjects left out. Whatever is missing, altered or in the wrong place ends it with an error that names the object;
 * live tables are not even named here. A crash leaves nothing but the schema, which the next run removes.
 */
import { parseLsn } from '../../domain/lsn.ts';
import { type NetBatch, NetChanges } from '../../domain/net-changes.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import type { TableSchema } from '../../domain/table-schema.ts';
import { type TenantRef, tenantId } from '../../domain/tenant.ts';
import { isOwned } from '../../domain/tenant-model.ts';
import type { Source } from '../../postgres/connection.ts';
import { applyBatch, type ReplayTarget } from '../../postgres/staging/replay.ts';
import { dropUnrooted, finishTable, leftOutKeys, refuseIncomplete } from '../../postgres/staging/settle-stage.ts';
import { createStageTables, StageTable, TypeChoice } from '../../postgres/staging/stage-table.ts';
import type { StagedTable, Staging } from '../../postgres/staging/staging.ts';
import { openStagingArea, type StagingArea } from '../../postgres/staging/staging-area.ts';
import type { Context } from '../context.ts';
import { recordStaging } from './estimate-restore.ts';
import { LogFolder } from './fold-log.ts';
import { type LeftOut, leaveOutErased } from './leave-out-erased.ts';
import { type LoadTable, loadChunks } from './load-chunks.ts';
import { mergeLog } from './merge-log.ts';
import { chainOfPlan, logStart, modelOf, newTables } from './plan-restore.ts';
import { logPieces, StageRelations } from './stage-relations.ts';
import type { VerifiedChain } from './verify-chain.ts';

export type StageContext = Pick<
  Context,
  | 'installation'
  | 'vault'
  | 'keyring'
  | 'signer'
  | 'catalog'
  | 'clock'
  | 'notifier'
  | 'model'
  | 'settings'
  | 'progress'
  | 'crash'
>;

/**
 * Stages the plan in the database `into`. The caller drops the result. IntegrityError naming the object; TargetError
 * `incomplete-row`; SourceError. On an error the schema is removed.
 */
export async function stageRestore(ctx: StageContext, plan: RestorePlan, into: Source): Promise<Staging> {
  const chain = await chainOfPlan(ctx, plan);
  const area = await openStagingArea(into, plan.id);
  try {
    return await build(ctx, plan, chain, area);
  } catch (error) {
    await area.drop().catch(() => {});
    throw error;
  }
}

async function build(ctx: StageContext, plan: RestorePlan, chain: VerifiedChain, area: StagingArea): Promise<Staging> {
  const { body } = chain.snapshot;
  const ref = plan.tenant as TenantRef;
  const types = new TypeChoice(area.connection, area.schema, body.schema);
  const stages = await createTables(ctx, plan, chain, area, types);
  const started = performance.now();
  const loaded = await loadChunks(ctx, ref, body, loadTables(stages, chain), area, ctx.settings.parallelism);
  await ctx.crash?.('restore.after-stage');
  const loadedAt = performance.now();
  const relations = new StageRelations(area.connection, stages, chain, types);
  const changesReplayed = plan.replayFrom === null ? 0 : await replay(ctx, plan, chain, area, relations);
  const replayedAt = performance.now();
  await ctx.crash?.('restore.after-replay');
  if (plan.replayFrom !== null) {
    await dropUnrooted(area.connection, stages);
    await refuseIncomplete(area.connection, stages, body.tenantId);
  }
  const left = await leaveOutErased(ctx, ref, plan.erasures, area.connection, stages);
  const tables: StagedTable[] = [];
  for (const stage of stages.values()) tables.push(await finish(area, stage, left));
  const settledAt = performance.now();
  const measure = {
    loadMs: loadedAt - started,
    replayMs: replayedAt - loadedAt,
    settleMs: settledAt - replayedAt,
    rowsLoaded: loaded.rows,
    bytesLoaded: loaded.bytes,
    changesReplayed,
  };
  await recordStaging(ctx, ref, plan.id, {
    at: ctx.clock.now().toISOString(),
    bytes: loaded.bytes,
    changes: plan.volume.changes,
    loadMs: Math.round(measure.loadMs),
    replayMs: Math.round(measure.replayMs + measure.settleMs),
  });
  const { id, schema, source, release, drop } = area;
  const database = { ...body.schema, tables: [...stages.values()].map(stage => stage.schema) };
  return {
    ...{ id, schema, source, ref, tables, measure, database, release, drop },
    tenant: tenantId(body.tenantId),
    target: parseLsn(plan.target.lsn),
    server: body.server,
    sequences: body.sequences,
    notes: [...plan.notes, ...relations.notes, ...textNotes(tables), ...left.notes],
  };
}

async function createTables(
  ctx: StageContext,
  plan: RestorePlan,
  chain: VerifiedChain,
  area: StagingArea,
  types: TypeChoice,
): Promise<Map<string, StageTable>> {
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
  await createStageTables(area.connection, [...stages.values()], types);
  return stages;
}

function loadTables(stages: ReadonlyMap<string, StageTable>, chain: VerifiedChain): LoadTable[] {
  return chain.snapshot.body.tables.flatMap(stored => {
    const stage = stages.get(stored.table);
    return stage ? [{ stored, staged: stage.staged, columns: stage.physical(stored.columns) }] : [];
  });
}

async function replay(
  ctx: StageContext,
  plan: RestorePlan,
  chain: VerifiedChain,
  area: StagingArea,
  relations: StageRelations,
): Promise<number> {
  const target: ReplayTarget = {
    connection: area.connection,
    tableFor: (table, shape) => relations.tableFor(table, shape),
    // An index pays where few changes meet many rows; else one hash join per batch is cheaper than keeping it up.
    indexFirst: plan.volume.changes * 4 < plan.volume.rows,
  };
  // The next batch is folded while the database applies the one before: half the memory for each.
  const net = new NetChanges(ctx.settings.logMemoryBytes / 2);
  let applying: Promise<unknown> = Promise.resolve();
  const apply = async (batches: readonly NetBatch[]) => {
    for (const batch of batches) {
      await applying;
      applying = applyBatch(target, batch);
      applying.catch(() => {});
    }
  };
  const pieces = logPieces(ctx, plan.tenant as TenantRef, chain, logStart(plan)!, parseLsn(plan.target.lsn));
  const changes = mergeLog({
    ...pieces,
    target: parseLsn(plan.target.lsn),
    relation: relation => relations.target(relation),
  });
  const folder = new LogFolder(net, chain.snapshot.body.tenantId);
  const total = plan.volume.changes;
  try {
    for await (const some of changes) {
      for (const change of some) {
        const batches = folder.fold(change);
        if (batches.length === 0) continue;
        await apply(batches);
        const done = folder.seen;
        ctx.progress?.({ step: 'restore.replay', message: 'Replaying the change log', done, total, unit: 'changes' });
      }
    }
    await apply(net.end());
    await applying;
  } finally {
    await applying.catch(() => {});
  }
  return folder.seen;
}

async function finish(area: StagingArea, stage: StageTable, left: LeftOut): Promise<StagedTable> {
  const rows = await finishTable(area.connection, stage);
  const { table, owned, staged, schema, key, dependency } = stage;
  const columns = stage.columns.map(({ name, number, stagedType, asText }) => ({ name, number, stagedType, asText }));
  const erased = { recorded: left.recorded.get(table) ?? 0, dependent: left.dependent.get(table) ?? 0 };
  const leftOut = stage.hasLeftOut && key.length > 0 ? { leftOut: leftOutKeys(stage) } : {};
  return { table, owned, staged, schema, columns, key, rows, erased, dependency, ...leftOut };
}

function textNotes(tables: readonly StagedTable[]): string[] {
  return tables.flatMap(({ table, columns }) =>
    columns
      .filter(column => column.asText)
      .map(
        column =>
          `${table}.${column.name}: its type does not exist here as it was then; its values are staged as text.`,
      ),
  );
}
