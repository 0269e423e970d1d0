/**
 * How the tables look in a run's own database snapshot, and whose rows they hold by what: DDL that commits later is the
 * next run's.
 */
import { ownershipOf } from '../../domain/row-ownership.ts';
import type { TableName } from '../../domain/table-schema.ts';
import { changesHands } from '../../domain/table-suspicion.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readTableTraces } from '../../postgres/catalogs/table-storage.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { Context } from '../context.ts';
import { type LogSource, seeLogSource } from './log-source.ts';
import type { KnownTables, TableSight } from './watch-tables.ts';

export async function sightTables(
  ctx: Context,
  view: Connection,
): Promise<{ source: LogSource; traces: TableSight['traces'] }> {
  const source = await seeLogSource(ctx, view);
  const schemas = new Map(source.tables.map(schema => [schema.table, schema]));
  const oids = source.tables.map(schema => schema.oid);
  const traces = await readTableTraces(view, ctx.publication, oids);
  for (const owned of ownedTables(ctx.model)) {
    const seen = traces.get(schemas.get(owned.table)?.oid ?? 0);
    const owner = ownershipOf(owned, ctx.model, schemas);
    if (seen && owner !== undefined) traces.set(seen.oid, { ...seen, owner });
  }
  return { source, traces };
}

/**
 * Tables of which it is told otherwise than in the run before whose their rows are. What the run has of them may be of
 * before or after that, and the database knows parents as they are after it: these changes are routed to nobody.
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
