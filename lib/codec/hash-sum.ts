/**
 * The sum of 64-bit hashes that stand as decimal text in the last column of rows. Each is added as two numbers, because
 * an object per row would cost more than everything else that is done with it.
 */
const LINE_FEED = 10;
const TAB = 9;
const MINUS = 45;
const ZERO = 48;
/** The lower half has nine digits. */
const HALF = 1_000_000_000;
/** Additions of numbers below 10^10 that stay exact. */
const EXACT = 500_000;

export class HashSum {
  #whole = 0n;
  #high = 0;
  #low = 0;
  #added = 0;

  /**
   * Adds the hash in the last column of the row that ends at `end`, and ends the row before that column. Returns the new
   * end of the row.
   */
  takeFrom(buffer: Buffer, end: number): number {
    let at = end - 2;
    let low = 0;
    let high = 0;
    for (let scale = 1; scale < HALF && isDigit(buffer[at]!); scale *= 10) low += (buffer[at--]! - ZERO) * scale;
    for (let scale = 1; isDigit(buffer[at]!); scale *= 10) high += (buffer[at--]! - ZERO) * scale;
    const negative = buffer[at] === MINUS;
    if (negative) at -= 1;
    if (buffer[at] !== TAB || end - at < 3) throw new Error('A row does not end with its hash.');
    this.#low += negative ? -low : low;
    this.#high += negative ? -high : high;
    this.#added += 1;
    if (this.#added >= EXACT) this.#settle();
    buffer[at] = LINE_FEED;
    return at + 1;
  }

  get value(): bigint {
    this.#settle();
    return this.#whole;
  }

  subtract(part: bigint): void {
    this.#whole -= part;
  }

  reset(): void {
    this.#settle();
    this.#whole = 0n;
  }

  #settle(): void {
    this.#whole += BigInt(this.#high) * BigInt(HALF) + BigInt(this.#low);
    this.#high = 0;
    this.#low = 0;
    this.#added = 0;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
