/**
 * The payload of segments and incrementals: frames back to back, each
 *
 *     u32 big-endian   length of what follows (8 + the message's length)
 *     u64 big-endian   LSN of the change (of the message itself for B, C and M)
 *     bytes            one pgoutput message, verbatim
 *
 * A payload holds whole transactions (B … C) in commit order and tells a relation (R) before its first use. It is cut
 * into blocks anywhere between frames or inside one, so a reader carries the rest of a block over to the next.
 */
import { type Lsn, lsn } from '../domain/lsn.ts';
import { BufferPool } from './buffer-pool.ts';
import { malformed } from './pgoutput.ts';

/** Bytes of a frame before its LSN, and before its message. */
const FRAME_LENGTH_BYTES = 4;
const FRAME_HEADER_BYTES = 12;
/** PostgreSQL's own limit of a message (1 GB): a longer length is damage, not a reason to allocate. */
const MAX_MESSAGE_BYTES = 0x4000_0000;

const EMPTY: Buffer = Buffer.alloc(0);

export interface Frame {
  readonly lsn: Lsn;
  /** The pgoutput message. */
  readonly message: Buffer;
}

/** Collects frames in one growing buffer; `take` returns the collected frames and starts again. */
export class FrameWriter {
  readonly #pool: BufferPool;
  #bytes = EMPTY;
  #length = 0;

  /** `pool`: source of its memory; the caller of take() returns the buffer to it as `whole`. */
  constructor(pool: BufferPool = new BufferPool(0)) {
    this.#pool = pool;
  }

  /** Collected plaintext bytes. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#bytes.byteLength;
  }

  add(lsn: Lsn, message: Uint8Array): void {
    const at = this.#claim(message.byteLength);
    this.#bytes.writeBigUInt64BE(lsn, at + FRAME_LENGTH_BYTES);
    this.#bytes.set(message, at + FRAME_HEADER_BYTES);
  }

  /** The same for a message inside a larger buffer, with its LSN as 8 bytes at `lsnAt`: allocates nothing. */
  addFrom(source: Buffer, lsnAt: number, start: number, end: number): void {
    const at = this.#claim(end - start);
    source.copy(this.#bytes, at + FRAME_LENGTH_BYTES, lsnAt, lsnAt + 8);
    source.copy(this.#bytes, at + FRAME_HEADER_BYTES, start, end);
  }

  /** The collected frames, as a separate buffer. */
  take(): Buffer {
    return this.takeWhole().payload;
  }

  /** The collected frames, and the complete buffer that contains them, for the pool. */
  takeWhole(): { payload: Buffer; whole: Buffer } {
    const whole = this.#bytes;
    const payload = whole.subarray(0, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    return { payload, whole };
  }

  #claim(messageBytes: number): number {
    const at = this.#length;
    const end = at + FRAME_HEADER_BYTES + messageBytes;
    if (end > this.#bytes.byteLength) {
      const larger = this.#pool.take(Math.max(end, this.#bytes.byteLength * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#pool.give(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.writeUInt32BE(8 + messageBytes, at);
    this.#length = end;
    return at;
  }
}

/**
 * Frames of a payload that arrives in blocks. Messages are views of the block (or a copy where a frame spans two).
 * Throws IntegrityError `log-malformed` for impossible lengths and for a payload that ends inside a frame.
 */
export async function* decodeFrames(blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Frame> {
  for await (const bytes of wholeFrames(blocks)) {
    for (let at = 0; at < bytes.byteLength; ) {
      const end = frameEnd(bytes, at)!;
      yield {
        lsn: lsn(bytes.readBigUInt64BE(at + FRAME_LENGTH_BYTES)),
        message: bytes.subarray(at + FRAME_HEADER_BYTES, end),
      };
      at = end;
    }
  }
}

/**
 * The same payload in pieces of complete frames, for readers that iterate over the frames of a piece themselves
 * (`frameEnd`). Pieces are views of the blocks; a frame that spans blocks is a separate piece. Throws like
 * decodeFrames.
 */
export async function* wholeFrames(blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = EMPTY;
  for await (const block of blocks) {
    let bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    while (rest.byteLength > 0 && bytes.byteLength > 0) {
      // First the length, then the frame: the rest is not copied.
      const wanted =
        rest.byteLength < FRAME_LENGTH_BYTES ? FRAME_LENGTH_BYTES : FRAME_LENGTH_BYTES + frameLength(rest, 0);
      const taken = bytes.subarray(0, wanted - rest.byteLength);
      rest = Buffer.concat([rest, taken]);
      bytes = bytes.subarray(taken.byteLength);
      if (frameEnd(rest, 0) === undefined) continue;
      yield rest;
      rest = EMPTY;
    }
    let at = 0;
    for (let end = frameEnd(bytes, 0); end !== undefined; end = frameEnd(bytes, at)) at = end;
    if (at > 0) yield bytes.subarray(0, at);
    if (rest.byteLength === 0) rest = bytes.subarray(at);
  }
  if (rest.byteLength > 0) throw malformed('it ends inside a frame');
}

/** Where the message of the frame at `at` begins. */
export function messageStart(at: number): number {
  return at + FRAME_HEADER_BYTES;
}

/** LSN of the frame at `at`. */
export function frameLsn(bytes: Buffer, at: number): Lsn {
  return lsn(bytes.readBigUInt64BE(at + FRAME_LENGTH_BYTES));
}

/** End of the frame at `at`; undefined where the bytes end before it does. Throws IntegrityError `log-malformed`. */
export function frameEnd(bytes: Buffer, at: number): number | undefined {
  if (at + FRAME_LENGTH_BYTES > bytes.byteLength) return undefined;
  const end = at + FRAME_LENGTH_BYTES + frameLength(bytes, at);
  return end > bytes.byteLength ? undefined : end;
}

function frameLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length < 9 || length > MAX_MESSAGE_BYTES) throw malformed('a frame has an impossible length');
  return length;
}
