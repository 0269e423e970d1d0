/**
 * A pool of large buffers: the shipper fills hundreds of megabytes of them a minute, and the garbage collector would
 * otherwise spend more time on them than the shipper on its work. Invariant: a buffer has one borrower at a time; the
 * memory of free buffers is bounded.
 */
const SMALLEST = 1024;

export class BufferPool {
  readonly #keepBytes: number;
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  /** `keepBytes`: maximum memory of free buffers. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** A buffer of at least `bytes`, rounded up to a power of two, with its old content. */
  take(bytes: number): Buffer {
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, SMALLEST)));
    const found = this.#free.get(size)?.pop();
    if (found === undefined) return Buffer.allocUnsafeSlow(size);
    this.#freeBytes -= size;
    return found;
  }

  /** Returns a complete buffer of take(); neither it nor a view of it may be used afterwards. */
  give(buffer: Buffer): void {
    const size = buffer.byteLength;
    if (size < SMALLEST || this.#freeBytes + size > this.#keepBytes) return;
    const list = this.#free.get(size);
    if (list) list.push(buffer);
    else this.#free.set(size, [buffer]);
    this.#freeBytes += size;
  }
}
