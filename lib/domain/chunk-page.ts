/**
 * A snapshot's list of chunks, in pages: an entry in the manifest for about a thousand chunks, whose own list is stored
 * beside the rows. A page that no change touches is carried from manifest to manifest without being opened, so that what a
 * snapshot reads, holds in memory and writes grows with what changed, not with the tenant.
 *
 * A page is enough by itself: its content names its packs, blocks and views. Small ones are in the manifest itself.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';

const Hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().nonnegative();
/** A PostgreSQL bigint or numeric as text: exact. */
const Exact = z.string().regex(/^-?\d+$/);

/**
 * A sealed unit inside a pack: one AWS Encryption SDK message over zstd(plaintext). The plaintext contains one or
 * more concatenated chunks or a page (snapshot), or framed log messages (segment, incremental).
 */
export const Block = z.object({
  /** Index into the list of packs beside it. */
  pack: Count,
  offset: Count,
  /** Stored bytes. */
  length: Count,
  /** Bytes before compression. */
  rawLength: Count,
});
export type Block = z.infer<typeof Block>;

/** Key bound: text values of the key columns, in key order; null is minus infinity (first chunk). */
export const KeyBound = z.array(z.string()).nullable();
export type KeyBound = z.infer<typeof KeyBound>;

/** A database snapshot from which a part of the backup was read. */
export const View = z.object({
  /** pg_current_snapshot() as text. */
  snapshot: z.string(),
  /** Log position confirmed before the snapshot was taken: everything before it is in the snapshot. */
  from: LsnText,
  /** pg_current_wal_insert_lsn() after the snapshot was taken: nothing after it is in the snapshot. */
  to: LsnText,
  at: z.string(),
});
export type View = z.infer<typeof View>;

/** The rows of one table in one key range [from, next chunk's from). */
export const ChunkEntry = z.object({
  from: KeyBound,
  rows: Count,
  /** Sum of hash_record_extended(row, 0) over the rows, computed in the database in the chunk's own snapshot. */
  checksum: Exact,
  /** HMAC-SHA-256 under the tenant's digest key over `chunkHeader(table, columns)` and the chunk's bytes. */
  digest: Hex32,
  /** Index into `blocks`; the chunk's bytes are plaintext[offset, offset + length). Empty chunks have length 0. */
  block: Count,
  offset: Count,
  length: Count,
  /** Index into `views`: the database snapshot that read it (for reused chunks, the one that found them unchanged). */
  view: Count,
});
export type ChunkEntry = z.infer<typeof ChunkEntry>;

/** What is sealed as a page, or stands in the manifest: chunks in key order, and what their numbers refer to. */
export const PageContent = z.object({
  /** `pack`: index into the `packs` of the page's entry. */
  blocks: z.array(Block),
  views: z.array(View),
  chunks: z.array(ChunkEntry).min(1),
});
export type PageContent = z.infer<typeof PageContent>;

/** A block by the key of its pack. */
export const PackedBlock = Block.extend({ pack: z.string() });
export type PackedBlock = z.infer<typeof PackedBlock>;

/** The entry of a page. */
export const ChunkPage = z.object({
  /** Bound of its first chunk, whatever the content says: the chunks before it may be gone. */
  from: KeyBound,
  chunks: Count,
  rows: Count,
  /** Bytes of COPY text. */
  bytes: Count,
  checksum: Exact,
  /** Packs that hold the chunks' bytes; `bytes`: stored bytes of the blocks in it. */
  packs: z.array(z.object({ key: z.string(), bytes: Count })),
  /** The database snapshot that found all of it unchanged, in place of the views in the content. */
  view: View.optional(),
  /** Either the content itself, … */
  content: PageContent.optional(),
  /** … or where it is stored as JSON, and the SHA-256 of that. */
  stored: PackedBlock.extend({ sha256: Hex32 }).optional(),
});
export type ChunkPage = z.infer<typeof ChunkPage>;

/** A chunk by itself, with everything that its entry refers to. */
export interface Chunk {
  readonly from: KeyBound;
  readonly rows: number;
  readonly checksum: string;
  readonly digest: string;
  readonly length: number;
  /** Null for a chunk without bytes. Chunks that share a block have the same object, if they come from one page. */
  readonly block: PackedBlock | null;
  readonly offset: number;
  readonly view: View;
}

/** Content and entry of chunks in key order, at least one; not yet stored. */
export function makePage(chunks: readonly Chunk[]): Omit<ChunkPage, 'content' | 'stored'> & { content: PageContent } {
  const packs = new Places<string>();
  const blocks = new Places<Block>();
  const views = new Places<View>();
  const placed = ({ pack, offset, length, rawLength }: PackedBlock) =>
    blocks.place(`${pack} ${offset}`, () => ({ pack: packs.place(pack, () => pack), offset, length, rawLength }));
  const seen = ({ snapshot, from, to, at }: View) =>
    views.place(`${snapshot} ${from}`, () => ({ snapshot, from, to, at }));
  const entries = chunks.map(({ from, rows, checksum, digest, length, block, offset, view }): ChunkEntry => {
    const places = { block: block ? placed(block) : 0, offset, length, view: seen(view) };
    return { from, rows, checksum, digest, ...places };
  });
  const bytes = packs.list.map(() => 0);
  for (const block of blocks.list) bytes[block.pack]! += block.length;
  return {
    from: chunks[0]!.from,
    chunks: chunks.length,
    rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    checksum: chunks.reduce((sum, chunk) => sum + BigInt(chunk.checksum), 0n).toString(),
    packs: packs.list.map((key, index) => ({ key, bytes: bytes[index]! })),
    content: { blocks: blocks.list, views: views.list, chunks: entries },
  };
}

/** The chunks of a page's content; undefined where it refers to what is not there, or is not as the entry says. */
export function chunksOf(page: ChunkPage, content: PageContent): Chunk[] | undefined {
  const packs = page.packs.map(({ key }) => key);
  const blocks = content.blocks.map(block => ({ ...block, pack: packs[block.pack] }));
  const whole = blocks.every((block): block is PackedBlock => block.pack !== undefined);
  if (!whole || content.chunks.length !== page.chunks) return undefined;
  const chunks = content.chunks.flatMap((entry, index): Chunk[] => {
    const view = page.view ?? content.views[entry.view];
    const block = entry.length > 0 ? blocks[entry.block] : null;
    if (view === undefined || block === undefined) return [];
    return [{ ...entry, from: index === 0 ? page.from : entry.from, block, view }];
  });
  return chunks.length === page.chunks ? chunks : undefined;
}

/** A list in which each element occurs once. */
class Places<T> {
  readonly list: T[] = [];
  readonly #known = new Map<string, number>();

  place(name: string, make: () => T): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const place = this.list.push(make()) - 1;
    this.#known.set(name, place);
    return place;
  }
}
