/** How far the log reaches in a vault, by the names of its manifests alone: no catalog and no key is needed. */
import { type Lsn, parseSortableLsn } from '../../domain/lsn.ts';
import { LOG_MANIFESTS_PREFIX } from '../../domain/object-key.ts';
import type { Vault } from '../../ports.ts';

export interface VaultLog {
  /** Keys of the manifests, in log order. */
  readonly keys: readonly string[];
  /** End of the newest run; undefined where there is none. */
  readonly end: Lsn | undefined;
}

/** Throws what the vault throws. */
export async function vaultLog(vault: Pick<Vault, 'keys'>): Promise<VaultLog> {
  const keys: string[] = [];
  for await (const key of vault.keys(LOG_MANIFESTS_PREFIX)) keys.push(key);
  const digits = keys.at(-1)?.slice(LOG_MANIFESTS_PREFIX.length).split('-')[0];
  return { keys, end: digits === undefined ? undefined : parseSortableLsn(digits) };
}

/** How many runs only the other vault has; null where it cannot be asked. */
export async function missingRuns(here: Pick<Vault, 'keys'>, other: Pick<Vault, 'keys'>): Promise<number | null> {
  const there = await vaultLog(other).catch(() => undefined);
  if (there === undefined) return null;
  const known = new Set((await vaultLog(here)).keys);
  return there.keys.filter(key => !known.has(key)).length;
}
