/** A vault that counts its ranged requests, and answers each only once nothing else is to be done: as a slow one. */
import type { Vault } from '../../lib/ports.ts';

export interface SeenReads {
  /** Of ranges. */
  requests: number;
  bytes: number;
  /** Most of them at the same time. */
  mostAtOnce: number;
}

export function slowVault(vault: Vault): { vault: Vault; seen: SeenReads } {
  const seen: SeenReads = { requests: 0, bytes: 0, mostAtOnce: 0 };
  let atOnce = 0;
  const get: Vault['get'] = async (key, range) => {
    if (range === undefined) return vault.get(key);
    seen.requests += 1;
    seen.bytes += range.length;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, ++atOnce);
    await new Promise(resolve => setImmediate(resolve));
    try {
      return await vault.get(key, range);
    } finally {
      atOnce -= 1;
    }
  };
  return { vault: { ...vault, get }, seen };
}
