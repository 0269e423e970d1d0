/**
 * The catalog in one SQLite file (module node:sqlite). Write-ahead log with full sync: a write that resolved survives a
 * power cut; readers and one writer do not block each other, and a second writer waits.
 */
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError, InputError, StorageError } from '../domain/errors.ts';
import type { Catalog, CatalogItem, CatalogWrite } from '../ports.ts';

const BUSY_TIMEOUT_MS = 30_000;
const PAGE_ITEMS = 500;
const MAX_WRITES = 100;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS items (
    partition TEXT NOT NULL,
    sort TEXT NOT NULL,
    revision INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (partition, sort)
  ) WITHOUT ROWID;
`;

interface Row {
  sort: string;
  revision: number;
  value: string;
}

/** Creates the file if missing. StorageError `catalog-unreachable`, `catalog-damaged`. */
export function openCatalogFile(path: string): DatabaseSync {
  return guarded(() => {
    const opened = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    opened.exec(SCHEMA);
    return opened;
  });
}

/** Opens the catalog file; creates it if missing. StorageError `catalog-unreachable`, `catalog-damaged`. */
export function openSqliteCatalog(path: string): Catalog {
  const database = openCatalogFile(path);
  const select = database.prepare('SELECT sort, revision, value FROM items WHERE partition = ? AND sort = ?');
  const pages = preparePages(database);
  const apply = prepareWrites(database);

  return {
    async get(partition, sort) {
      const row = guarded(() => select.get(partition, sort)) as Row | undefined;
      return row === undefined ? undefined : toItem(partition, row);
    },

    async *query(partition, range = {}) {
      const { first, next } = range.reverse ? pages.backward : pages.forward;
      const bounds = { partition, low: range.from ?? LEAST, high: range.to ?? ABOVE_ALL };
      let left = range.limit ?? Number.POSITIVE_INFINITY;
      let page = first;
      while (left > 0) {
        const size = Math.min(left, PAGE_ITEMS);
        const rows = guarded(() => page.all({ ...bounds, size })) as unknown as Row[];
        for (const row of rows) yield toItem(partition, row);
        if (rows.length < size) return;
        left -= rows.length;
        page = next;
        bounds[range.reverse ? 'high' : 'low'] = rows.at(-1)!.sort;
      }
    },

    async write(writes) {
      refuseUnsound(writes);
      guarded(() => inTransaction(database, () => writes.forEach(apply)));
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

/** Applies one write; StorageError `lost-race` if its condition does not hold. */
function prepareWrites(database: DatabaseSync): (write: CatalogWrite) => void {
  const insert = database.prepare('INSERT INTO items VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING');
  const replace = database.prepare(
    'UPDATE items SET revision = revision + 1, value = ? WHERE partition = ? AND sort = ? AND revision = ?',
  );
  const upsert = database.prepare(
    'INSERT INTO items VALUES (?, ?, 1, ?) ON CONFLICT (partition, sort) DO UPDATE SET revision = revision + 1, value = excluded.value',
  );
  const remove = database.prepare('DELETE FROM items WHERE partition = ? AND sort = ?');
  return write => {
    if ('remove' in write) {
      remove.run(write.remove.partition, write.remove.sort);
      return;
    }
    const { partition, sort, value } = write.put;
    const text = JSON.stringify(value);
    if (write.onlyIf === undefined) upsert.run(partition, sort, text);
    else if (write.onlyIf === 'absent') requireOne(insert.run(partition, sort, text).changes, partition, sort);
    else requireOne(replace.run(text, partition, sort, write.onlyIf.revision).changes, partition, sort);
  };
}

function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Bounds that leave out nothing: a blob sorts after every text. */
const LEAST = '';
const ABOVE_ALL: string | Uint8Array = new Uint8Array(1);

/**
 * Every bound is a plain comparison, which SQLite looks up in the key's tree: as `:from IS NULL OR sort >= :from` it would
 * walk from the partition's first item to the page.
 */
function preparePages(database: DatabaseSync) {
  const page = (low: '>=' | '>', high: '<=' | '<', order: 'ASC' | 'DESC') =>
    database.prepare(`SELECT sort, revision, value FROM items
      WHERE partition = :partition AND sort ${low} :low AND sort ${high} :high ORDER BY sort ${order} LIMIT :size`);
  return {
    forward: { first: page('>=', '<=', 'ASC'), next: page('>', '<=', 'ASC') },
    backward: { first: page('>=', '<=', 'DESC'), next: page('>=', '<', 'DESC') },
  };
}

function toItem(partition: string, row: Row): CatalogItem {
  return { partition, sort: row.sort, revision: row.revision, value: JSON.parse(row.value) };
}

function requireOne(changes: number | bigint, partition: string, sort: string): void {
  if (Number(changes) === 1) return;
  throw new StorageError('lost-race', 'Another run changed the catalog in the meantime.', {
    hint: 'Run the command again; it starts from the current state.',
    details: { partition, sort },
  });
}

/** Refuses the writes that DynamoDB refuses. */
function refuseUnsound(writes: readonly CatalogWrite[]): void {
  const items = new Set(
    writes.map(write =>
      JSON.stringify(
        'put' in write ? [write.put.partition, write.put.sort] : [write.remove.partition, write.remove.sort],
      ),
    ),
  );
  if (writes.length <= MAX_WRITES && items.size === writes.length) return;
  throw new InputError('bad-catalog-write', `A catalog write names more than ${MAX_WRITES} items, or one item twice.`, {
    hint: 'Split it; see writeAll() in lib/operations/catalog/catalog-index.ts.',
  });
}

/** Maps SQLite errors to ours. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const { errcode, code } = cause as { errcode?: number; code?: string };
    if (code !== 'ERR_SQLITE_ERROR' || errcode === undefined) throw cause;
    throw catalogError(errcode & 0xff, cause);
  }
}

/** Primary result codes: https://www.sqlite.org/rescode.html */
function catalogError(result: number, cause: unknown): StorageError {
  const details = { sqlite: result };
  if (result === 13)
    return new StorageError('catalog-full', 'There is no space left for the catalog.', {
      hint: 'Free space on the volume of the catalog file, then run the same command again.',
      cause,
      details,
    });
  if (result === 11 || result === 26)
    return new StorageError('catalog-damaged', 'The catalog file is damaged or is not a catalog.', {
      hint: 'Move the file away and run `holdfast catalog rebuild`: everything in it can be rebuilt from the signed manifests.',
      cause,
      details,
    });
  if (result === 5 || result === 6)
    return new StorageError('catalog-busy', 'Another process has locked the catalog.', {
      hint: 'Run the command again when that process has finished.',
      cause,
      details,
    });
  return new StorageError('catalog-unreachable', 'The catalog file cannot be used.', {
    hint: 'Check that its directory exists and is writable by this user.',
    cause,
    details,
  });
}
