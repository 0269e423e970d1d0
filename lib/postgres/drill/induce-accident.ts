/**
 * Accidents as applications make them, in the scratch database of a drill: rows deleted, values overwritten, everything
 * of a tenant wiped. What a constraint refuses does not happen, as in the application. Only the tenant's rows change.
 */
import type { AccidentKind } from '../../domain/drill.ts';
import { type ColumnSchema, storedColumns, type TableName, type TableSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { type OwnedTable, ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { fromTable, quoteIdentifier, quoteLiteral, quoteTable, tenantPredicate } from '../sql.ts';

export interface AccidentPlace {
  readonly model: TenantModel;
  readonly schemas: ReadonlyMap<TableName, TableSchema>;
  readonly tenant: TenantId;
}

/** Rows removed or changed, in one transaction; 0 where there is nothing to damage. SourceError. */
export async function induceAccident(
  connection: Connection,
  accident: AccidentKind,
  place: AccidentPlace,
): Promise<number> {
  try {
    await connection.query('BEGIN');
    const damaged = await DAMAGE[accident](connection, place);
    await connection.query('COMMIT');
    return damaged;
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {});
    throw asSourceError(error, 'inducing an accident in the scratch database');
  }
}

const DAMAGE: Readonly<Record<AccidentKind, (connection: Connection, place: AccidentPlace) => Promise<number>>> = {
  delete: deleteHalf,
  overwrite,
  wipe,
};

/** Every second row of the first table that no other refers to. */
async function deleteHalf(connection: Connection, place: AccidentPlace): Promise<number> {
  const referred = new Set([...place.schemas.values()].flatMap(each => each.foreignKeys.map(key => key.references)));
  for (const target of targetsOf(place).filter(({ schema }) => !referred.has(schema.table))) {
    const half = `SELECT ctid FROM (SELECT ctid, row_number() OVER (ORDER BY ctid) AS n FROM ${target.from} AS r WHERE ${target.own}) AS numbered WHERE n % 2 = 1`;
    const gone = await attempt(connection, `DELETE FROM ${target.from} AS r WHERE ctid IN (${half})`);
    if (gone > 0) return gone;
  }
  return 0;
}

/** One column of all rows, in the first table that has one which no key needs. */
async function overwrite(connection: Connection, place: AccidentPlace): Promise<number> {
  for (const target of targetsOf(place)) {
    for (const column of freeColumns(target.schema, target.owned)) {
      const name = quoteIdentifier(column.name);
      const value = column.notNull ? "''" : 'NULL';
      const changed = await attempt(
        connection,
        `UPDATE ${target.from} AS r SET ${name} = ${value} WHERE (${target.own}) AND ${name} IS DISTINCT FROM ${value}`,
      );
      if (changed > 0) return changed;
    }
  }
  return 0;
}

/** Table after table, again until nothing more goes: a parent goes after its children. */
async function wipe(connection: Connection, place: AccidentPlace): Promise<number> {
  let total = 0;
  for (;;) {
    let gone = 0;
    for (const target of targetsOf(place))
      gone += await attempt(connection, `DELETE FROM ${target.from} AS r WHERE ${target.own}`);
    if (gone === 0) return total;
    total += gone;
  }
}

interface Target {
  readonly owned: OwnedTable;
  readonly schema: TableSchema;
  readonly from: string;
  readonly own: string;
}

/** Children before their parents, as far as the model says: rows of a path would lose their owner with it. */
function targetsOf({ model, schemas, tenant }: AccidentPlace): Target[] {
  const targets = ownedTables(model).flatMap(owned => {
    const schema = schemas.get(owned.table);
    if (schema === undefined) return [];
    const own = tenantPredicate(owned, schemas, 'r', quoteLiteral(tenant), model);
    return [{ owned, schema, from: schema.kind === 'p' ? quoteTable(schema.table) : fromTable(schema), own }];
  });
  const depth = ({ owned }: Target) => (owned.kind === 'via' ? owned.path.length : owned.kind === 'root' ? -1 : 0);
  return targets.sort((a, b) => depth(b) - depth(a));
}

/** Nullable ones, and texts that are not. */
function freeColumns(schema: TableSchema, owned: OwnedTable): ColumnSchema[] {
  const bound = new Set([
    ...schema.key,
    ...schema.uniqueKeys.flatMap(({ columns }) => columns),
    ...schema.foreignKeys.flatMap(({ columns }) => columns),
    ...(owned.kind === 'via' ? owned.path.flatMap(({ columns }) => columns) : [owned.column]),
  ]);
  const isText = (type: string) => /^(text|character varying)/.test(type);
  return storedColumns(schema).filter(
    ({ name, notNull, identity, type }) => !bound.has(name) && identity === '' && (!notNull || isText(type)),
  );
}

/** Rows, or 0 where a constraint refuses it. */
async function attempt(connection: Connection, statement: string): Promise<number> {
  await connection.query('SAVEPOINT accident');
  try {
    const { rowCount } = await connection.query(statement);
    await connection.query('SET CONSTRAINTS ALL IMMEDIATE; RELEASE accident');
    return rowCount ?? 0;
  } catch (error) {
    if (!(error as { code?: string }).code?.startsWith('23')) throw error;
    await connection.query('ROLLBACK TO accident');
    return 0;
  }
}
