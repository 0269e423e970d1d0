/**
 * Loads a snapshot's chunks into staged tables, several connections at a time. Invariant: not a byte of a chunk is sent
 * to the database before its digest was checked, and a table that took fewer or more rows than its chunks hold fails.
 * Memory: the blocks being read, at most two per connection and those shared by small chunks.
 */
import { chunkDigest, sameDigest } from '../../codec/digest.ts';
import { IntegrityError } from '../../domain/errors.ts';
import type { ChunkEntry, SnapshotBody, SnapshotTable } from '../../domain/manifest.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { type Connection, type Source, withConnection } from '../../postgres/connection.ts';
import { copyInto } from '../../postgres/staging/copy-import.ts';
import { altered, readBlock } from '../storage/pack.ts';
import { digestKey } from '../storage/tenant-key.ts';

type LoadDeps = Pick<Deps, 'vault' | 'keyring' | 'progress'>;

export interface LoadTable {
  readonly stored: SnapshotTable;
  /** Quoted, qualified. */
  readonly staged: string;
  /** Names in the staged table, in the order of `stored.columns`. */
  readonly columns: readonly string[];
}

/** COPY text that one COPY statement loads, roughly: enough to keep a connection busy, little enough to share the work. */
const UNIT_BYTES = 32 * 1024 * 1024;

const BYTES_PER_CONNECTION = 4 * 1024 * 1024;

interface Unit {
  readonly table: LoadTable;
  readonly chunks: readonly ChunkEntry[];
}

/** Returns rows and bytes loaded. IntegrityError naming the object; SourceError. */
export async function loadChunks(
  deps: LoadDeps,
  owner: TenantRef,
  body: SnapshotBody,
  tables: readonly LoadTable[],
  into: { readonly source: Source; readonly connection: Connection },
  connections: number,
): Promise<{ rows: number; bytes: number }> {
  const units = tables.flatMap(table => unitsOf(table));
  const reader = new BlockReader(deps, owner, body, units);
  const key = await digestKey(deps, owner);
  const total = units.reduce((sum, unit) => sum + bytesOf(unit), 0);
  let rows = 0;
  let bytes = 0;
  let next = 0;
  let failed = false;
  const worker = (connection: Connection) => async () => {
    for (let unit = units[next++]; unit && !failed; unit = units[next++]) {
      const loaded = await loadUnit(connection, unit, reader, key);
      rows += loaded;
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
  // The area's own session loads; others join it where there is enough to do for the time that connecting takes.
  const joining = Math.min(connections, units.length, Math.ceil(total / BYTES_PER_CONNECTION)) - 1;
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
  return { rows, bytes };
}

function unitsOf(table: LoadTable): Unit[] {
  const units: { table: LoadTable; chunks: ChunkEntry[] }[] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const chunk of table.stored.chunks) {
    if (size + chunk.length > UNIT_BYTES) {
      units.push({ table, chunks: [] });
      size = 0;
    }
    units.at(-1)!.chunks.push(chunk);
    size += chunk.length;
  }
  return units;
}

function bytesOf(unit: Unit): number {
  return unit.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

async function loadUnit(connection: Connection, unit: Unit, reader: BlockReader, key: Uint8Array): Promise<number> {
  const { stored, staged, columns } = unit.table;
  const expected = unit.chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const verified = async function* () {
    for (const chunk of unit.chunks) {
      const bytes = await reader.chunk(chunk);
      const digest = chunkDigest(key, stored.table, stored.columns).update(bytes).digest('hex');
      if (!sameDigest(digest, chunk.digest)) throw altered(reader.packOf(chunk), undefined);
      if (bytes.byteLength > 0) yield bytes;
    }
  };
  const loaded = await copyInto(connection, staged, columns, verified());
  if (loaded === expected) return loaded;
  throw new IntegrityError(
    'row-count',
    `The chunks of ${stored.table} hold ${loaded} rows where their manifest says ${expected}.`,
    {
      hint: 'Nothing was written to live tables. Choose a target that another backup reaches.',
      retry: 'never',
      details: { object: reader.packOf(unit.chunks[0]!), table: stored.table, loaded, expected },
    },
  );
}

/** Blocks, each read once while chunks that share it are waited for. */
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
