/**
 * One table of a snapshot's plan: which chunks of the base are kept, and which key ranges are read. Invariant: a chunk is
 * kept only when the log proves that no row of it changed since the base, and nothing outside the log (a rewrite, another
 * set of partitions, another column list) happened to its table.
 */
import { stretchesOf, withTinyNeighbours } from '../../domain/chunk-layout.ts';
import { complement, type IndexRange, type IndexRanges, joined, toRanges, within } from '../../domain/index-ranges.ts';
import type { WorkItem } from '../../domain/snapshot-parts.ts';
import { sampleBounds } from '../../postgres/catalogs/table-sizes.ts';
import type { Connection } from '../../postgres/connection.ts';
import type { TenantTable } from '../../postgres/export/chunk-query.ts';
import type { TableChunks } from '../storage/page-reader.ts';
import { boundsHold, rowsHold, type SnapshotBase } from './snapshot-base.ts';
import { changedChunks, type JudgedChanges } from './snapshot-changes.ts';
import type { SnapshotSession } from './snapshot-session.ts';

/** A range of a table before its work gets its number. */
export type LayoutStretch = { readonly keep: IndexRange } | { readonly work: WorkItem };

/** The changes of a table since the base, from the log. */
export interface Changes {
  /** No row changed. */
  readonly none: boolean;
  /** By the base's chunks; undefined where its bounds no longer divide the rows. */
  readonly chunks: { readonly touched: IndexRanges; readonly promised: IndexRanges } | undefined;
}

export async function judgeTable(
  session: SnapshotSession,
  connection: Connection,
  table: TenantTable,
  { base, judgement }: { base: SnapshotBase | undefined; judgement: JudgedChanges | undefined },
): Promise<Changes> {
  const name = table.owned.table;
  const same = base !== undefined && rowsHold(base, table, session.storage.get(name)!, session.schema.types);
  const judged = same && session.logged.has(name) ? judgement : undefined;
  const none = judged !== undefined && !judged.keys.has(name) && !judged.placed.has(name);
  if (!base || !boundsHold(base, table, session.schema.types)) return { none, chunks: undefined };
  const chunks = base.chunksOf(name);
  const changed = judged ? await changedChunks(connection, table, base, judged) : 'all';
  const touched: IndexRanges = changed === 'all' ? [[0, chunks.count]] : toRanges(changed);
  return { none, chunks: { touched, promised: complement(touched, chunks.count) } };
}

export interface LayoutOptions {
  readonly base: SnapshotBase | undefined;
  readonly changes: Changes;
  /** Chunks that are read only for comparison. */
  readonly checked: ReadonlySet<number> | undefined;
  readonly full: boolean;
  /** Bytes of a part. */
  readonly pieces: number;
  /** Bytes of the table. */
  readonly estimate: number;
  readonly mergeBytes: number;
}

export async function layOutTable(
  session: SnapshotSession,
  connection: Connection,
  table: TenantTable,
  options: LayoutOptions,
): Promise<LayoutStretch[]> {
  const { base, changes, checked, full, pieces, mergeBytes } = options;
  const name = table.owned.table;
  if (!base?.tables.has(name)) return freshStretches(session, connection, table, options);
  const chunks = base.chunksOf(name);
  if (!changes.chunks) {
    // No bounds to inherit. A table that cannot be cut can still be reused entirely.
    if (!full && table.keyPositions === undefined && changes.none) return [{ keep: [0, chunks.count] }];
    return freshStretches(session, connection, table, options);
  }
  const { touched, promised } = changes.chunks;
  const read: IndexRanges = full ? [[0, chunks.count]] : await withNeighbours(chunks, touched, mergeBytes);
  const stretches: LayoutStretch[] = [];
  for (const { range, read: again } of stretchesOf(chunks.count, read, checked)) {
    if (!again) {
      stretches.push({ keep: range });
      continue;
    }
    for (const piece of splitByBytes(chunks, range, pieces / 2)) {
      const [from, to] = [await chunks.boundAt(piece[0]), await chunks.boundAt(piece[1])];
      stretches.push({ work: { table: name, from, to, base: { chunks: piece, promised: within(promised, piece) } } });
    }
  }
  return stretches;
}

/** Of each page by itself: a neighbour in another page would have to be opened. */
async function withNeighbours(chunks: TableChunks, touched: IndexRanges, mergeBytes: number): Promise<IndexRanges> {
  const grown: IndexRange[] = [];
  for (let page = 0; page < chunks.pages.length; page++) {
    const all = chunks.rangeOf(page);
    const own = within(touched, all);
    if (own.length === 0) continue;
    if (own[0]![0] === all[0] && own[0]![1] === all[1]) {
      grown.push(all);
      continue;
    }
    const lengths = (await chunks.chunksOf(page)).map(chunk => chunk.length);
    const indexes = own.flatMap(([start, end]) => Array.from({ length: end - start }, (_, at) => start + at));
    grown.push(...toRanges(withTinyNeighbours(indexes, { first: all[0], lengths, mergeBytes })));
  }
  return joined(grown);
}

/** Ranges of chunks that have about `limit` bytes each, and at least one chunk. */
export function splitByBytes(
  chunks: Pick<TableChunks, 'pages' | 'rangeOf' | 'pageOf'>,
  [start, end]: IndexRange,
  limit: number,
): IndexRange[] {
  const ranges: IndexRange[] = [];
  let from = start;
  let filled = 0;
  for (let at = start; at < end; ) {
    const page = chunks.pageOf(at);
    const stop = Math.min(end, chunks.rangeOf(page)[1]);
    const each = Math.max(1, chunks.pages[page]!.bytes / chunks.pages[page]!.chunks);
    const fits = Math.max(at === from ? 1 : 0, Math.floor((limit - filled) / each));
    if (fits >= stop - at) {
      filled += (stop - at) * each;
      at = stop;
      continue;
    }
    at += fits;
    ranges.push([from, at]);
    from = at;
    filled = 0;
  }
  if (from < end) ranges.push([from, end]);
  return ranges;
}

/** A table without usable bounds: one stretch, or several of about equal size where it is larger than a part. */
async function freshStretches(
  session: SnapshotSession,
  connection: Connection,
  table: TenantTable,
  { estimate: bytes, pieces }: LayoutOptions,
): Promise<LayoutStretch[]> {
  const count = Math.ceil((bytes * 2) / pieces);
  const size = session.sizes.get(table.owned.table);
  const bounds = bytes > pieces / 2 ? await sampleBounds(connection, table, count, size) : [];
  const froms = [null, ...bounds];
  return froms.map((from, index) => ({
    work: { table: table.owned.table, from, to: froms[index + 1] ?? null, base: null },
  }));
}

/** Bytes of COPY text of a work item, as far as they are known. */
export function sizeOf(item: WorkItem, { base, estimate, pieces }: LayoutOptions): number {
  if (item.base && base) return base.chunksOf(item.table).bytesIn(item.base.chunks);
  return item.from === null && item.to === null ? estimate : pieces / 2;
}
