/**
 * Reads a COPY … TO STDOUT as blocks of whole CopyData messages, as they came over the wire (`d`, u32 length including
 * itself, content). One memory copy per byte and no object per row, which is what makes reading the change log as fast
 * as the server writes it. Invariant: at most two blocks are held (one being read, one waiting); the socket is paused
 * until the consumer asks for more. A message larger than a block gets a block of its own.
 */
import type { Socket } from 'node:net';
import type { Connection } from './connection.ts';

const COPY_DATA = 100;
const COPY_DONE = 99;
const ERROR = 69;
/** Message type and length. */
const HEADER = 5;

interface Wire {
  readonly stream: Socket;
  query(sql: string): void;
}

/** Blocks of CopyData messages, each valid until the next is asked for. A consumer that stops early drops the connection, which then cannot be used again. */
export async function* copyBlocks(connection: Connection, sql: string, blockBytes: number): AsyncGenerator<Buffer> {
  const copy = new CopyOut(sql, blockBytes);
  connection.query(copy as never);
  try {
    for (;;) {
      const block = await copy.next();
      if (block === undefined) return;
      yield block;
    }
  } finally {
    copy.release();
  }
}

class CopyOut {
  readonly #sql: string;
  readonly #blockBytes: number;
  #stream: Socket | undefined;
  /** The driver's own listener, which gets everything that is not COPY data. */
  #driver: ((chunk: Buffer) => void) | undefined;
  #bytes: Buffer;
  #length = 0;
  /** End of the last whole message in #bytes. */
  #whole = 0;
  /** `memory`: the whole of the usual size that the block lies in, to be used again. */
  #waiting: { block: Buffer; memory: Buffer | undefined } | undefined;
  /** The memory of the block that the consumer has, and of blocks that it is done with. */
  #lent: Buffer | undefined;
  readonly #free: Buffer[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;

  constructor(sql: string, blockBytes: number) {
    this.#sql = sql;
    this.#blockBytes = blockBytes;
    this.#bytes = Buffer.allocUnsafeSlow(blockBytes * 2);
  }

  async next(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#lent) this.#free.push(this.#lent);
      this.#lent = undefined;
      const waiting = this.#waiting;
      if (waiting !== undefined) {
        this.#waiting = undefined;
        this.#lent = waiting.memory;
        this.#stream?.resume();
        return waiting.block;
      }
      if (this.#failure) throw this.#failure;
      if (this.#ended) return undefined;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  release(): void {
    if (!this.#ended) this.#stream?.destroy();
  }

  submit(wire: Wire): void {
    this.#stream = wire.stream;
    const [driver, ...others] = wire.stream.listeners('data');
    if (driver === undefined || others.length > 0) throw new Error('The connection is already being read.');
    this.#driver = driver as (chunk: Buffer) => void;
    wire.stream.removeListener('data', this.#driver);
    wire.stream.on('data', this.#onData);
    wire.stream.once('close', this.#onClose);
    wire.query(this.#sql);
  }

  handleError(error: Error): void {
    this.#end(error);
  }
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {
    this.#end(undefined);
  }

  readonly #onClose = () => this.#end(new Error('The connection was closed while the change log was read.'));

  readonly #onData = (chunk: Buffer) => {
    this.#append(chunk);
    const handBack = this.#scan();
    if (handBack === undefined) {
      if (this.#whole >= this.#blockBytes) this.#handOver();
      return;
    }
    const rest = Buffer.from(this.#bytes.subarray(handBack, this.#length));
    this.#length = handBack;
    this.#handOver();
    this.#detach();
    this.#driver!(rest);
  };

  #append(chunk: Buffer): void {
    const end = this.#length + chunk.byteLength;
    if (end > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.byteLength * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = end;
  }

  /** Walks over whole messages. Where the driver must take over (end of COPY, error): that position. */
  #scan(): number | undefined {
    const bytes = this.#bytes;
    let at = this.#whole;
    while (at + HEADER <= this.#length) {
      const type = bytes[at]!;
      if (type === COPY_DONE || type === ERROR) {
        this.#whole = at;
        return at;
      }
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > this.#length) break;
      if (type === COPY_DATA) at = end;
      else this.#cutOut(at, end);
    }
    this.#whole = at;
    return undefined;
  }

  /** A notice or a parameter's change between the rows: the driver's. CopyOutResponse (H) says nothing new. */
  #cutOut(start: number, end: number): void {
    if (this.#bytes[start] !== 72) this.#driver!(Buffer.from(this.#bytes.subarray(start, end)));
    this.#bytes.copyWithin(start, end, this.#length);
    this.#length -= end - start;
  }

  #handOver(): void {
    if (this.#whole === 0) return;
    const block = this.#bytes.subarray(0, this.#whole);
    const memory = this.#bytes.byteLength === this.#blockBytes * 2 ? this.#bytes : undefined;
    const rest = this.#bytes.subarray(this.#whole, this.#length);
    const usual = this.#blockBytes * 2;
    const next =
      (rest.byteLength <= usual && this.#free.pop()) || Buffer.allocUnsafeSlow(Math.max(usual, rest.byteLength));
    rest.copy(next);
    this.#bytes = next;
    this.#length = rest.byteLength;
    this.#whole = 0;
    // Paused since the block before was handed over, so at most what the socket had read already comes on top.
    this.#waiting =
      this.#waiting === undefined
        ? { block, memory }
        : { block: Buffer.concat([this.#waiting.block, block]), memory: undefined };
    this.#stream!.pause();
    this.#wake?.();
  }

  #detach(): void {
    this.#stream!.removeListener('data', this.#onData);
    this.#stream!.on('data', this.#driver!);
    this.#stream!.resume();
  }

  #end(failure: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#stream?.removeListener('close', this.#onClose);
    this.#wake?.();
  }
}
