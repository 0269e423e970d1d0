/**
 * Where a chain of write-once objects ends. Its places are numbered from 1 without gaps, so its end is found by asking
 * which places are taken: about 2·log₂(n) requests without a hint, two with a good one.
 *
 * Invariant: the result is a taken place whose next place was free when it was asked for, whatever the hint says.
 */
import type { StoredObject, Vault } from '../../ports.ts';

export interface ChainEnd {
  /** 0: the chain is empty. */
  readonly sequence: number;
  /** The object at the end; undefined for an empty chain. */
  readonly last: StoredObject | undefined;
}

/** `hint`: a place that was taken; a wrong one costs requests only. Throws what the vault throws. */
export async function chainEnd(
  vault: Pick<Vault, 'head'>,
  keyOf: (sequence: number) => string,
  hint: number,
): Promise<ChainEnd> {
  let taken: ChainEnd = { sequence: hint, last: hint > 0 ? await vault.head(keyOf(hint)) : undefined };
  if (taken.last === undefined) taken = { sequence: 0, last: undefined };
  for (;;) {
    const further = await takenAfter(vault, keyOf, taken.sequence);
    if (further === undefined) return taken;
    taken = further;
  }
}

/** The end of the stretch that begins after `start`, by doubling and halving; undefined if the next place is free. */
async function takenAfter(
  vault: Pick<Vault, 'head'>,
  keyOf: (sequence: number) => string,
  start: number,
): Promise<ChainEnd | undefined> {
  let low: ChainEnd | undefined;
  let step = 1;
  let free = 0;
  while (free === 0) {
    const sequence = start + step;
    const last = await vault.head(keyOf(sequence));
    if (last === undefined) free = sequence;
    else low = { sequence, last };
    step *= 2;
  }
  while (low !== undefined && free - low.sequence > 1) {
    const sequence: number = Math.floor((low.sequence + free) / 2);
    const last = await vault.head(keyOf(sequence));
    if (last === undefined) free = sequence;
    else low = { sequence, last };
  }
  return low;
}
