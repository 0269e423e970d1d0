/**
 * The tables as of a run's own database snapshot, and how each row identifies its tenant: DDL that commits later
 * belongs to the next run.
 */
import { ownershipOf } from '../../domain/row-ownership.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { changesHands } from '../../domain/table-suspicion.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readTableTraces } from '../../postgres/catalogs/table-storage.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { Context } from '../context.ts';
import { type LogSource, readLogSource } from './log-source.ts';
import { type KnownTables, knownTables, type TableSight } from './watch-tables.ts';

/** Of the tables as of the run's end, and as of the previous run. */
export interface SeenTables {
  readonly source: LogSource;
  /** In the same database snapshot. */
  readonly traces: TableSight['traces'];
  readonly known: KnownTables;
}

/** `epoch`: that of the log. Throws as readLogSource() does. */
export async function sightTables(ctx: Context, view: Connection, epoch: number): Promise<SeenTables> {
  const source = await readLogSource(ctx, view);
  const schemas = new Map(source.tables.map(schema => [schema.table, schema]));
  const oids = source.tables.map(schema => schema.oid);
  const traces = await readTableTraces(view, ctx.publication, oids);
  for (const owned of ownedTables(ctx.model)) {
    const seen = traces.get(schemas.get(owned.table)?.oid ?? 0);
    const owner = ownershipOf(owned, ctx.model, schemas);
    if (seen && owner !== undefined) traces.set(seen.oid, { ...seen, owner });
  }
  return { source, traces, known: await knownTables(ctx, epoch) };
}

/**
 * Tables that identify the tenant of their rows differently than in the previous run. Changes in this run may be from
 * before or after that, and the database shows parents as of after it: these changes are routed to no tenant.
 */
export function newlyOwned({ tables, traces }: TableSight, known: KnownTables): Map<TableName, string> {
  return new Map(
    tables.flatMap(schema => {
      const before = known.get(schema.oid);
      const trace = traces.get(schema.oid);
      const cause = before && trace && changesHands(before, { schema, trace });
      return cause === undefined ? [] : [[schema.table, cause] as const];
    }),
  );
}
