/**
 * Loads a snapshot's chunks into staged tables, over several connections. Invariant: no byte of a chunk is sent to the
 * database before its digest is checked, and a table that receives fewer or more rows than its chunks hold fails. What
 * one COPY loads is recorded in the same transaction, so that loading can stop and resume between any two of them.
 * Blocks and pages are read ahead, also those with which the next COPY begins. Memory: the blocks being read, those
 * opened last, and two pages of the list of chunks per connection.
 */
import { chunkDigest, type DigestKey, sameDigest } from '../../../codec/digest.ts';
import type { Chunk, ChunkPage } from '../../../domain/chunk-page.ts';
import { IntegrityError } from '../../../domain/errors.ts';
import type { IndexRange } from '../../../domain/index-ranges.ts';
import type { SnapshotTable } from '../../../domain/snapshot-body.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { type Connection, withConnection } from '../../../postgres/connection.ts';
import { copyInto } from '../../../postgres/staging/copy-import.ts';
import type { StagingArea } from '../../../postgres/staging/staging-area.ts';
import { beginPiece, commitPiece } from '../../../postgres/staging/staging-progress.ts';
import { BlockReader } from '../../storage/block-reader.ts';
import { PageReader } from '../../storage/page-reader.ts';
import { altered } from '../../storage/sealed-document.ts';
import { digestKey } from '../../storage/tenant-key.ts';
import type { TimeBudget } from '../../time-budget.ts';

type LoadDeps = Pick<Deps, 'vault' | 'keyring' | 'memory' | 'progress' | 'crash'>;

export interface LoadTable {
  readonly stored: SnapshotTable;
  /** Quoted, qualified. */
  readonly staged: string;
  /** Names in the staged table, in the order of `stored.columns`. */
  readonly columns: readonly string[];
}

/** Approximate COPY text per COPY statement: enough to keep a connection busy, little enough to share the work. */
const UNIT_BYTES = 32 * 1024 * 1024;

const BYTES_PER_CONNECTION = 4 * 1024 * 1024;

/** Stored bytes of blocks that are read ahead, over all connections. */
const AHEAD_BYTES = 12 * 1024 * 1024;
/** Bytes of opened blocks that wait for more chunks: neighbours share one, also those of small tables. */
const OPEN_BYTES = 16 * 1024 * 1024;

/** Progress items of the staging schema: one per unit, with its rows. */
export const LOADED = 'loaded pages ';

/** Chunks [start, end) of a page. */
interface Piece {
  readonly page: ChunkPage;
  readonly range: IndexRange;
}

interface Unit {
  readonly number: number;
  readonly table: LoadTable;
  readonly pieces: readonly Piece[];
  /** Bytes of COPY text: exact for whole pages. */
  readonly bytes: number;
}

export interface LoadWhat {
  /** Whose keys open the chunks. */
  readonly owner: TenantRef;
  readonly tables: readonly LoadTable[];
  readonly into: Pick<StagingArea, 'source' | 'connection' | 'schema'>;
}

export interface LoadOptions {
  /** Rows of the units that earlier calls loaded, by number. */
  readonly loaded: ReadonlyMap<number, number>;
  readonly connections: number;
  readonly budget: TimeBudget;
}

/** Whether everything is loaded now, with total rows and bytes. IntegrityError naming the object; SourceError. */
export async function loadChunks(
  deps: LoadDeps,
  { owner, tables, into }: LoadWhat,
  options: LoadOptions,
): Promise<{ done: boolean; rows: number; bytes: number }> {
  const all = unitsOf(tables);
  const units = all.filter(unit => !options.loaded.has(unit.number));
  const total = all.reduce((sum, unit) => sum + unit.bytes, 0);
  let rows = [...options.loaded.values()].reduce((sum, count) => sum + count, 0);
  let bytes = total - units.reduce((sum, unit) => sum + unit.bytes, 0);
  // The session of the staging schema loads; others join where there is enough work to justify connecting.
  const joining = Math.min(options.connections, units.length, Math.ceil(total / BYTES_PER_CONNECTION)) - 1;
  const queue = new UnitQueue(units, await storedChunks(deps, owner, Math.max(1, joining + 1)));
  let failed = false;
  const worker = async (connection: Connection) => {
    while (!failed && !(queue.taken > 0 && options.budget.isUsed())) {
      const next = queue.take();
      if (next === undefined) return;
      rows += await loadUnit(connection, into.schema, next);
      await deps.crash?.('stage.during-load');
      bytes += next.unit.bytes;
      deps.progress?.({
        step: 'restore.stage',
        message: `Loading ${next.unit.table.stored.table}`,
        done: bytes,
        total,
        unit: 'bytes',
      });
    }
  };
  const stop = (error: unknown) => {
    failed = true;
    throw error;
  };
  await Promise.all([
    worker(into.connection).catch(stop),
    ...Array.from({ length: Math.max(0, joining) }, () =>
      withConnection(into.source, 'staging load', worker).catch(stop),
    ),
  ]);
  return { done: queue.taken >= units.length, rows, bytes };
}

