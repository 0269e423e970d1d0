/**
 * Tries what a person asks about rows on the live table, before anything is staged: a mistake is told at once. Where the
 * table is not there any more, it is told when the versions are read.
 */
import type { TableSchema, TypeSchema } from '../../domain/table-schema.ts';
import type { OwnedTable } from '../../domain/tenant-model.ts';
import { readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { withConnection } from '../../postgres/connection.ts';
import { parseKeys, parsePredicate, type RowCondition, tryCondition } from '../../postgres/diff/row-filter.ts';
import type { Context } from '../context.ts';

type Asked =
  | { readonly predicate: string }
  /** Texts of a key, with the tenant column or without it. */
  | { readonly key: readonly string[] };

/** InputError `bad-predicate`, `bad-key`; SourceError. */
export async function tryOnLive({ source }: Pick<Context, 'source'>, owned: OwnedTable, asked: Asked): Promise<void> {
  await withConnection(source, 'rows check', async connection => {
    const { tables, types } = await readSchema(connection, [owned.table]);
    const [schema] = tables;
    if (schema === undefined || schema.key.length === 0) return;
    const condition = conditionOf(schema, owned, asked, types);
    await tryCondition(connection, schema, condition, 'predicate' in asked ? 'bad-predicate' : 'bad-key', types);
  });
}

/** Over a row of the table as that definition names its columns. InputError `bad-predicate`, `bad-key`. */
export function conditionOf(
  schema: TableSchema,
  owned: OwnedTable,
  asked: Asked,
  types: readonly TypeSchema[],
): RowCondition {
  // Generated columns are not in the log.
  const names = schema.columns.filter(({ generated }) => generated === '').map(({ name }) => name);
  if ('predicate' in asked) return parsePredicate(schema.table, asked.predicate, names);
  return parseKeys(schema, schema.key, owned.kind === 'via' ? null : owned.column, [asked.key], types);
}
