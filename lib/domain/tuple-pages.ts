/**
 * Memory for the packed tuples of one batch: pages that are filled one after the other and let go together. Invariant: a
 * page that was handed out with a batch is never written to again.
 */

/** What points to a tuple. */
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

  /** Bytes written since the last start, also those whose tuple was replaced by a longer one. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Copies the tuple at [start, end) and points `to` at the copy; over its present one where that is long enough. */
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

  /** The pages belong to the batch now. */
  startAnew(): void {
    this.#page = NO_PAGE;
    this.#at = 0;
    this.#used = 0;
  }

  /** Begins the next page; small ones first, because most batches are small. */
  #turn(length: number): void {
    const next = Math.min(PAGE_BYTES, Math.max(FIRST_PAGE_BYTES, this.#page.byteLength * 2));
    this.#page = Buffer.allocUnsafeSlow(Math.max(next, length));
    this.#at = 0;
  }
}
