/**
 * Key values as the one text that equal values share, so that a digest of what a person typed (an upper-case UUID, `1` for
 * `1.0`, citext in another case) equals the digest of what a row holds. Error messages never repeat a value.
 */
import { InputError } from '../../domain/errors.ts';
import type { ColumnSchema } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { tenantText, valueType } from '../equality.ts';
import { valueText } from './checksum.ts';

/** Throws InputError `bad-key` where a value is none of its column's type. */
export async function canonicalKeys(
  connection: Connection,
  columns: readonly ColumnSchema[],
  keys: readonly (readonly string[])[],
): Promise<string[][]> {
  const canonical: string[][] = [];
  const list = columns
    .map((column, index) => `${sharedText(column, `$${index + 1}::${valueType(column)}`)} AS k${index}`)
    .join(', ');
  for (const [number, values] of keys.entries()) {
    try {
      const { rows } = await connection.query(`SELECT ${list}`, [...values]);
      canonical.push(columns.map((_, index) => rows[0][`k${index}`]));
    } catch {
      throw new InputError(
        'bad-key',
        `Key number ${number + 1} does not match the types of its columns (${columns.map(column => column.type).join(', ')}).`,
        {
          hint: 'Give the values as the database prints them.',
        },
      );
    }
  }
  return canonical;
}

function sharedText(column: ColumnSchema, value: string): string {
  const canonical = column.equality?.canonical ?? 'text';
  return canonical === 'text' || canonical === 'none' ? valueText(column, value) : tenantText(column, value);
}
