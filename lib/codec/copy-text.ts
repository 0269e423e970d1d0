/**
 * COPY's text format, row by row: the content of every stored chunk. Rows end with a line feed, fields are separated
 * by tabs, `\N` is NULL, and backslash escapes keep both out of values, so a line feed is always the end of a row.
 * Invariant: a field that is parsed and encoded again has the server's bytes (test/support/copy-rows.ts encodes).
 *
 * Source: https://www.postgresql.org/docs/current/sql-copy.html (File Formats, Text Format)
 */

const TAB = 9;
const LINE_FEED = 10;

const UNESCAPED: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** One encoded field; null for NULL. */
export function parseField(text: string): string | null {
  if (text === '\\N') return null;
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/gs, (_, character: string) => UNESCAPED[character] ?? character);
}

/** Some fields of a row by their positions; the rest is not decoded. */
export function parseFields(row: Uint8Array, positions: readonly number[]): (string | null)[] {
  const bytes = asBuffer(row);
  const end = rowEnd(bytes);
  const last = Math.max(-1, ...positions);
  const starts: number[] = [0];
  for (let at = 0; starts.length <= last + 1; ) {
    const tab = bytes.indexOf(TAB, at);
    if (tab < 0 || tab >= end) {
      starts.push(end + 1);
      break;
    }
    starts.push(tab + 1);
    at = tab + 1;
  }
  return positions.map(position => {
    const start = starts[position];
    const next = starts[position + 1];
    if (start === undefined || next === undefined) throw new RangeError(`The row has no field ${position}.`);
    return parseField(bytes.toString('utf8', start, next - 1));
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function rowEnd(bytes: Buffer): number {
  const last = bytes.byteLength - 1;
  return last >= 0 && bytes[last] === LINE_FEED ? last : bytes.byteLength;
}
