/**
 * Zstandard on the thread pool; every call gives one frame. Compressors are reused: a context costs megabytes, and
 * with one per block the garbage collector would run longer than the compression itself. Invariant: a compressor works
 * on one frame at a time, and one that failed is not used again.
 */
import { availableParallelism } from 'node:os';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createZstdCompress, createZstdDecompress, type ZstdCompress, zstdDecompress } from 'node:zlib';

const decompressAsync = promisify(zstdDecompress);

/** More would only wait for a processor or for one of the four threads of the pool. */
const MOST_COMPRESSORS = Math.max(2, Math.min(4, availableParallelism()));
/** Output piece: a whole block fits, so that zstd writes into it directly, in one task of the thread pool. */
const PIECE_BYTES = 640 * 1024;

const pools = new Map<number, CompressorPool>();

/** Level 1: measured 15 % smaller export time than level 3 for 6 % more bytes. */
export function compress(plain: Uint8Array, level = 1): Promise<Uint8Array> {
  const pool = pools.get(level) ?? new CompressorPool(level);
  pools.set(level, pool);
  return pool.compress(plain);
}

/** `rawLength` bounds what is allocated: a payload that claims less than it holds is refused by zlib (RangeError). */
export function decompress(packed: Uint8Array, rawLength?: number): Promise<Uint8Array> {
  if (rawLength === undefined) return decompressAsync(packed);
  const chunkSize = Math.min(1024 * 1024, Math.max(1024, rawLength));
  return decompressAsync(packed, { chunkSize, maxOutputLength: Math.max(rawLength, 1) });
}

/** Compressors of one level; further calls wait in a queue. */
class CompressorPool {
  readonly #level: number;
  readonly #idle: ZstdCompress[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(level: number) {
    this.#level = level;
  }

  async compress(plain: Uint8Array): Promise<Uint8Array> {
    if (this.#busy < MOST_COMPRESSORS) this.#busy += 1;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    const compressor = this.#idle.pop() ?? this.#create();
    try {
      const frame = await compressFrame(compressor, plain);
      this.#idle.push(compressor);
      return frame;
    } catch (error) {
      compressor.destroy();
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  #create(): ZstdCompress {
    return createZstdCompress({
      chunkSize: PIECE_BYTES,
      flush: constants.ZSTD_e_end,
      params: { [constants.ZSTD_c_compressionLevel]: this.#level },
    });
  }
}

/** One write is one frame, because every write is flushed with the end of a frame. */
function compressFrame(compressor: ZstdCompress, plain: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    const take = (piece: Uint8Array) => void pieces.push(piece);
    const settle = (done: () => void) => {
      compressor.removeListener('data', take);
      compressor.removeListener('error', fail);
      done();
    };
    const fail = (error: Error) => settle(() => reject(error));
    compressor.on('data', take);
    compressor.on('error', fail);
    compressor.write(plain, () => {
      while (compressor.readableLength > 0) compressor.read();
      settle(() => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
    });
  });
}

/** A frame of any length, in pieces. An archive is written once and kept for years: level 9. */
export async function* compressStream(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* throughZlib(plain, createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 9 } }));
}

export async function* decompressStream(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* throughZlib(inPieces(packed), createZstdDecompress());
}

/** Node's decompressor does not recognize a frame whose header comes in pieces of a few bytes. */
async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source) {
    parts.push(piece);
    length += piece.byteLength;
    if (length < PIECE_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(parts);
}

async function* throughZlib(source: AsyncIterable<Uint8Array>, zlib: Duplex): AsyncGenerator<Uint8Array> {
  // An error of the source reaches the reader through the stream.
  const fed = pipeline(Readable.from(source), zlib);
  fed.catch(() => {});
  try {
    // Destroyed at its end by the reader, it could look closed too early to whoever feeds it.
    for await (const piece of zlib.iterator({ destroyOnReturn: false })) yield piece as Uint8Array;
    await fed;
  } catch (error) {
    await fed;
    throw error;
  } finally {
    zlib.destroy();
  }
}
