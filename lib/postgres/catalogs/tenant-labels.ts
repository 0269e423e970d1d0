/** Reads the names of tenants from the column that the model names: of some tenants, of all, or backwards. */
import type { ColumnSchema, TableSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { isTenant, tenantText, textOf } from '../equality.ts';
import { columnReference, fromTable, quoteLiteral } from '../sql.ts';

export interface LabelTable {
  readonly schema: TableSchema;
  /** The column that holds the tenant's id. */
  readonly key: string;
  readonly label: string;
}

/** More are not read for a list. Twice the largest fleet that is planned for (docs/scale.md): a list names every tenant. */
const MOST_LABELS = 200_000;
const LABEL_CHARACTERS = 100;

/** Label by tenant id; of the tenants without one, none. */
export async function readLabels(
  connection: Connection,
  from: LabelTable,
  only?: string,
): Promise<Map<string, string>> {
  const key = columnReference(from.key, 'r');
  const where = only === undefined ? '' : ` WHERE ${isTenant(keyColumn(from), key, quoteLiteral(only))}`;
  const label = `left(${textOf(columnReference(from.label, 'r'))}, ${LABEL_CHARACTERS})`;
  const { rows } = await connection.query(
    `SELECT ${tenantText(keyColumn(from), key)} AS id, ${label} AS label FROM ${fromTable(from.schema)} AS r${where} LIMIT ${MOST_LABELS}`,
  );
  return new Map(rows.flatMap(row => (row.label ? [[row.id, row.label] as const] : [])));
}

/** Whether that text is the id of a tenant. */
export async function isTenantId(connection: Connection, from: LabelTable, typed: string): Promise<boolean> {
  const condition = isTenant(keyColumn(from), columnReference(from.key, 'r'), quoteLiteral(typed));
  try {
    const { rows } = await connection.query(`SELECT 1 FROM ${fromTable(from.schema)} AS r WHERE ${condition} LIMIT 1`);
    return rows.length > 0;
  } catch (error) {
    // Class 22: the text is not valid for that type.
    if (/^22...$/.test((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

/** The tenants with that label, at most `most`: in exactly this spelling, or else in any case. */
export async function tenantsLabelled(
  connection: Connection,
  from: LabelTable,
  label: string,
  most: number,
): Promise<string[]> {
  const text = textOf(columnReference(from.label, 'r'));
  const id = tenantText(keyColumn(from), columnReference(from.key, 'r'));
  const find = async (condition: string) => {
    const { rows } = await connection.query(
      `SELECT ${id} AS id FROM ${fromTable(from.schema)} AS r WHERE ${condition} ORDER BY 1 LIMIT ${most}`,
      [label],
    );
    return rows.map(row => row.id as string);
  };
  const exact = await find(`${text} = $1`);
  return exact.length > 0 ? exact : find(`lower(${text}) = lower($1)`);
}

function keyColumn({ schema, key }: LabelTable): ColumnSchema {
  return schema.columns.find(column => column.name === key)!;
}
