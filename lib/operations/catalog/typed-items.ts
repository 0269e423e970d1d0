/**
 * Items of the catalog, typed: every value is parsed when it is read, so that a damaged catalog is an error now and not
 * a wrong restore later.
 */
import type * as z from 'zod';
import { StorageError } from '../../domain/errors.ts';
import { type Lsn, parseLsn, sortableLsn } from '../../domain/lsn.ts';
import type { Catalog, CatalogItem, CatalogWrite } from '../../ports.ts';

/** All of a partition, or of a range of it, in order. StorageError `catalog-damaged`. */
export async function collect<S extends z.ZodType>(
  catalog: Catalog,
  partition: string,
  schema: S,
  range: Parameters<Catalog['query']>[1] = {},
): Promise<z.infer<S>[]> {
  const found: z.infer<S>[] = [];
  for await (const item of catalog.query(partition, range)) found.push(parsed(schema, item));
  return found;
}

export function parsed<S extends z.ZodType>(schema: S, { partition, value }: CatalogItem): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new StorageError('catalog-damaged', 'A catalog item is damaged.', {
    hint: 'Run `holdfast catalog rebuild`, which writes the catalog again from the signed manifests.',
    details: { partition },
  });
}

export async function one<S extends z.ZodType>(
  catalog: Catalog,
  partition: string,
  sort: string,
  schema: S,
): Promise<z.infer<S> | undefined> {
  const item = await catalog.get(partition, sort);
  return item === undefined ? undefined : parsed(schema, item);
}

/** Sorts by position, then by id. */
export const lsnSort = (text: string, id: string) => `${sortableLsn(parseLsn(text))}#${id}`;
/** Bounds of a sort range by LSN: `#` sorts before `~`. */
export const fromLsn = (value: Lsn) => sortableLsn(value);
export const toLsn = (value: Lsn) => `${sortableLsn(value)}~`;

/** Undefined for an item that is damaged: for a rebuild, which writes it again. */
export async function ifReadable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'catalog-damaged') return undefined;
    throw error;
  }
}

/** Writes any number of items, in batches of the maximum size; the last batch makes the rest visible. */
export async function writeAll(catalog: Catalog, writes: readonly CatalogWrite[]): Promise<void> {
  for (let start = 0; start < writes.length; start += 100) await catalog.write(writes.slice(start, start + 100));
}
