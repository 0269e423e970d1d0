/**
 * Asks the database what the log alone does not tell: whose a parent row is, and the value of a row that moved. One
 * statement per batch, values as parameters, by index.
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { OwnedTable } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { columnReference, quoteIdentifier, quoteTable, unlimitedType } from '../sql.ts';

/**
 * The tenant of each parent row named by the values of `columns`, in the order asked; null where there is no such row
 * or it belongs to nobody. `owner` is the model's entry of the parent's table; `tenantColumnOf` names the tenant column
 * of the table in which a via path ends.
 */
export async function findTenants(
  connection: Connection,
  parent: { table: TableName; columns: readonly string[]; owner: OwnedTable },
  tenantColumnOf: (table: TableName) => string | undefined,
  schemas: ReadonlyMap<TableName, TableSchema>,
  keys: readonly (readonly string[])[],
): Promise<(string | null)[]> {
  const { table, columns, owner } = parent;
  const steps = owner.kind === 'via' ? owner.path : [];
  const end = steps.at(-1)?.references ?? table;
  const tenantColumn = owner.kind === 'via' ? tenantColumnOf(end) : owner.column;
  const types = columns.map(column => schemas.get(table)?.columns.find(candidate => candidate.name === column)?.type);
  if (tenantColumn === undefined || types.includes(undefined)) return keys.map(() => null);
  const joins = steps.map((step, index) => {
    const on = step.columns.map(
      (column, i) =>
        `${columnReference(step.referencedColumns[i]!, `p${index + 1}`)} = ${columnReference(column, `p${index}`)}`,
    );
    return `JOIN ${quoteTable(step.references)} p${index + 1} ON ${on.join(' AND ')}`;
  });
  const where = columns.map((column, i) => `${columnReference(column, 'p0')} = k.v${i}::${unlimitedType(types[i]!)}`);
  const { rows } = await connection.query(
    `SELECT found.tenant
     FROM unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')}) WITH ORDINALITY AS k(${columns.map((_, i) => `v${i}`).join(', ')}, number)
     LEFT JOIN LATERAL (
       SELECT format('%s', ${columnReference(tenantColumn, `p${steps.length}`)}) AS tenant
       FROM ${quoteTable(table)} p0 ${joins.join(' ')}
       WHERE ${where.join(' AND ')} AND ${columnReference(tenantColumn, `p${steps.length}`)} IS NOT NULL LIMIT 1
     ) found ON true
     ORDER BY k.number`,
    columns.map((_, i) => keys.map(key => key[i]!)),
  );
  return rows.map(row => row.tenant);
}

/**
 * The text of some columns of the row with that key, if the row is still as the transaction left it; undefined where
 * it is not (changed since, deleted, or written by a subtransaction).
 */
export async function readMovedRow(
  connection: Connection,
  schema: TableSchema,
  key: readonly { column: string; value: string }[],
  xid: number,
  columns: readonly string[],
): Promise<string[] | undefined> {
  const where = key.map(({ column }, i) => {
    const type = schema.columns.find(candidate => candidate.name === column)?.type ?? 'text';
    return `${quoteIdentifier(column)} = $${i + 2}::text::${unlimitedType(type)}`;
  });
  const list = columns.map(
    (column, i) =>
      `CASE WHEN ${quoteIdentifier(column)} IS NOT NULL THEN format('%s', ${quoteIdentifier(column)}) END AS c${i}`,
  );
  const { rows } = await connection.query(
    `SELECT ${list.join(', ')} FROM ${quoteTable(schema.table)} WHERE ${where.join(' AND ')} AND xmin = $1::text::xid LIMIT 1`,
    [String(xid), ...key.map(({ value }) => value)],
  );
  if (rows.length === 0) return undefined;
  const values = columns.map((_, i) => rows[0][`c${i}`] as string | null);
  return values.includes(null) ? undefined : (values as string[]);
}