/** The same plan always gives the same units in the same order: another call identifies them by number. */
function unitsOf(tables: readonly LoadTable[]): Unit[] {
  const units: { number: number; table: LoadTable; pieces: Piece[]; bytes: number }[] = [];
  for (const table of tables) {
    let unit: (typeof units)[number] | undefined;
    for (const piece of table.stored.pages.flatMap(piecesOf)) {
      const bytes = bytesOf(piece);
      if (!unit || unit.bytes + bytes > UNIT_BYTES) {
        unit = { number: units.length, table, pieces: [], bytes: 0 };
        units.push(unit);
      }
      unit.pieces.push(piece);
      unit.bytes += bytes;
    }
  }
  return units;
}

/** A page of large chunks is several. */
function piecesOf(page: ChunkPage): Piece[] {
  const count = Math.min(page.chunks, Math.max(1, Math.ceil(page.bytes / UNIT_BYTES)));
  const at = (piece: number) => Math.round((piece * page.chunks) / count);
  return Array.from({ length: count }, (_, piece) => ({ page, range: [at(piece), at(piece + 1)] as const }));
}

function bytesOf({ page, range: [start, end] }: Piece): number {
  return Math.round((page.bytes * (end - start)) / page.chunks);
}

/** Where chunks come from, and what checks them. */
interface Stored {
  readonly pages: PageReader;
  readonly blocks: BlockReader;
  readonly key: DigestKey;
}

/** Streams are as many as connections, and the one that is begun ahead; each holds two batches. */
async function storedChunks(deps: LoadDeps, owner: TenantRef, connections: number): Promise<Stored> {
  const streams = connections + 1;
  const options = { batchBytes: Math.floor(AHEAD_BYTES / (2 * streams)), openBytes: OPEN_BYTES };
  return {
    pages: new PageReader(deps, owner, 2 * streams),
    blocks: new BlockReader(deps, owner, options),
    key: await digestKey(deps, owner),
  };
}

/** A unit whose first blocks are being fetched. */
interface BegunUnit {
  readonly unit: Unit;
  readonly chunks: AsyncIterable<ReadChunk>;
}

type ReadChunk = readonly [chunk: Chunk, bytes: Uint8Array];

/** Hands out units in order; of the next one, the first blocks are fetched before it is asked for. */
class UnitQueue {
  /** Number of units handed out. */
  taken = 0;
  readonly #units: readonly Unit[];
  readonly #from: Stored;
  #ahead: BegunUnit | undefined;

  constructor(units: readonly Unit[], from: Stored) {
    this.#units = units;
    this.#from = from;
  }

  take(): BegunUnit | undefined {
    const taken = this.#ahead ?? this.#begin(this.#units[this.taken]);
    if (taken === undefined) return undefined;
    this.taken += 1;
    this.#ahead = this.#begin(this.#units[this.taken]);
    return taken;
  }

  #begin(unit: Unit | undefined): BegunUnit | undefined {
    return unit && { unit, chunks: begun(verifiedChunks(unit, this.#from)) };
  }
}

/** The same elements; the first is already being produced. */
function begun<T>(source: AsyncGenerator<T>): AsyncIterable<T> {
  const first = source.next();
  first.catch(() => {});
  return (async function* () {
    const { value, done } = await first;
    if (done) return;
    yield value;
    yield* source;
  })();
}

/** IntegrityError naming the object: a chunk is returned only after its digest was compared. */
async function* verifiedChunks({ table: { stored }, pieces }: Unit, from: Stored): AsyncGenerator<ReadChunk> {
  for await (const [chunk, plain] of from.blocks.read(chunksOf(pieces, from.pages), ({ block }) => block)) {
    const bytes = plain.subarray(chunk.offset, chunk.offset + chunk.length);
    const digest = chunkDigest(from.key, stored.table, stored.columns).update(bytes).digest('hex');
    if (!sameDigest(digest, chunk.digest)) throw altered(chunk.block?.pack ?? NO_PACK, undefined);
    yield [chunk, bytes];
  }
}

async function* chunksOf(pieces: readonly Piece[], pages: PageReader): AsyncGenerator<Chunk> {
  for (const [index, { page, range }] of pieces.entries()) {
    const chunks = pages.open(page);
    const next = pieces[index + 1];
    if (next) pages.open(next.page).catch(() => {});
    yield* (await chunks).slice(...range);
  }
}

/** Its rows. */
async function loadUnit(connection: Connection, schema: string, { unit, chunks }: BegunUnit): Promise<number> {
  const { stored, staged, columns } = unit.table;
  let expected = 0;
  const verified = async function* () {
    for await (const [{ rows }, bytes] of chunks) {
      expected += rows;
      if (bytes.byteLength > 0) yield bytes;
    }
  };
  await beginPiece(connection);
  const loaded = await copyInto(connection, staged, columns, verified());
  if (loaded === expected) {
    await commitPiece(connection, schema, { [LOADED + unit.number]: loaded });
    return loaded;
  }
  throw new IntegrityError(
    'row-count',
    `The chunks of ${stored.table} hold ${loaded} rows where their manifest says ${expected}.`,
    {
      hint: 'Nothing was written to live tables. Choose a target that another backup reaches.',
      details: { object: unit.pieces[0]?.page.packs[0]?.key ?? NO_PACK, table: stored.table, loaded, expected },
    },
  );
}

const NO_PACK = '(no pack)';
