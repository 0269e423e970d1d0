/**
 * Path of an object in the file vault: the segments of its key become directories and a file name, escaped so that no key
 * can leave the vault, two keys never share a file (also on case-insensitive file systems), and objects `a` and `a/b` can
 * coexist. Escaping is reversible: the keys can be recovered from the directory listing alone.
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
      hint: 'Keys have at most 1,024 bytes, and at most about 80 bytes between two slashes if all of them are escaped.',
    });
  }
  return join(root, ...directories, file);
}

/** The directory of a prefix up to its last slash, and the common start of its keys. */
export function prefixDirectory(root: string, prefix: string): { directory: string; keys: string } {
  const keys = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return { directory: join(root, ...keys.split('/').slice(0, -1).map(escapeDirectory)), keys };
}

/** The key segment of a directory entry: an object's last segment, or a directory's segment with its slash. */
export function entryName(name: string, directory: boolean): string | undefined {
  if (directory) return `${unescapeSegment(name)}/`;
  return name.endsWith(OBJECT_SUFFIX) && !name.startsWith('.')
    ? unescapeSegment(name.slice(0, -OBJECT_SUFFIX.length))
    : undefined;
}

/** Lower case, digits, `-`, `_` and inner dots are unchanged; every other byte is %xx; an empty segment is a bare %. */
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

/** A directory name contains no dot, so that it is never mistaken for an object. */
function escapeDirectory(segment: string): string {
  return escapeSegment(segment).replaceAll('.', '%2e');
}

function unescapeSegment(name: string): string {
  return name === '%' ? '' : decodeURIComponent(name);
}
