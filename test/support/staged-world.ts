/** A protected database for tests of staging: model, slot, publication, vault; and the tenant's rows as plain text. */
import type { RestorePlan } from '../../lib/domain/restore-plan.ts';
import { defaultSettings, type Settings } from '../../lib/domain/settings.ts';
import type { TableName } from '../../lib/domain/table-schema.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { ownedTables, type TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import {
  beginStaging,
  continueStaging,
  openStaged,
  stageRestore,
} from '../../lib/operations/restore/stage/stage-restore.ts';
import { readSchema } from '../../lib/postgres/catalogs/catalog-discovery.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { columnList, fromTable, quoteLiteral, tenantPredicate } from '../../lib/postgres/sql.ts';
import type { Staging } from '../../lib/postgres/staging/staging.ts';
import { dropStagingArea } from '../../lib/postgres/staging/staging-area.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import type { TestDatabase } from './postgres.ts';
import { ensurePublication } from './publication.ts';

export type State = Record<TableName, string[]>;

export interface StagedWorld {
  readonly db: TestDatabase;
  readonly deps: LocalDeps;
  readonly ctx: Context;
  /** Also drops the database. */
  dispose(): Promise<void>;
}

export async function stagedWorld(
  db: TestDatabase,
  model: TenantModel,
  settings: Partial<Settings> = {},
): Promise<StagedWorld> {
  const deps = await localDeps();
  const slot = `s_${db.name}`;
  const ctx: Context = {
    ...deps,
    source: db.source,
    model,
    settings: defaultSettings(settings),
    slot,
    publication: 'holdfast',
  };
  await withConnection(db.source, 'test', connection => ensurePublication(ctx, connection));
  const dispose = async () => {
    await deps.dispose();
    await db.drop();
  };
  return { db, deps, ctx, dispose };
}

/** Every row of the tenant in the live database, as text, sorted. */
export async function liveState(ctx: Context, tenant: string): Promise<State> {
  return withConnection(ctx.source, 'test', async connection => {
    const owned = ownedTables(ctx.model);
    const schema = await readSchema(
      connection,
      owned.map(table => table.table),
    );
    const schemas = new Map(schema.tables.map(table => [table.table, table]));
    const state: State = {};
    for (const table of owned) {
      const found = schemas.get(table.table);
      if (!found) continue;
      const where = tenantPredicate(table, schemas, 't', quoteLiteral(tenant), ctx.model);
      const columns = found.columns.filter(column => column.generated === '').map(column => column.name);
      state[table.table] = await rowsOf(connection, `${fromTable(found)} AS t WHERE ${where}`, columns);
    }
    return state;
  });
}

/** Every staged row, as text, sorted. */
export async function stagedState(staging: Pick<Staging, 'source' | 'tables'>): Promise<State> {
  return withConnection(staging.source, 'test', async connection => {
    const state: State = {};
    for (const { table, staged, columns } of staging.tables) {
      state[table] = await rowsOf(
        connection,
        `${staged} AS t`,
        columns.map(column => column.name),
      );
    }
    return state;
  });
}

/** Stages, reads and drops; `inSteps`: in as many calls as it has pieces. */
export async function stateAt(ctx: Context, tenant: string, target: string, inSteps = false): Promise<State> {
  const plan = await planRestore(ctx, tenantId(tenant), target);
  if (inSteps) return stateInSteps(ctx, tenant, plan);
  const staging = await stageRestore(ctx, plan, ctx.source);
  try {
    return await stagedState(staging);
  } finally {
    await staging.drop();
  }
}

async function stateInSteps(ctx: Context, tenant: string, plan: RestorePlan): Promise<State> {
  const hasty = { ...ctx, settings: { ...ctx.settings, stepBudgetMs: 0 } };
  let ref = await beginStaging(plan, ctx.source, { planMs: 0 });
  try {
    while (!ref.done) ref = await continueStaging(hasty, ref, ctx.source);
    const { staging, area } = await openStaged(ref, ctx.source, tenantId(tenant));
    await area.pause(0);
    return await stagedState(staging);
  } finally {
    await dropStagingArea(ctx.source, ref.id);
  }
}

async function rowsOf(
  connection: { query(sql: string): Promise<{ rows: { row: string }[] }> },
  from: string,
  columns: string[],
): Promise<string[]> {
  const { rows } = await connection.query(`SELECT ROW(${columnList(columns, 't')})::text AS row FROM ${from}`);
  return rows.map(({ row }) => row).sort();
}
