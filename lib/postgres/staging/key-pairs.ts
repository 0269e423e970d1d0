/** Keys of rows before and after what is taken back, where it changed them: both belong to the same row. */
import type { Connection } from '../connection.ts';
import { columnReference, quoteIdentifier } from '../sql.ts';
import { CopyTextWriter, copyInto } from './copy-import.ts';
import type { StagedTable } from './staging.ts';

/** Texts of the key columns in order. */
export interface KeyPair {
  readonly old: readonly Buffer[];
  readonly now: readonly Buffer[];
}

const PIECE_BYTES = 128 * 1024;

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
  await copyInto(connection, name, list, copyText(pairs));
  await connection.query(`ANALYZE ${name}`);
  return name;
}

function* copyText(pairs: Iterable<KeyPair>): Generator<Uint8Array> {
  const writer = new CopyTextWriter();
  for (const { old, now } of pairs) {
    for (const value of [...old, ...now]) writer.field(value);
    writer.endRow();
    if (writer.length > PIECE_BYTES) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
}
