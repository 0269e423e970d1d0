/** Keys of rows before and after what is taken back, where it changed them: both belong to the same row. */
import type { Connection } from '../connection.ts';
import { columnReference, quoteIdentifier } from '../sql.ts';
import { copyInto, copyText } from './copy-import.ts';
import type { StagedTable } from './staging.ts';

/** Texts of the key columns in order. */
export interface KeyPair {
  readonly old: readonly Buffer[];
  readonly now: readonly Buffer[];
}

/** Writes them beside the staged tables; returns the quoted name. `number`: part of it. */
export async function writeKeyPairs(
  connection: Connection,
  schema: string,
  { number, table: { staged, key } }: { readonly number: number; readonly table: Pick<StagedTable, 'staged' | 'key'> },
  pairs: Iterable<KeyPair>,
): Promise<string> {
  const name = `${quoteIdentifier(schema)}.pairs${number}`;
  const columns = (['o', 'n'] as const).flatMap(side =>
    key.map((column, at) => `${columnReference(column, 's')} AS ${side}${at}`),
  );
  await connection.query(`CREATE UNLOGGED TABLE ${name} AS SELECT ${columns.join(', ')} FROM ${staged} s WITH NO DATA`);
  const list = [...key.map((_, at) => `o${at}`), ...key.map((_, at) => `n${at}`)];
  await copyInto(connection, name, list, copyText(valuesOf(pairs)));
  await connection.query(`ANALYZE ${name}`);
  return name;
}

function* valuesOf(pairs: Iterable<KeyPair>): Generator<Buffer[]> {
  for (const { old, now } of pairs) yield [...old, ...now];
}
