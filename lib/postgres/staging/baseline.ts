/** Copies of staged tables, kept beside the first in the schema of an undo: what the restore that is undone left behind. */
import type { Connection } from '../connection.ts';
import { quoteIdentifier } from '../sql.ts';

/** Returns the quoted name of the copy. `staged`: quoted, qualified. */
export async function copyStaged(
  connection: Connection,
  schema: string,
  { number, staged }: { readonly number: number; readonly staged: string },
): Promise<string> {
  const baseline = `${quoteIdentifier(schema)}.b${number}`;
  await connection.query(`CREATE UNLOGGED TABLE ${baseline} AS TABLE ${staged}; ANALYZE ${baseline}`);
  return baseline;
}
