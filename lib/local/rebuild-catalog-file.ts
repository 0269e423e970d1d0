/**
 * Rebuilds a catalog file and replaces the existing one. Invariants: the existing catalog is used until the new content is
 * complete and is replaced in one SQLite transaction, so that a reader sees either all of the old or all of the new
 * content, whenever the process is killed; one rebuild at a time, by a lock that ends with its process; and no concurrent
 * write of another process is lost.
 */
import { existsSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../domain/errors.ts';
import { makeDirectory } from './durable-file.ts';
import { guarded, openCatalogFile } from './sqlite-catalog.ts';

const FILES = ['', '-wal', '-shm'];
/** Another process may write while a rebuild reads the vault, but not during every attempt. */
const ATTEMPTS = 3;

/**
 * `build` fills the catalog at the given path. The previous catalog is kept at `keepAs`; `kept` is null if there was none.
 * StorageError `rebuild-running`, `catalog-changed`, and those of opening a catalog.
 */
export async function rebuildCatalogFile<T>(
  path: string,
  keepAs: string,
  build: (path: string) => Promise<T>,
): Promise<{ result: T; kept: string | null }> {
  await makeDirectory(dirname(path));
  const lock = lockRebuild(`${path}.rebuild`);
  const fresh = `${path}.new`;
  try {
    const kept = existsSync(path) ? keepAs : null;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await removeCatalog(fresh);
      const built = await buildInPlace({ path, keepAs, fresh, kept }, build);
      if (built !== undefined) return { result: built.result, kept };
      await removeCatalog(keepAs);
    }
    throw new StorageError(
      'catalog-changed',
      'Other processes wrote to the catalog during every attempt to rebuild it.',
      {
        hint: 'Nothing was changed. Stop `ship --follow` and other commands, then run `holdfast catalog rebuild` again.',
      },
    );
  } finally {
    await removeCatalog(fresh);
    lock.close();
  }
}

interface RebuildPaths {
  readonly path: string;
  readonly keepAs: string;
  readonly fresh: string;
  /** Null if there was no catalog to keep. */
  readonly kept: string | null;
}

/** Undefined, without any change, if another process wrote to the catalog in the meantime. */
async function buildInPlace<T>(
  { path, keepAs, fresh, kept }: RebuildPaths,
  build: (path: string) => Promise<T>,
): Promise<{ result: T } | undefined> {
  const old = openUnlessDamaged(path);
  try {
    const version = old && versionOf(old);
    const result = await build(fresh);
    if (old === undefined) await setAside(path, keepAs, fresh);
    else if (!replaceContent(old, version, kept, fresh)) return undefined;
    return { result };
  } finally {
    old?.close();
  }
}

/** SQLite's own lock: the operating system releases it when the process dies. */
function lockRebuild(path: string): DatabaseSync {
  return guarded(() => {
    const lock = new DatabaseSync(path, { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (cause) {
      lock.close();
      if (((cause as { errcode?: number }).errcode ?? 0) !== 5) throw cause;
      throw new StorageError('rebuild-running', 'The catalog is being rebuilt by another process.', {
        hint: 'Wait until it has finished; the existing catalog is used until then.',
        cause,
      });
    }
  });
}

function openUnlessDamaged(path: string): DatabaseSync | undefined {
  try {
    return openCatalogFile(path);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'catalog-damaged') return undefined;
    throw error;
  }
}

/** Changes when another connection writes. */
function versionOf(database: DatabaseSync): unknown {
  return guarded(() => database.prepare('PRAGMA data_version').get()?.data_version);
}

/** False, without any change, if another process has written since `version`. */
function replaceContent(old: DatabaseSync, version: unknown, kept: string | null, fresh: string): boolean {
  return guarded(() => {
    if (kept !== null) old.prepare('VACUUM INTO ?').run(kept);
    old.prepare('ATTACH DATABASE ? AS fresh').run(fresh);
    old.exec('BEGIN IMMEDIATE');
    if (versionOf(old) !== version) {
      old.exec('ROLLBACK');
      return false;
    }
    // Revisions continue: a write that started earlier must not mistake a new item for the one that it read.
    old.exec(`
      CREATE TEMP TABLE before AS SELECT coalesce(max(revision), 0) AS revision FROM main.items;
      DELETE FROM main.items;
      INSERT INTO main.items SELECT partition, sort, fresh.items.revision + before.revision, value FROM fresh.items, temp.before;
      COMMIT`);
    return true;
  });
}

/** A damaged file serves no reader, so a crash in between loses nothing. The new file must not pick up its write-ahead files. */
async function setAside(path: string, keepAs: string, fresh: string): Promise<void> {
  await link(path, keepAs);
  for (const suffix of ['-wal', '-shm']) if (existsSync(path + suffix)) await rename(path + suffix, keepAs + suffix);
  await rename(fresh, path);
}

async function removeCatalog(path: string): Promise<void> {
  for (const suffix of FILES) await rm(path + suffix, { force: true });
}
