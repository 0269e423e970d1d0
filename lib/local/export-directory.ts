/**
 * The directory of an export on this machine. It holds rows in clear: only its owner can read it. Invariants: nothing that
 * exists is overwritten but what the same request wrote before; a file has its name only once it is complete and on disk.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../domain/errors.ts';
import type { ExportDirectory, ExportPlace } from '../ports.ts';
import { createDurably, syncDirectory } from './durable-file.ts';

/** Names the request that made the directory. */
const CLAIM = '.holdfast-export';
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

export const exportPlace: ExportPlace = {
  async open(path, request) {
    const isNew = await makeNew(path);
    if (isNew) await createDurably(join(path, CLAIM), `${request}\n`, FILE_MODE);
    else if ((await readFile(join(path, CLAIM), 'utf8').catch(() => '')).trim() !== request) throw exists();
    return directoryAt(path);
  },
};

/** False if there is something of that name. */
async function makeNew(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: DIRECTORY_MODE });
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new InputError('export-place', `The directory of the export cannot be made (${code}).`, {
      hint: 'Name a directory that does not exist, in one that does and that you can write to.',
    });
  }
}

function exists(): InputError {
  return new InputError('export-exists', 'The directory of the export exists already.', {
    hint: 'Nothing was written. Name a directory that does not exist: an export overwrites nothing.',
  });
}

function directoryAt(path: string): ExportDirectory {
  return {
    async put(name, bytes) {
      const file = join(path, name);
      const partial = `${file}.partial`;
      await mkdir(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
      // What an attempt that was killed left of it.
      await rm(partial, { force: true });
      await pipeline(Readable.from(bytes), createWriteStream(partial, { flags: 'wx', mode: FILE_MODE }));
      await syncFile(partial);
      await rename(partial, file);
      await syncDirectory(dirname(file));
    },
    async read(name) {
      const file = await open(join(path, name), 'r').catch(error => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return undefined;
      });
      await file?.close();
      return file && createReadStream(join(path, name), { highWaterMark: 1024 * 1024 });
    },
  };
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
