/**
 * A catalog file made anew in the place of the one that is there. Invariants: what is there serves until the new content is
 * whole, and gives way to it in one transaction of SQLite's, so that a reader sees all of the one or all of the other,
 * whenever the process is killed; one rebuild at a time, by a lock that ends with its process; and nothing that others
 * wrote meanwhile is lost.
 */
import { existsSync } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from '../domain/errors.ts';
import { makeDirectory } from './durable-file.ts';
import { guarded, openCatalogFile } from './sqlite-catalog.ts';

const FILES = ['', '-wal', '-shm'];
/** Somebody may write while a rebuild reads the vault; not each time. */
const ATTEMPTS = 3;

/**
 * `build` fills the catalog at the path that it is given. What was there before is kept at `keepAs`; returns null for that
 * where there was nothing. StorageError `rebuild-running`, `catalog-changed`, and what opening a catalog throws.
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
  /** Null where there was no catalog to keep. */
  readonly kept: string | null;
}

/** Undefined, and nothing done, where somebody wrote to the catalog meanwhile. */
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

/** SQLite's own lock: the system takes it from a process that dies. */
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

/** Changes when another connection has written. */
function versionOf(database: DatabaseSync): unknown {
  return guarded(() => database.prepare('PRAGMA data_version').get()?.data_version);
}

/** False, and nothing done, where somebody has written since `version`. */
function replaceContent(old: DatabaseSync, version: unknown, kept: string | null, fresh: string): boolean {
  return guarded(() => {
    if (kept !== null) old.prepare('VACUUM INTO ?').run(kept);
    old.prepare('ATTACH DATABASE ? AS fresh').run(fresh);
    old.exec('BEGIN IMMEDIATE');
    if (versionOf(old) !== version) {
      old.exec('ROLLBACK');
      return false;
    }
    // Revisions go on: a write that began before this one must not take an item for the one that it read.
    old.exec(`
      CREATE TEMP TABLE before AS SELECT coalesce(max(revision), 0) AS revision FROM main.items;
      DELETE FROM main.items;
      INSERT INTO main.items SELECT partition, sort, fresh.items.revision + before.revision, value FROM fresh.items, temp.before;
      COMMIT`);
    return true;
  });
}

/** A damaged file answers nobody, whenever this is cut off. Its write-ahead files must not be read into the new one. */
async function setAside(path: string, keepAs: string, fresh: string): Promise<void> {
  await link(path, keepAs);
  for (const suffix of ['-wal', '-shm']) if (existsSync(path + suffix)) await rename(path + suffix, keepAs + suffix);
  await rename(fresh, path);
}

async function removeCatalog(path: string): Promise<void> {
  for (const suffix of FILES) await rm(path + suffix, { force: true });
}
