/** Folders of signed files, as commands write and read them. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../lib/domain/errors.ts';

/** InputError `file-exists`: a bundle is never mixed with other files. */
export async function newFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if ((await readdir(path)).length === 0) return;
  throw new InputError('file-exists', `The folder ${path} is not empty.`, { hint: 'Name a new folder.' });
}

/** By name; a file that cannot be read is empty. InputError `usage`. */
export async function readFolder(path: string): Promise<Map<string, Uint8Array>> {
  const names = await readdir(path).catch(cause => {
    throw unreadable(path, cause);
  });
  const files = new Map<string, Uint8Array>();
  for (const name of names.sort()) files.set(name, await readFile(join(path, name)).catch(() => Buffer.alloc(0)));
  return files;
}

/** InputError `usage`. */
export function readGivenFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(cause => {
    throw unreadable(path, cause);
  });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): InputError {
  return new InputError('usage', `${path} cannot be read (${cause.code}).`, { hint: 'Check the path.', cause });
}
