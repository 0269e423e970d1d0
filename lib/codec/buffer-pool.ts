/**
 * Lends large buffers and takes them back: the shipper fills hundreds of megabytes of them a minute, and the garbage
 * collector would otherwise spend more time on them than the shipper on its work. Invariant: a buffer is lent to one
 * borrower at a time; what is kept free is bounded.
 */
const SMALLEST = 1024;

export class BufferPool {
  readonly #keepBytes: number;
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  /** `keepBytes`: the most memory that is kept while nobody uses it. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** A buffer of at least so many bytes: a power of two, with whatever it held before. */
  take(bytes: number): Buffer {
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, SMALLEST)));
    const found = this.#free.get(size)?.pop();
    if (found === undefined) return Buffer.allocUnsafeSlow(size);
    this.#freeBytes -= size;
    return found;
  }

  /** Takes a whole buffer back that take() lent; nobody may use it, or a view of it, any more. */
  give(buffer: Buffer): void {
    const size = buffer.byteLength;
    if (size < SMALLEST || this.#freeBytes + size > this.#keepBytes) return;
    const list = this.#free.get(size);
    if (list) list.push(buffer);
    else this.#free.set(size, [buffer]);
    this.#freeBytes += size;
  }
}
