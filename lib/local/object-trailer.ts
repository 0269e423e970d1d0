/**
 * Metadata of an object in the file vault, at the end of the object's own file: 256 bytes after the stored bytes, one JSON
 * line padded with spaces. One file and two syncs per object; offsets into the object are offsets into the file. Later
 * changes (retention extended, hold set or released) are in the lock directory under the object's `id` and take
 * precedence over the trailer.
 */
import type { FileHandle } from 'node:fs/promises';
import * as z from 'zod';
import { IntegrityError } from '../domain/errors.ts';

export const TRAILER_BYTES = 256;

export const ObjectTrailer = z.object({
  format: z.literal('holdfast.object/1'),
  /** Random: binds the lock files to this object and not to a later one with the same key. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  bytes: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Milliseconds since 1970. */
  storedAt: z.number(),
  retainUntil: z.number(),
  hold: z.boolean(),
});
export type ObjectTrailer = z.infer<typeof ObjectTrailer>;

export function encodeTrailer(trailer: ObjectTrailer): Buffer {
  return Buffer.from(`\n${JSON.stringify(trailer).padEnd(TRAILER_BYTES - 2)}\n`);
}

/** Throws IntegrityError `object-truncated` if the file does not end as it was written. */
export async function readTrailer(file: FileHandle, key: string): Promise<ObjectTrailer> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(TRAILER_BYTES);
  if (size < TRAILER_BYTES) throw truncated(key);
  await file.read(bytes, 0, TRAILER_BYTES, size - TRAILER_BYTES);
  const trailer = parse(bytes.toString());
  if (trailer === undefined || trailer.bytes !== size - TRAILER_BYTES) throw truncated(key);
  return trailer;
}

function parse(text: string): ObjectTrailer | undefined {
  try {
    return ObjectTrailer.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function truncated(key: string): IntegrityError {
  return new IntegrityError(
    'object-truncated',
    `The object ${key} is shorter than when it was stored, or its end was altered.`,
    {
      hint: 'Nothing was written. Restore the object from a replica, or choose a target that another backup reaches.',
      details: { object: key },
    },
  );
}
