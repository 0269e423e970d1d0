/**
 * What is dear to read and may be a little old. Readers are answered with what is there while it is read again. Invariants:
 * it is read by one at a time; nobody gets what is more than twice `keptMs` old, or what could not be read.
 */

/** `keptMs`: in milliseconds; `now` likewise, since 1970. Rejects as `read` does, where there is nothing to answer with. */
export function keptValue<T>(read: () => Promise<T>, keptMs: number, now: () => number): () => Promise<T> {
  let known: { readonly at: number; readonly value: T } | undefined;
  let reading: Promise<T> | undefined;
  async function readAgain(): Promise<T> {
    const at = now();
    try {
      const value = await read();
      known = { at, value };
      return value;
    } finally {
      reading = undefined;
    }
  }
  return async () => {
    const age = known === undefined ? Number.POSITIVE_INFINITY : now() - known.at;
    if (known !== undefined && age <= keptMs) return known.value;
    reading ??= readAgain();
    if (known === undefined || age > 2 * keptMs) return reading;
    // Whoever needs it later is told what is wrong.
    reading.catch(() => {});
    return known.value;
  };
}
