/** The copies of the branch keys in the vault: those whose signed list was written. */
import { KEY_COPIES_PREFIX, keyCopyIdOf } from '../../domain/object-key.ts';
import type { Vault } from '../../ports.ts';

/** Ids, the newest first. */
export async function listKeyCopies(vault: Pick<Vault, 'keys'>): Promise<string[]> {
  const ids: string[] = [];
  for await (const key of vault.keys(KEY_COPIES_PREFIX)) {
    const id = keyCopyIdOf(key);
    if (id !== undefined) ids.push(id);
  }
  return ids.sort().reverse();
}
