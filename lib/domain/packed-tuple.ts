/**
 * A row's values in one stretch of bytes, laid out as in the change log, so that a row of the log is taken over by one
 * copy and no object is made per value:
 *
 *     u16 big-endian   number of values
 *     per value        't' u32 big-endian length, text  |  'n' NULL  |  'u' as it was (unchanged, not told)
 *
 * Whoever reads a tuple that came from outside calls `endOfTuple` first; the other functions trust the bytes.
 */

/** Text of a value; null is SQL NULL; undefined is unchanged. */
export type NetValue = Uint8Array | null | undefined;

/** Bytes that mark values. */
export const NULL = 110;
export const UNCHANGED = 117;
export const TEXT = 116;

/** Bytes of a text value before its text. */
export const TEXT_HEADER_BYTES = 5;

/** End of the tuple at `start`; -1 if it exceeds `limit` or a value is of unknown kind. */
export function endOfTuple(bytes: Buffer, start: number, limit: number): number {
  if (start + 2 > limit) return -1;
  let at = start + 2;
  for (let left = tupleWidth(bytes, start); left > 0; left--) {
    if (at >= limit) return -1;
    const kind = bytes[at]!;
    if (kind !== TEXT && kind !== NULL && kind !== UNCHANGED) return -1;
    if (kind === TEXT && at + TEXT_HEADER_BYTES > limit) return -1;
    at = valueEnd(bytes, at);
  }
  return at > limit ? -1 : at;
}

export function tupleWidth(bytes: Buffer, start: number): number {
  return bytes[start]! * 256 + bytes[start + 1]!;
}

/** End of the value with its kind at `at`. Multiplied, not shifted: a shift would make large lengths negative. */
export function valueEnd(bytes: Buffer, at: number): number {
  if (bytes[at] !== TEXT) return at + 1;
  const length = bytes[at + 1]! * 0x100_0000 + bytes[at + 2]! * 0x1_0000 + bytes[at + 3]! * 0x100 + bytes[at + 4]!;
  return at + TEXT_HEADER_BYTES + length;
}

/** Whether every value is present. */
export function isWhole(bytes: Buffer, start: number): boolean {
  let at = start + 2;
  for (let left = tupleWidth(bytes, start); left > 0; left--) {
    if (bytes[at] === UNCHANGED) return false;
    at = valueEnd(bytes, at);
  }
  return true;
}

/**
 * The values of these columns as a string: equal values, and only those, give equal strings, because every value
 * includes its kind and length. Adjacent columns are sliced at once.
 */
export function keyId(bytes: Buffer, start: number, columns: readonly number[]): string {
  let id = '';
  let column = 0;
  let at = start + 2;
  let from = at;
  for (const wanted of columns) {
    if (wanted !== column) {
      id += bytes.toString('latin1', from, at);
      if (wanted < column) {
        column = 0;
        at = start + 2;
      }
      for (; column < wanted; column++) at = valueEnd(bytes, at);
      from = at;
    }
    at = valueEnd(bytes, at);
    column += 1;
  }
  const last = bytes.toString('latin1', from, at);
  return id === '' ? last : id + last;
}

/** The values, as views of the bytes. */
export function tupleValues(bytes: Buffer, start: number): NetValue[] {
  const values: NetValue[] = [];
  let at = start + 2;
  for (let left = tupleWidth(bytes, start); left > 0; left--) {
    const end = valueEnd(bytes, at);
    const kind = bytes[at];
    values.push(kind === NULL ? null : kind === UNCHANGED ? undefined : bytes.subarray(at + TEXT_HEADER_BYTES, end));
    at = end;
  }
  return values;
}

export function packTuple(values: readonly NetValue[]): Buffer {
  let length = 2;
  for (const value of values) length += value ? TEXT_HEADER_BYTES + value.byteLength : 1;
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeUInt16BE(values.length, 0);
  for (const value of values) {
    at = bytes.writeUInt8(value === null ? NULL : value === undefined ? UNCHANGED : TEXT, at);
    if (!value) continue;
    at = bytes.writeUInt32BE(value.byteLength, at);
    bytes.set(value, at);
    at += value.byteLength;
  }
  return bytes;
}
