/**
 * The file of one object: its bytes, then a trailer that describes them. Written once, synced before it gets its name, and
 * read-only from then on.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { objectMissing } from '../domain/object-errors.ts';
import type { Clock, PutOptions } from '../ports.ts';
import { encodeTrailer, type ObjectTrailer, readTrailer, truncated } from './object-trailer.ts';
import { storageFailure } from './vault-errors.ts';
import { objectPath } from './vault-path.ts';

/** Writes bytes and trailer to a new file and syncs it. Computes the digest while writing. */
export async function writeObject(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
  clock: Clock,
): Promise<ObjectTrailer> {
  const digest = createHash('sha256');
  const file = await open(path, 'wx', 0o444);
  try {
    let bytes = 0;
    for await (const piece of body instanceof Uint8Array ? [body] : body) {
      const writing = writeFully(file, piece, bytes);
      digest.update(piece);
      await writing;
      bytes += piece.byteLength;
    }
    const trailer: ObjectTrailer = {
      format: 'holdfast.object/1',
      id: randomBytes(8).toString('hex'),
      bytes,
      sha256: digest.digest('hex'),
      storedAt: clock.now().getTime(),
      retainUntil: options.retainUntil.getTime(),
      hold: options.hold ?? false,
    };
    await writeFully(file, encodeTrailer(trailer), bytes);
    await file.sync();
    return trailer;
  } finally {
    await file.close();
  }
}

/** A write can be partial (on a disk that fills up): the next one then reports the error. */
async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}

/** The entire object, or the bytes of the range. IntegrityError `object-truncated`. */
export async function readObjectPart(
  file: FileHandle,
  key: string,
  range?: { offset: number; length: number },
): Promise<Uint8Array> {
  const { bytes } = await readTrailer(file, key);
  const { offset, length } = range ?? { offset: 0, length: bytes };
  if (offset + length > bytes) throw truncated(key);
  return readExactly(file, key, offset, length);
}

async function readExactly(file: FileHandle, key: string, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw truncated(key);
    done += bytesRead;
  }
  return bytes;
}

export async function withObject<T>(objects: string, key: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(objectPath(objects, key), 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw storageFailure(cause, 'cannot be read');
    throw objectMissing(key);
  }
  try {
    return await work(file);
  } catch (cause) {
    throw storageFailure(cause, 'cannot be read');
  } finally {
    await file.close();
  }
}
