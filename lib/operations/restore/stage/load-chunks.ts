/**
 * Loads a snapshot's chunks into staged tables, over several connections. Invariant: no byte of a chunk is sent to the
 * database before its digest is checked, and a table that receives fewer or more rows than its chunks hold fails. What
 * one COPY loads is recorded in the same transaction, so that loading can stop and resume between any two of them.
 * Memory: the blocks being read, at most two per connection and those shared by small chunks.
 */
import { chunkDigest, type DigestKey, sameDigest } from '../../../codec/digest.ts';
import { IntegrityError } from '../../../domain/errors.ts';
import type { ChunkEntry, SnapshotBody, SnapshotTable } from '../../../domain/manifest.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { type Connection, withConnection } from '../../../postgres/connection.ts';
import { copyInto } from '../../../postgres/staging/copy-import.ts';
import type { StagingArea } from '../../../postgres/staging/staging-area.ts';
import { beginPiece, commitPiece } from '../../../postgres/staging/staging-progress.ts';
import { readBlock } from '../../storage/pack.ts';
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

/** Progress items of the staging schema: one per unit. */
export const LOADED = 'loaded ';

interface Unit {
  readonly number: number;
  readonly table: LoadTable;
  readonly chunks: readonly ChunkEntry[];
}

export interface LoadWhat {
  /** Whose keys open the chunks. */
  readonly owner: TenantRef;
  readonly body: SnapshotBody;
  readonly tables: readonly LoadTable[];
  readonly into: Pick<StagingArea, 'source' | 'connection' | 'schema'>;
}

export interface LoadOptions {
  /** Numbers of the units that an earlier call loaded. */
  readonly loaded: ReadonlySet<number>;
  readonly connections: number;
  readonly budget: TimeBudget;
}

/** Whether everything is loaded now, with total rows and bytes. IntegrityError naming the object; SourceError. */
export async function loadChunks(
  deps: LoadDeps,
  { owner, body, tables, into }: LoadWhat,
  options: LoadOptions,
): Promise<{ done: boolean; rows: number; bytes: number }> {
  const all = unitsOf(tables);
  const units = all.filter(unit => !options.loaded.has(unit.number));
  const reader = new BlockReader(deps, owner, body, units);
  const key = await digestKey(deps, owner);
  const total = all.reduce((sum, unit) => sum + bytesOf(unit), 0);
  let rows = all.filter(unit => options.loaded.has(unit.number)).reduce((sum, unit) => sum + rowsOf(unit), 0);
  let bytes = total - units.reduce((sum, unit) => sum + bytesOf(unit), 0);
  let next = 0;
  let failed = false;
  const worker = (connection: Connection) => async () => {
    while (!failed && next < units.length && !(next > 0 && options.budget.isUsed())) {
      const unit = units[next++]!;
      await loadUnit(connection, into.schema, unit, reader, key);
      await deps.crash?.('stage.during-load');
      rows += rowsOf(unit);
      bytes += bytesOf(unit);
      deps.progress?.({
        step: 'restore.stage',
        message: `Loading ${unit.table.stored.table}`,
        done: bytes,
        total,
        unit: 'bytes',
      });
    }
  };
  // The session of the staging schema loads; others join where there is enough work to justify connecting.
  const joining = Math.min(options.connections, units.length, Math.ceil(total / BYTES_PER_CONNECTION)) - 1;
  const stop = (error: unknown) => {
    failed = true;
    throw error;
  };
  await Promise.all([
    worker(into.connection)().catch(stop),
    ...Array.from({ length: Math.max(0, joining) }, () =>
      withConnection(into.source, 'staging load', connection => worker(connection)()).catch(stop),
    ),
  ]);
  return { done: next >= units.length, rows, bytes };
}

/** The same plan always gives the same units in the same order: another call identifies them by number. */
function unitsOf(tables: readonly LoadTable[]): Unit[] {
  const units: { number: number; table: LoadTable; chunks: ChunkEntry[] }[] = [];
  for (const table of tables) {
    let size = Number.POSITIVE_INFINITY;
    for (const chunk of table.stored.chunks) {
      if (size + chunk.length > UNIT_BYTES) {
        units.push({ number: units.length, table, chunks: [] });
        size = 0;
      }
      units.at(-1)!.chunks.push(chunk);
      size += chunk.length;
    }
  }
  return units;
}

function rowsOf(unit: Unit): number {
  return unit.chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
}

function bytesOf(unit: Unit): number {
  return unit.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

async function loadUnit(
  connection: Connection,
  schema: string,
  unit: Unit,
  reader: BlockReader,
  key: DigestKey,
): Promise<void> {
  const { stored, staged, columns } = unit.table;
  const expected = rowsOf(unit);
  const verified = async function* () {
    for (const chunk of unit.chunks) {
      const bytes = await reader.chunk(chunk);
      const digest = chunkDigest(key, stored.table, stored.columns).update(bytes).digest('hex');
      if (!sameDigest(digest, chunk.digest)) throw altered(reader.packOf(chunk), undefined);
      if (bytes.byteLength > 0) yield bytes;
    }
  };
  await beginPiece(connection);
  const loaded = await copyInto(connection, staged, columns, verified());
  if (loaded === expected) {
    await commitPiece(connection, schema, { [LOADED + unit.number]: loaded });
    return;
  }
  throw new IntegrityError(
    'row-count',
    `The chunks of ${stored.table} hold ${loaded} rows where their manifest says ${expected}.`,
    {
      hint: 'Nothing was written to live tables. Choose a target that another backup reaches.',
      details: { object: reader.packOf(unit.chunks[0]!), table: stored.table, loaded, expected },
    },
  );
}

/** Blocks, each read once while chunks that share it are pending. */
class BlockReader {
  readonly #deps: LoadDeps;
  readonly #owner: TenantRef;
  readonly #body: SnapshotBody;
  readonly #uses = new Map<number, number>();
  readonly #open = new Map<number, Promise<Uint8Array>>();

  constructor(deps: LoadDeps, owner: TenantRef, body: SnapshotBody, units: readonly Unit[]) {
    this.#deps = deps;
    this.#owner = owner;
    this.#body = body;
    for (const chunk of units.flatMap(unit => unit.chunks)) {
      if (chunk.length > 0) this.#uses.set(chunk.block, (this.#uses.get(chunk.block) ?? 0) + 1);
    }
  }

  async chunk(chunk: ChunkEntry): Promise<Uint8Array> {
    if (chunk.length === 0) return new Uint8Array(0);
    let block = this.#open.get(chunk.block);
    if (!block) {
      block = readBlock(this.#deps, this.#owner, this.#body.packs, this.#body.blocks[chunk.block]!);
      this.#open.set(chunk.block, block);
    }
    const left = (this.#uses.get(chunk.block) ?? 1) - 1;
    this.#uses.set(chunk.block, left);
    if (left === 0) this.#open.delete(chunk.block);
    return (await block).subarray(chunk.offset, chunk.offset + chunk.length);
  }

  packOf(chunk: ChunkEntry): string {
    const block = this.#body.blocks[chunk.block];
    return (block && this.#body.packs[block.pack]) ?? '(no pack)';
  }
}
