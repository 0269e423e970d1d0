/**
 * The chunks of the base in which given keys lie: first the pages, by their bounds alone, then the chunks of those pages.
 * Pages without such a key are not opened. Memory: the bounds of a few pages.
 */
import type { Connection } from '../../postgres/connection.ts';
import type { TableShape } from '../../postgres/export/chunk-query.ts';
import { placesOfKeys } from '../../postgres/export/key-ranges.ts';
import type { TableChunks } from '../storage/page-reader.ts';

type Keys = readonly (readonly string[])[];

/** Their numbers in the table. Throws SourceError, and IntegrityError for a page that does not open. */
export async function touchedChunks(
  connection: Connection,
  table: TableShape,
  chunks: TableChunks,
  keys: Keys,
): Promise<Set<number>> {
  const touched = new Set<number>();
  if (keys.length === 0) return touched;
  const byPage = new Map<number, Keys[number][]>();
  const pageOf = await placesOfKeys(
    connection,
    table,
    chunks.pages.map(page => page.from),
    keys,
  );
  for (const [index, page] of pageOf.entries()) {
    const own = byPage.get(page) ?? [];
    own.push(keys[index]!);
    byPage.set(page, own);
  }
  for (const [page, own] of byPage) {
    const bounds = (await chunks.chunksOf(page)).map(chunk => chunk.from);
    const [first] = chunks.rangeOf(page);
    for (const place of await placesOfKeys(connection, table, bounds, own)) touched.add(first + place);
  }
  return touched;
}
