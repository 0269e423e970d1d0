/**
 * Memory for the packed tuples of one batch: pages that are filled in sequence and released together. Invariant: a
 * page that was emitted with a batch is never written again.
 */

/** A reference to a tuple. */
export interface PlacedTuple {
  bytes: Buffer;
  start: number;
  end: number;
}

const FIRST_PAGE_BYTES = 64 * 1024;
const PAGE_BYTES = 1024 * 1024;
const NO_PAGE = Buffer.alloc(0);

export class TuplePages {
  #page: Buffer = NO_PAGE;
  #at = 0;
  #used = 0;

  /** Bytes written since the last reset, including tuples replaced by longer ones. */
  get usedBytes(): number {
    return this.#used;
  }

  /**
   * Copies the tuple at [start, end) and points `to` at the copy; overwrites its current one if that is long enough.
   */
  place(to: PlacedTuple, bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length > to.end - to.start) {
      if (this.#at + length > this.#page.byteLength) this.#turn(length);
      to.bytes = this.#page;
      to.start = this.#at;
      this.#at += length;
      this.#used += length;
      to.end = this.#at;
    }
    bytes.copy(to.bytes, to.start, start, end);
  }

  /** Leaves the pages to the batch. */
  reset(): void {
    this.#page = NO_PAGE;
    this.#at = 0;
    this.#used = 0;
  }

  /** Starts the next page; small ones first, because most batches are small. */
  #turn(length: number): void {
    const next = Math.min(PAGE_BYTES, Math.max(FIRST_PAGE_BYTES, this.#page.byteLength * 2));
    this.#page = Buffer.allocUnsafeSlow(Math.max(next, length));
    this.#at = 0;
  }
}
