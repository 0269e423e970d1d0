/** The database's spelling of a tenant id that a person typed, such as an upper-case uuid or 1.0 for 1. */
import type { TableSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { tenantText, valueType } from '../equality.ts';

/** Undefined if the text is not valid for the tenant column. Other database errors are thrown. */
export async function spellAs(
  connection: Connection,
  schema: TableSchema,
  column: string,
  typed: string,
): Promise<string | undefined> {
  const found = schema.columns.find(candidate => candidate.name === column);
  if (!found) return undefined;
  try {
    const { rows } = await connection.query(`SELECT ${tenantText(found, `$1::text::${valueType(found)}`)} AS name`, [
      typed,
    ]);
    return rows[0].name;
  } catch (error) {
    // Class 22: the text is not valid for that type.
    if (/^22...$/.test((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}
