/**
 * Cuts a stream of COPY text into rows, and rows into values. A line feed is always the end of a row (copy-text.ts). Memory:
 * the longest row and one piece of the stream.
 */
import { parseField } from './copy-text.ts';

const LINE_FEED = 10;

/** Rows without their line feeds. */
export async function* copyLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      const part = bytes.subarray(start, end);
      yield rest.length === 0 ? part : Buffer.concat([...rest, part]);
      rest = [];
      start = end + 1;
    }
    // A long row comes in many pieces: they are joined once.
    if (start < bytes.length) rest.push(Buffer.from(bytes.subarray(start)));
  }
  if (rest.length > 0) throw new RangeError('The rows end in the middle of one.');
}

/** The values of a row; null is NULL. */
export function lineFields(line: Buffer): (string | null)[] {
  return line.toString('utf8').split('\t').map(parseField);
}

/** The same bytes in parts of at least so many bytes, the last one less, each of whole rows. */
export async function* cutAtRows(pieces: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Buffer> {
  let part: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    const isFull = end > 0 && length + end >= partBytes;
    if (!isFull) {
      part.push(bytes);
      length += bytes.length;
      continue;
    }
    yield Buffer.concat([...part, bytes.subarray(0, end)]);
    part = [bytes.subarray(end)];
    length = bytes.length - end;
  }
  if (length > 0) yield Buffer.concat(part);
}
