/**
 * What one run of snapshots reads from the database once, however many tenants it has: server, schema, sequences,
 * shapes of the tables, and the model check. Invariant: the fingerprint is of the schema that was read; a view with
 * another fingerprint is not read with these shapes.
 */

import type { LsnText } from '../../domain/lsn.ts';
import type { ServerInfo } from '../../domain/manifest.ts';
import type { SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { SourceIdentity } from '../../domain/source-epoch.ts';
import type { DatabaseSchema, TableName, TableSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { type OwnedTable, ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import { readServerInfo } from '../../postgres/catalogs/catalog-discovery.ts';
import { readTypes } from '../../postgres/catalogs/catalog-types.ts';
import {
  readGreatestShare,
  readPublished,
  readSequences,
  readStorage,
  readTableSizes,
  readUncutTables,
  type TableSize,
} from '../../postgres/catalogs/table-sizes.ts';
import type { Connection } from '../../postgres/connection.ts';
import { type TableShape, type TenantTable, tableShape, tenantTable } from '../../postgres/export/chunk-query.ts';
import { prepareSession, readFingerprint, readReplayStart } from '../../postgres/export/snapshot-view.ts';
import { requireReadable } from '../../postgres/server/roles.ts';
import { currentSource, sameSource } from '../catalog/current-source.ts';
import type { Context } from '../context.ts';
import { checkModel, type ModelCheck, requireTenants } from '../model/check-model.ts';

export interface SnapshotSession {
  readonly server: ServerInfo;
  readonly source: SourceIdentity;
  /** Of the positions that it reads. */
  readonly epoch: number;
  /** The model without tables that cannot be backed up. */
  readonly model: TenantModel;
  /** Owned tables only, in the order of the model. */
  readonly schema: DatabaseSchema;
  /** Also the tables on the paths. */
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
  readonly shapes: readonly TableShape[];
  readonly sizes: ReadonlyMap<TableName, TableSize>;
  /** Digest of the storage of each owned table and of the tables on its path. */
  readonly storage: ReadonlyMap<TableName, string>;
  readonly sequences: Record<string, string>;
  /** Tables with changes in the log: they have a key and are in the publication. */
  readonly logged: ReadonlySet<TableName>;
  /**
   * The largest share of the rows that any tenant has (according to the database's statistics). Read once, and only for
   * the first snapshot of a table: the sizes of others are known from their base.
   */
  readonly greatestShare: (connection: Connection) => Promise<number>;
  /** Where replay starts for any view opened after this was read. */
  readonly replayStart: LsnText;
  readonly oids: readonly number[];
  readonly fingerprint: string;
  /** Tables of the database without backups that the model does not exclude. */
  readonly unprotected: readonly TableName[];
}

/**
 * Reads all of it, on the server of the plan where there is one, and sends a notification about unprotected tables.
 * SourceError `rls-hides-rows`, `cannot-read`, `source-replaced` and the like before anything is read.
 */
export async function openSession(
  ctx: Context,
  connection: Connection,
  planned?: Pick<SnapshotPlan, 'source' | 'epoch'>,
): Promise<SnapshotSession> {
  await prepareSession(connection);
  const { identity, epoch } = await (planned ? sameSource(planned, connection) : currentSource(ctx, connection));
  const check = await checkModel(connection, ctx.model);
  requireTenants(check, ctx.model);
  const owned = ownedTables(check.usable);
  const names = [...new Set(owned.flatMap(withPath))];
  const schemas = new Map(names.map(name => [name, check.definitions.get(name)!]));
  const tables = owned.map(table => schemas.get(table.table)!);
  const oids = tables.map(table => table.oid);
  // Right after the definitions: what changes while the rest is read differs in every view.
  const used = [...schemas.values()].map(table => table.oid);
  const fingerprint = await readFingerprint(connection, used);
  await requireReadable(connection, names);
  const { types, extensions } = await readTypes(connection, used);
  const uncut = await readUncutTables(connection, oids);
  const files = await readStorage(connection, used);
  return {
    server: await readServerInfo(connection),
    source: identity,
    epoch,
    model: check.usable,
    schema: { tables, types, extensions },
    schemas,
    shapes: owned.map((table, index) => tableShape(table, tables[index]!, uncut)),
    sizes: await readTableSizes(connection, oids),
    storage: new Map(
      owned.map(table => [
        table.table,
        withPath(table)
          .map(name => files.get(name))
          .join(' '),
      ]),
    ),
    sequences: await readSequences(connection, tables),
    logged: await readPublished(connection, ctx.publication, tables),
    greatestShare: once(asking => readGreatestShare(asking, tenantColumns(owned, schemas))),
    replayStart: await readReplayStart(connection, ctx.slot, epoch),
    oids: used,
    fingerprint,
    unprotected: await reportUnprotected(ctx, check),
  };
}

/** The run's tables with the condition for one tenant. */
export function tenantTables(session: SnapshotSession, tenant: TenantId): Map<TableName, TenantTable> {
  return new Map(
    session.shapes.map(shape => [shape.owned.table, tenantTable(shape, session.schemas, session.model, tenant)]),
  );
}

/** Read by whoever asks first; another asks again where that failed. */
function once(read: (connection: Connection) => Promise<number>): (connection: Connection) => Promise<number> {
  let found: number | undefined;
  return async connection => {
    found ??= await read(connection);
    return found;
  };
}

function tenantColumns(owned: readonly OwnedTable[], schemas: ReadonlyMap<TableName, TableSchema>) {
  return owned.flatMap(table =>
    table.kind === 'direct' ? [{ oid: schemas.get(table.table)!.oid, column: table.column }] : [],
  );
}

function withPath(table: OwnedTable): TableName[] {
  return table.kind === 'via' ? [table.table, ...table.path.map(step => step.references)] : [table.table];
}

async function reportUnprotected(ctx: Context, check: ModelCheck): Promise<TableName[]> {
  const kept = new Set(ownedTables(check.usable).map(table => table.table));
  const errors = check.problems.filter(problem => problem.severity === 'error');
  const tables = [...new Set(errors.map(problem => problem.table).filter(table => !kept.has(table)))];
  if (errors.length > 0) {
    await ctx.notifier.notify({
      severity: 'alarm',
      code: 'model-mismatch',
      message: `The tenant model does not fit the database: ${errors.map(problem => problem.message).join(' ')}`,
      details: { tables, problems: errors.map(({ code, table }) => ({ code, table })) },
    });
  }
  return tables;
}
