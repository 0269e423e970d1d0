/** Deterministic randomness: ids made with it end in the digits of a number, so that they differ and sort by it. */
import type { Random } from '../../lib/ports.ts';

export function digitsOf(number: number): Random {
  return { bytes: count => Uint8Array.from(String(number).padStart(count, '0'), Number) };
}
