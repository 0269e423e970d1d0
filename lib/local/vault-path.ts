/**
 * Where an object lies in the file vault: its key's segments become directories and a file name, escaped so that no
 * key can leave the vault, two keys never share a file (also where case does not count), and an object `a` can stand
 * beside `a/b`. Escaping is reversible: the directory listing alone gives the keys back.
 */
import { join } from 'node:path';
import { StorageError } from '../domain/errors.ts';

const OBJECT_SUFFIX = '.hf';
const MAX_NAME_BYTES = 255;

/** Throws StorageError `bad-object-key` for a key that is empty, or longer than a file name or S3 allows. */
export function objectPath(root: string, key: string): string {
  const segments = key.split('/');
  const file = `${escapeSegment(segments.pop()!)}${OBJECT_SUFFIX}`;
  const directories = segments.map(escapeDirectory);
  if (
    key === '' ||
    Buffer.byteLength(key) > 1024 ||
    [...directories, file].some(name => name.length > MAX_NAME_BYTES)
  ) {
    throw new StorageError('bad-object-key', 'An object key is empty or too long for the file vault.', {
      hint: 'Keys have at most 1,024 bytes, and about 80 between two slashes where they need escaping.',
    });
  }
  return join(root, ...directories, file);
}

/** The directory of a prefix up to its last slash, and those keys' common beginning. */
export function prefixDirectory(root: string, prefix: string): { directory: string; keys: string } {
  const keys = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return { directory: join(root, ...keys.split('/').slice(0, -1).map(escapeDirectory)), keys };
}

/** What a directory entry stands for: an object's last segment, or a directory's segment with its slash. */
export function entryName(name: string, directory: boolean): string | undefined {
  if (directory) return `${unescapeSegment(name)}/`;
  return name.endsWith(OBJECT_SUFFIX) && !name.startsWith('.')
    ? unescapeSegment(name.slice(0, -OBJECT_SUFFIX.length))
    : undefined;
}

/** Lower case, digits, `-`, `_` and inner dots stand for themselves; every other byte is %xx; empty is a bare %. */
function escapeSegment(segment: string): string {
  if (segment === '') return '%';
  let text = '';
  for (const byte of Buffer.from(segment)) {
    const plain = (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte === 45 || byte === 95;
    text +=
      plain || (byte === 46 && text !== '') ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** A directory has no dot at all, so that it is never mistaken for an object. */
function escapeDirectory(segment: string): string {
  return escapeSegment(segment).replaceAll('.', '%2e');
}

function unescapeSegment(name: string): string {
  return name === '%' ? '' : decodeURIComponent(name);
}
