/** The number in a row's first column, which may come in several pieces. */
const TAB = 9;
const ZERO = 48;

export class RangeNumber {
  #value = 0;
  #known = false;

  /** Whether all of it was read. */
  get isKnown(): boolean {
    return this.#known;
  }

  get value(): number {
    return this.#value;
  }

  /** The next row begins. */
  forget(): void {
    this.#value = 0;
    this.#known = false;
  }

  /** Reads on; returns where the rest of the row begins. */
  read(source: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = source[at]!;
      if (byte === TAB) {
        this.#known = true;
        return at + 1;
      }
      if (byte < ZERO || byte > ZERO + 9) throw new Error('A row does not begin with the number of its range.');
      this.#value = this.#value * 10 + byte - ZERO;
    }
    return end;
  }
}
