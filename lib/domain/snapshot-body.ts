/**
 * The body of a snapshot's manifest. The schema reads manifests of earlier versions too, which list every chunk, and
 * gives those chunks in pages: readers know only pages.
 */
import * as z from 'zod';
import { Block, type Chunk, ChunkEntry, ChunkPage, makePage, type PackedBlock, View } from './chunk-page.ts';
import { ServerInfo } from './manifest.ts';
import { DatabaseSchema, TableName } from './table-schema.ts';

const Count = z.number().int().nonnegative();
/** A PostgreSQL bigint or numeric as text: exact. */
const Exact = z.string().regex(/^-?\d+$/);

/** Chunks of a page that a list of format 1 is read in. */
const PAGE_CHUNKS = 1000;

const TableFacts = z.object({
  table: TableName,
  columns: z.array(z.string()),
  /** Key columns in order, without the tenant column of a direct table; empty: not replayable. */
  key: z.array(z.string()),
  rows: Count,
  checksum: Exact,
  /** Bytes of COPY text. */
  bytes: Count,
  /**
   * Digest of the oids and file numbers of the table's storage and of that of the tables on its path. Changes after a
   * rewrite, and after a partition was attached or detached: row changes that are not in the change log.
   */
  storage: z.string().optional(),
  /** The table was not cut by its key: its chunks are pieces without bounds. */
  uncut: z.literal(true).optional(),
});

export type SnapshotTable = z.infer<typeof TableFacts> & { readonly pages: readonly ChunkPage[] };

const BodyFacts = z.object({
  tenantId: z.string(),
  server: ServerInfo,
  schema: DatabaseSchema,
  /** The model's own entry for every owned table (kind, column or path, component), as JSON of tenant-model.ts. */
  model: z.unknown(),
  /** `full` read everything; `changed` reused unchanged chunks of `base`. */
  read: z.enum(['full', 'changed']),
  base: z.string().nullable(),
  /** Reason for the run: schedule, manual, gap, migration, … */
  reason: z.string(),
  /** Every database snapshot that it was read from, and the one of the log that found the rest unchanged. */
  views: z.array(View),
  /** Sequences owned by exported columns: regclass → last_value (text). */
  sequences: z.record(z.string(), z.string()),
  /** Chunks whose bytes are those of an earlier backup. Absent in format 1. */
  reusedChunks: Count.optional(),
});

/** Format 1 lists every chunk; `block` and `view` of a chunk are places in the lists of the body. */
const ListedBody = BodyFacts.extend({
  packs: z.array(z.string()),
  blocks: z.array(Block),
  tables: z.array(TableFacts.extend({ chunks: z.array(ChunkEntry) })),
});

const PagedBody = BodyFacts.extend({ tables: z.array(TableFacts.extend({ pages: z.array(ChunkPage).min(1) })) });

export type SnapshotBody = z.infer<typeof BodyFacts> & { readonly tables: readonly SnapshotTable[] };

/** Reads both formats. */
export const SnapshotBody = z.union([
  PagedBody,
  ListedBody.transform((listed, problems): SnapshotBody => inPages(listed) ?? refuse(problems)),
]);

function refuse(problems: { addIssue(message: string): void }): never {
  problems.addIssue('A chunk refers to what the manifest does not list.');
  return z.NEVER;
}

function inPages({ packs, blocks, tables, ...facts }: z.infer<typeof ListedBody>): SnapshotBody | undefined {
  const packed = blocks.map(block => ({ ...block, pack: packs[block.pack] }));
  const resolve = (entry: ChunkEntry): Chunk[] => {
    const block = entry.length > 0 ? packed[entry.block] : null;
    const view = facts.views[entry.view];
    if (view === undefined || block === undefined || (block && block.pack === undefined)) return [];
    return [{ ...entry, block: block as PackedBlock | null, view }];
  };
  const paged: SnapshotTable[] = [];
  for (const { chunks: entries, ...table } of tables) {
    const chunks = entries.flatMap(resolve);
    if (chunks.length < entries.length) return undefined;
    const pages: ChunkPage[] = [];
    for (let start = 0; start < chunks.length; start += PAGE_CHUNKS)
      pages.push(makePage(chunks.slice(start, start + PAGE_CHUNKS)));
    const uncut = chunks.some(({ from }) => from !== null && from.length !== table.key.length);
    paged.push({ ...table, pages, ...(uncut && { uncut }) });
  }
  return { ...facts, tables: paged };
}
