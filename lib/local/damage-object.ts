/**
 * Damages a stored object as a bad disk would, for game days on test installations: one byte is another, and the file says
 * that it is whole. The vault itself never does this.
 */
import { createHash } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeTrailer, ObjectTrailer, TRAILER_BYTES } from './object-trailer.ts';
import { objectPath } from './vault-path.ts';

/** `vault`: its directory. Returns how to put the bytes back. */
export async function damageObject(vault: string, key: string): Promise<() => Promise<void>> {
  const path = objectPath(join(vault, 'objects'), key);
  const whole = await readFile(path);
  const trailer = ObjectTrailer.parse(JSON.parse(whole.subarray(-TRAILER_BYTES).toString()));
  const bytes = Buffer.from(whole.subarray(0, -TRAILER_BYTES));
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await replace(path, Buffer.concat([bytes, encodeTrailer({ ...trailer, sha256 })]));
  return () => replace(path, whole);
}

async function replace(path: string, content: Uint8Array): Promise<void> {
  await chmod(path, 0o600);
  await writeFile(path, content);
  await chmod(path, 0o444);
}
