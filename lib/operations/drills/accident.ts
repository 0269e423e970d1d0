/**
 * The drill `accident`: in a scratch copy of a tenant, rows are deleted, overwritten and wiped; each is previewed, restored,
 * proved and undone, by the restore's own compare and apply. What an undo gives back is kept in a second staging schema,
 * since a scratch database has no change log. Sums over every row prove both.
 */
import {
  ACCIDENTS,
  type AccidentKind,
  type DrilledAccident,
  type DrilledTenant,
  isMended,
} from '../../domain/drill.ts';
import { storedColumns, type TableName, type TableSchema } from '../../domain/table-schema.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { induceAccident } from '../../postgres/drill/induce-accident.ts';
import { keepState } from '../../postgres/drill/keep-state.ts';
import { sumTenantRows } from '../../postgres/verify/row-sums.ts';
import { type OpenRestore, openRestore } from '../restore/stage/open-restore.ts';
import { acceptRestored } from './acceptance.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, timedPhase } from './drill-run.ts';
import { drillTenant, type PresentTenant } from './drill-tenants.ts';
import { applyHere, compareHere, scratchRequest } from './restore-into-scratch.ts';
import { type Scratch, withScratch } from './scratch.ts';

export async function drillAccident(run: DrillRun): Promise<DrillBody> {
  const chosen = await chooseForKind(run);
  return withScratch(run, async scratch => {
    const tenants: DrilledTenant[] = [];
    const accidents: DrilledAccident[] = [];
    for (const tenant of chosen) {
      const drilled = await timedPhase(run, 'copy', () => drillTenant(run, run.ctx, tenant, { scratch }));
      tenants.push(drilled);
      if (drilled.restore === null) continue;
      accidents.push(...(await inducedOn(run, scratch, tenant, drilled.restore.target)));
    }
    const acceptance = await acceptRestored(run, scratch, chosen);
    return { scratch: scratch.described, tenants, accidents, acceptance };
  });
}

/** `target`: the position of the copy. */
async function inducedOn(
  run: DrillRun,
  scratch: Scratch,
  { id }: PresentTenant,
  target: string,
): Promise<DrilledAccident[]> {
  const request = scratchRequest(scratch, { drill: run.id, tenant: id, moment: target });
  const before = await openRestore(run.ctx, request);
  try {
    const after = await openRestore(run.ctx, request);
    try {
      const drilled: DrilledAccident[] = [];
      for (const accident of ACCIDENTS)
        drilled.push(await timedPhase(run, accident, () => induceAndMend(run, accident, before, after)));
      return drilled;
    } finally {
      await after.area.drop();
    }
  } finally {
    await before.area.drop();
  }
}

/** `before`: the state of the copy, which is there; `after`: a second staging schema, for the state that the accident leaves. */
export async function induceAndMend(
  run: DrillRun,
  accident: AccidentKind,
  before: OpenRestore,
  after: OpenRestore,
): Promise<DrilledAccident> {
  const seed = Buffer.from(run.ctx.random.bytes(8)).readBigInt64BE();
  const intact = await sumsOf(before, seed);
  const damaged = await inScratch(before, (connection, schemas) =>
    induceAccident(connection, accident, { model: before.ctx.model, schemas, tenant: before.scope.tenant }),
  );
  const broken = await sumsOf(before, seed);
  const tables = await inScratch(before, (connection, schemas) =>
    keepState(connection, after.staging.tables, { model: before.ctx.model, schemas, tenant: before.scope.tenant }),
  );
  const [compared, previewMs] = await measured(() => compareHere(before, before.staging));
  const [, restoreMs] = await measured(() => applyHere(before, compared, run.id));
  const restored = (await sumsOf(before, seed)) === intact;
  const kept = { ...after.staging, tables };
  const [, undoMs] = await measured(async () => applyHere(after, await compareHere(after, kept), run.id));
  const undone = (await sumsOf(before, seed)) === broken;
  await applyHere(before, await compareHere(before, before.staging), run.id);
  const { inserts, updates, deletes } = compared.preview.totals;
  const drilled = {
    ...{ accident, damaged, preview: { inserts, updates, deletes }, restored, undone },
    ...{ previewMs, restoreMs, undoMs },
  };
  if (!isMended(drilled))
    run.findings.push(
      `Accident ${accident}: ${damaged} rows damaged, previewed ${inserts}/${updates}/${deletes}, restored: ${restored}, undone: ${undone}.`,
    );
  return drilled;
}

type Schemas = ReadonlyMap<TableName, TableSchema>;

async function inScratch<T>(
  { ctx }: OpenRestore,
  work: (connection: Connection, schemas: Schemas) => Promise<T>,
): Promise<T> {
  return withConnection(ctx.source, 'drill', async connection => {
    const { tables } = await readOwnedSchema(ctx, connection);
    return work(connection, new Map(tables.map(table => [table.table, table])));
  });
}

/** Number and sum of the tenant's rows in every table, as one text. */
function sumsOf(opened: OpenRestore, seed: bigint): Promise<string> {
  return inScratch(opened, async (connection, schemas) => {
    const { model } = opened.ctx;
    const sums: string[] = [];
    for (const owned of ownedTables(model)) {
      const schema = schemas.get(owned.table);
      if (schema === undefined) continue;
      const columns = storedColumns(schema).map(({ name }) => name);
      const { rows, sum } = await sumTenantRows(
        connection,
        { owned, schemas, model, tenant: opened.scope.tenant, columns },
        seed,
      );
      sums.push(`${owned.table} ${rows} ${sum}`);
    }
    return sums.join('\n');
  });
}

async function measured<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await work();
  return [result, Math.round(performance.now() - started)];
}
