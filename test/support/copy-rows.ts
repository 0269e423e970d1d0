/** Complete rows in COPY's text format and the rows of a chunk, as tests write and read them. */
import { parseField } from '../../lib/codec/copy-text.ts';

const LINE_FEED = 10;
const ESCAPED: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** All fields of a row, given with or without its final line feed. */
export function parseRow(row: Uint8Array): (string | null)[] {
  return Buffer.from(row).toString('utf8').replace(/\n$/, '').split('\t').map(parseField);
}

/** One field in COPY's text form. */
function encodeField(value: string | null): string {
  if (value === null) return '\\N';
  return /[\b\f\n\r\t\v\\]/.test(value) ? value.replace(/[\b\f\n\r\t\v\\]/g, character => ESCAPED[character]!) : value;
}

/** A row with its final line feed. */
export function encodeRow(values: readonly (string | null)[]): string {
  return `${values.map(encodeField).join('\t')}\n`;
}

/** The rows of a chunk, each with its line feed, as views of the same memory. */
export function* splitRows(chunk: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let start = 0; start < bytes.byteLength; ) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.byteLength : feed + 1;
    yield bytes.subarray(start, end);
    start = end;
  }
}
