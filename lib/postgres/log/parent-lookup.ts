/**
 * Asks the database what the log alone does not tell: whose a parent row is, and the value of a row that moved. One
 * statement per batch, values as parameters, by index.
 */
import type { TableSchema } from '../../domain/table-schema.ts';
import { type OwnedTable, routingColumns } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { equalValues, readTexts, sameBytes, tenantText, valueType } from '../equality.ts';
import { columnReference, fromTable, quoteIdentifier, quoteTable } from '../sql.ts';

/** A parent's row as the database has it. */
export interface FoundParent {
  /** Its key in its own text form. */
  readonly key: readonly string[];
  /** What says whose it is: its tenant's name, or the columns that refer to its own parent. */
  readonly routing: readonly (string | null)[];
  /** The transaction, or subtransaction, that wrote it. */
  readonly xmin: number;
}

/** The rows of the parent's table named by values of its key, in the order asked; undefined where there is no such row. */
export async function findParents(
  connection: Connection,
  parent: { columns: readonly string[]; owner: OwnedTable; schema: TableSchema | undefined },
  keys: readonly (readonly string[])[],
): Promise<(FoundParent | undefined)[]> {
  const { columns, owner, schema } = parent;
  const own = columns.flatMap(name => schema?.columns.find(column => column.name === name) ?? []);
  if (schema === undefined || own.length < columns.length) return keys.map(() => undefined);
  const texts = (names: readonly string[], isTenant: boolean) =>
    names.map(name => {
      const column = isTenant ? schema.columns.find(candidate => candidate.name === name) : undefined;
      const value = columnReference(name, 'p');
      return `CASE WHEN ${value} IS NOT NULL THEN ${tenantText(column ?? {}, value)} END`;
    });
  const asked = own.map((column, i) => readTexts(column, `$${i + 1}`));
  const where = own.map((column, i) =>
    equalValues(column, columnReference(column.name, 'p'), asked[i]!.value(`k.v${i}`)),
  );
  const { rows } = await connection.query(
    `SELECT found.*
     FROM unnest(${asked.map(({ array }) => array).join(', ')}) WITH ORDINALITY AS k(${columns.map((_, i) => `v${i}`).join(', ')}, number)
     LEFT JOIN LATERAL (
       SELECT ARRAY[${texts(columns, false).join(', ')}]::text[] AS key, ARRAY[${texts(routingColumns(owner), owner.kind !== 'via').join(', ')}]::text[] AS routing, p.xmin::text AS xmin
       FROM ${fromTable(schema)} p WHERE ${where.join(' AND ')} LIMIT 1
     ) found ON true
     ORDER BY k.number`,
    columns.map((_, i) => keys.map(key => key[i]!)),
  );
  return rows.map(row => (row.key === null ? undefined : { ...row, xmin: Number(row.xmin) }));
}

/** How the database spells tenants of a type that compares in lower case, in the order asked: what tenantText() says. */
export async function foldTenants(connection: Connection, spellings: readonly string[]): Promise<string[]> {
  const { rows } = await connection.query(
    `SELECT lower(v COLLATE "default") AS name FROM unnest($1::text[]) WITH ORDINALITY AS k (v, place) ORDER BY place`,
    [spellings],
  );
  return rows.map(row => row.name);
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
    const found = schema.columns.find(candidate => candidate.name === column) ?? { type: 'text', equality: undefined };
    return sameBytes(found.equality, quoteIdentifier(column), `$${i + 2}::${valueType(found)}`);
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
