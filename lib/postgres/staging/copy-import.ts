/**
 * COPY … FROM STDIN in text format: how stored rows get into staging. The rows are the server's own bytes, so nothing is
 * parsed here. Invariant: rows that the source did not deliver whole are not loaded; an error of the source ends the
 * COPY without effect.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { HoldfastError } from '../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';
import { columnList } from '../sql.ts';

/**
 * Loads whole rows of COPY text; returns how many the server took. `table` is quoted and qualified. Throws what the
 * source throws, SourceError `connection-lost`, `source-full`, `source-failed` (with the server's message as cause).
 */
export async function copyInto(
  connection: Connection,
  table: string,
  columns: readonly string[],
  rows: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const list = columns.length === 0 ? '' : ` (${columnList(columns)})`;
  const sink = connection.query(copyFrom(`COPY ${table}${list} FROM STDIN`, { highWaterMark: 1 << 20 }));
  try {
    await pipeline(Readable.from(rows, { objectMode: true, highWaterMark: 2 }), sink);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw asSourceError(error, 'loading rows');
  }
  return sink.rowCount ?? 0;
}

const BACKSLASH = 0x5c;
const TAB = 9;
const LINE_FEED = 10;
/** The last byte below the letters that COPY escapes: a carriage return. */
const LAST_CONTROL = 13;
const NULL_FIELD = Buffer.from('\\N');
/** Byte → letter after the backslash; 0 where the byte stands for itself. */
const ESCAPES = new Uint8Array(256);
for (const [byte, letter] of ['8b', '9t', '10n', '11v', '12f', '13r', '92\\'].map(
  pair => [parseInt(pair, 10), pair.at(-1)!] as const,
)) {
  ESCAPES[byte] = letter.charCodeAt(0);
}

/** Builds COPY text from values in a buffer that is handed out whenever it is full: no string and no object per value. */
export class CopyTextWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(256 * 1024);
  #length = 0;
  #fields = 0;

  get length(): number {
    return this.#length;
  }

  field(value: Uint8Array | null): void {
    if (value === null) this.nullField();
    else this.textField(value, 0, value.byteLength);
  }

  nullField(): void {
    this.#begin(2);
    this.#length += NULL_FIELD.copy(this.#buffer, this.#length);
  }

  /** The text at [start, end) of `source`. */
  textField(source: Uint8Array, start: number, end: number): void {
    this.#begin((end - start) * 2);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let index = start; index < end; index++) {
      const byte = source[index]!;
      // All bytes that need an escape, and few others, are in this range: the table is not asked for most.
      const letter = byte <= LAST_CONTROL || byte === BACKSLASH ? ESCAPES[byte]! : 0;
      if (letter !== 0) {
        buffer[at++] = BACKSLASH;
        buffer[at++] = letter;
      } else {
        buffer[at++] = byte;
      }
    }
    this.#length = at;
  }

  endRow(): void {
    this.#buffer[this.#length++] = LINE_FEED;
    this.#fields = 0;
  }

  /** What was written so far, as bytes of its own. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  /** Room for one more field of at most so many bytes, its separator and the row's end. */
  #begin(bytes: number): void {
    if (this.#length + bytes + 2 > this.#buffer.byteLength) this.#grow(bytes + 2);
    if (this.#fields > 0) this.#buffer[this.#length++] = TAB;
    this.#fields += 1;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#length + needed + 1, this.#buffer.byteLength * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** COPY text is handed on in pieces of about this size. */
export const PIECE_BYTES = 128 * 1024;

/** Rows as COPY text. */
export function* copyText(rows: Iterable<readonly (Uint8Array | string | null)[]>): Generator<Uint8Array> {
  const writer = new CopyTextWriter();
  for (const row of rows) {
    for (const value of row) writer.field(typeof value === 'string' ? Buffer.from(value) : value);
    writer.endRow();
    if (writer.length > PIECE_BYTES) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
}
