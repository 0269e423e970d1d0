/**
 * Combines the chunks that parts have read and the reused ones into one manifest body. Pure. Invariant: every block and
 * pack that the body lists is used by a chunk, and every chunk's place is in a listed block.
 */
import { withoutEmpty } from '../../domain/chunk-layout.ts';
import type { Block, ChunkEntry, SnapshotBody, SnapshotTable, View } from '../../domain/manifest.ts';
import type { PartState, PlanTable, ReadChunk, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { SnapshotBase } from './snapshot-base.ts';

export interface Assembly {
  readonly body: SnapshotBody;
  /** Packs of the body that were written for earlier backups. */
  readonly oldPacks: string[];
  /** Packs written for this backup, used or not. */
  readonly newPacks: { key: string; bytes: number }[];
  readonly rows: number;
  readonly bytes: number;
  readonly chunks: number;
  /** Chunks whose bytes were not stored again. */
  readonly reusedChunks: number;
}

/** One place in the storage of a part, or of the base. */
interface Origin {
  readonly packs: readonly string[];
  readonly blocks: readonly Block[];
  readonly old: boolean;
}

export function assembleSnapshot(
  plan: SnapshotPlan,
  base: SnapshotBase | undefined,
  states: readonly PartState[],
): Assembly {
  const views = new Places<View>();
  const storage = new BlockList();
  const work = indexWork(states);
  const old = base && { packs: base.body.packs, blocks: base.body.blocks, old: true };
  const origins = new Map(states.map(state => [state, originOf(state)]));
  let reusedChunks = 0;

  const kept = (table: PlanTable, [start, end]: [number, number]): ChunkEntry[] =>
    base!.tables
      .get(table.table)!
      .chunks.slice(start, end)
      .map(chunk => {
        reusedChunks += 1;
        return { ...chunk, block: storage.place(old!, chunk), view: views.place('judged', judgedView(plan)) };
      });
  const read = (table: PlanTable, number: number): ChunkEntry[] =>
    (work.get(number) ?? []).map(({ state, chunk }) => {
      const { reuse, ...entry } = chunk;
      const view = views.place(`${state.part} ${chunk.view}`, state.views[chunk.view]!);
      if (reuse === null) return { ...entry, view, block: storage.place(origins.get(state)!, chunk) };
      reusedChunks += 1;
      const before = base!.tables.get(table.table)!.chunks[reuse]!;
      return { ...entry, view, block: storage.place(old!, before), offset: before.offset };
    });

  const tables = plan.tables.map(table => {
    const chunks = table.layout.flatMap(segment =>
      'keep' in segment ? kept(table, segment.keep) : read(table, segment.work),
    );
    return toTable(table, chunks);
  });
  const body: SnapshotBody = {
    tenantId: plan.tenantId,
    server: plan.server,
    schema: plan.schema,
    model: plan.model,
    read: plan.read,
    base: plan.base?.id ?? null,
    reason: plan.reason,
    views: views.list,
    packs: storage.packs,
    blocks: storage.blocks,
    tables,
    sequences: plan.sequences,
  };
  const newPacks = states.flatMap(state => state.packs);
  return { body, oldPacks: storage.oldPacks, newPacks, reusedChunks, ...totalsOf(tables) };
}

function totalsOf(tables: readonly SnapshotTable[]): Pick<Assembly, 'rows' | 'bytes' | 'chunks'> {
  return {
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: tables.reduce((sum, table) => sum + table.bytes, 0),
    chunks: tables.reduce((sum, table) => sum + table.chunks.length, 0),
  };
}

/** Chunks read for each work item. A part writes an item alone, so its chunks are in key order. */
function indexWork(states: readonly PartState[]): Map<number, { state: PartState; chunk: ReadChunk }[]> {
  return new Map(
    states.flatMap(state =>
      state.items.map(item => [item.work, item.chunks.map(chunk => ({ state, chunk }))] as const),
    ),
  );
}

function originOf(state: PartState): Origin {
  return { packs: state.packs.map(pack => pack.key), blocks: state.blocks, old: false };
}

/** Unchanged since the base up to the end of the consulted log: the moment that the chunk represents. */
function judgedView(plan: SnapshotPlan): View {
  const { lsn, time } = plan.judged!;
  return { snapshot: `log:${lsn}`, from: lsn, to: lsn, at: time };
}

function toTable(table: PlanTable, all: readonly ChunkEntry[]): SnapshotTable {
  const chunks = withoutEmpty(all);
  return {
    table: table.table,
    columns: table.columns,
    key: table.key,
    rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    checksum: chunks.reduce((sum, chunk) => sum + BigInt(chunk.checksum), 0n).toString(),
    bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    storage: table.storage,
    chunks,
  };
}

/** A list in which each element occurs once. */
class Places<T> {
  readonly list: T[] = [];
  readonly #known = new Map<unknown, number>();

  place(name: unknown, thing: T): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, this.list.length);
    return this.list.push(thing) - 1;
  }
}

class BlockList {
  readonly #blocks = new Places<Block>();
  readonly #packs = new Places<string>();
  readonly oldPacks: string[] = [];

  get blocks(): Block[] {
    return this.#blocks.list;
  }

  get packs(): string[] {
    return this.#packs.list;
  }

  /** The place of the block that holds the chunk; 0 for a chunk without bytes, which is never read. */
  place(origin: Origin, chunk: { block: number; length: number }): number {
    if (chunk.length === 0) return 0;
    const block = origin.blocks[chunk.block]!;
    const key = origin.packs[block.pack]!;
    const before = this.#packs.list.length;
    const pack = this.#packs.place(key, key);
    if (origin.old && pack === before) this.oldPacks.push(key);
    return this.#blocks.place(block, { ...block, pack });
  }
}
