/**
 * Compares the tables with how the last run saw them. Finds definitions that are new or changed, which the run's
 * manifest keeps, and rows that changed without a row change in the log (a rewriting ALTER TABLE, a partition truncated,
 * attached or dropped, a table published anew). After the latter the log alone does not tell the truth: that is a gap.
 */
import { z } from 'zod';
import { sha256Hex } from '../../codec/digest.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import { readStorage, type TableStorage } from '../../postgres/catalogs/table-storage.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { Context } from '../context.ts';
import type { LogSource } from '../log/log-source.ts';

/** By table oid. */
const TablesItem = z.record(
  z.string(),
  z.object({
    table: z.string(),
    key: z.array(z.string()),
    definition: z.string(),
    published: z.string().nullable(),
    leaves: z.record(z.string(), z.string()),
  }),
);
type TablesItem = z.infer<typeof TablesItem>;

const PARTITION = 'log#tables';
const SORT = 'latest';

export interface TableWatch {
  /** Definitions that are new or changed. */
  readonly changed: TableSchema[];
  /** Tables whose rows may have changed since the run before without the log saying so, and what happened to them. */
  readonly suspects: ReadonlyMap<TableName, string>;
  readonly item: TablesItem;
}

/** `truncatedOids`: tables of which the log itself tells a TRUNCATE; `continued`: there was a run before. */
export async function watchTables(
  ctx: Context,
  connection: Connection,
  source: LogSource,
  truncatedOids: ReadonlySet<number>,
  continued: boolean,
): Promise<TableWatch> {
  const storage = await readStorage(
    connection,
    ctx.publication,
    source.tables.map(table => table.oid),
  );
  const before = await lastSeen(ctx);
  const item: TablesItem = {};
  const changed: TableSchema[] = [];
  const suspects = new Map<TableName, string>();
  for (const table of source.tables) {
    const now = storage.get(table.oid);
    if (now === undefined) continue;
    const definition = sha256Hex(JSON.stringify(table));
    const known = before?.[String(table.oid)];
    item[String(table.oid)] = {
      table: table.table,
      key: table.key,
      definition,
      published: now.published,
      leaves: now.leaves,
    };
    if (known?.definition !== definition) changed.push(table);
    if (!continued || before === undefined) continue;
    if ((known?.published ?? null) !== now.published) suspects.set(table.table, 'it was added to the publication anew');
    else if (known) {
      const moved = rowsMoved(table, known, now, known.definition !== definition, truncatedOids.has(table.oid));
      if (moved) suspects.set(table.table, moved);
    }
  }
  return { changed, suspects, item };
}

/** What happened to the table's storage that the log does not tell; undefined where nothing did. */
function rowsMoved(
  table: TableSchema,
  before: TablesItem[string],
  now: TableStorage,
  redefined: boolean,
  truncated: boolean,
): string | undefined {
  for (const [leaf, file] of Object.entries(before.leaves)) {
    if (now.leaves[leaf] === undefined) return 'a partition was detached or dropped';
    // A table's own file changes with VACUUM FULL too, which changes no row: only together with its definition it counts.
    const rewritten = now.leaves[leaf] !== file && !truncated;
    if (rewritten && (redefined || leaf !== String(table.oid))) return 'it was rewritten';
  }
  const attached = Object.keys(now.leaves).some(leaf => before.leaves[leaf] === undefined && !now.born.includes(leaf));
  return attached ? 'a partition was attached' : undefined;
}

export function definitionWrites(watch: TableWatch): CatalogWrite[] {
  return [{ put: { partition: PARTITION, sort: SORT, value: watch.item } }];
}

/** The key columns of each table as the last run saw them. */
export async function knownKeys(deps: Pick<Deps, 'catalog'>): Promise<Map<TableName, readonly string[]>> {
  return new Map(Object.values((await lastSeen(deps)) ?? {}).map(({ table, key }) => [table, key]));
}

async function lastSeen(deps: Pick<Deps, 'catalog'>): Promise<TablesItem | undefined> {
  const item = await deps.catalog.get(PARTITION, SORT);
  return item && TablesItem.parse(item.value);
}
