/**
 * A tar file, written and read as a stream: plain files with short names, which every tar opens (POSIX ustar). Memory: one
 * file while writing, because its size comes before it; a piece while reading.
 *
 * Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar Interchange Format)
 */

const BLOCK = 512;
/** Sizes have eleven octal digits. */
const LARGEST = 8 ** 11 - 1;

export interface TarFile {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function* tarEntry({ name, bytes }: TarFile, modified: Date): Generator<Uint8Array> {
  yield tarHeader(name, bytes.byteLength, modified);
  yield bytes;
  const rest = bytes.byteLength % BLOCK;
  if (rest > 0) yield Buffer.alloc(BLOCK - rest);
}

/** What ends the file. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * BLOCK);

function tarHeader(name: string, size: number, modified: Date): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(name)) throw new RangeError(`A tar file cannot have the entry ${name}.`);
  if (size > LARGEST) throw new RangeError('The entry is too large for a tar file.');
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, '0'), at, 'ascii');
  header.write(name, 0, 'ascii');
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(Math.floor(modified.getTime() / 1000), 136, 11);
  // The checksum counts its own field as blanks.
  header.write('        0', 148, 'ascii');
  header.write('ustar\u000000', 257, 'ascii');
  octal(checksumOf(header), 148, 6);
  header[154] = 0;
  return header;
}

function checksumOf(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}

export interface ReadEntry {
  readonly name: string;
  readonly size: number;
  /** To be read to its end before the next entry. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** RangeError for what is no such file, or ends too early. */
export async function* tarEntries(source: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEntry> {
  const input = new BlockReader(source);
  for (;;) {
    const header = await input.exactly(BLOCK);
    if (header.every(byte => byte === 0)) break;
    const { name, size } = parseHeader(header);
    const rest = size % BLOCK === 0 ? 0 : BLOCK - (size % BLOCK);
    yield { name, size, bytes: input.some(size) };
    await input.exactly(rest);
  }
  await input.toEnd();
}

function parseHeader(header: Buffer): { name: string; size: number } {
  const text = (at: number, length: number) => header.toString('ascii', at, at + length).replace(/[\0 ].*$/s, '');
  const stated = Number.parseInt(text(148, 8), 8);
  const blank = Buffer.from(header);
  blank.fill(' ', 148, 156);
  if (stated !== checksumOf(blank)) throw new RangeError('The header of a tar entry is damaged.');
  return { name: header.toString('ascii', 0, 100).replace(/\0.*$/s, ''), size: Number.parseInt(text(124, 12), 8) };
}

class BlockReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const piece of this.some(length)) parts.push(piece);
    return Buffer.concat(parts);
  }

  async *some(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#rest.byteLength === 0) {
        const { value, done } = await this.#source.next();
        if (done) throw new RangeError('The tar file ends too early.');
        this.#rest = Buffer.from(value);
        continue;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.byteLength);
      left -= piece.byteLength;
      yield piece;
    }
  }

  /** What proves the source proves all of it only at its end. */
  async toEnd(): Promise<void> {
    while (!(await this.#source.next()).done);
  }
}
