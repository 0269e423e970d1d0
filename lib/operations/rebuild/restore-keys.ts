/**
 * Rebuilds the table of keys of the pooled mode from the copies in the vault (fleet/copy-keys.ts), the newest first. Adds
 * rows that are missing and changes none; an owner with a tombstone, in the table or in a newer copy, gets no key back. Can
 * be repeated.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { IntegrityError, StorageError } from '../../domain/errors.ts';
import { KeyCopy, KeyCopyPage } from '../../domain/key-copy.ts';
import { keyCopyKey } from '../../domain/object-key.ts';
import type { Deps, KeyRows } from '../../ports.ts';
import { inParallel } from '../in-parallel.ts';
import { listKeyCopies } from '../storage/key-copies.ts';
import { readSigned } from '../storage/signed-document.ts';

export interface RestoredKeys {
  /** When the newest copy was made: keys created later are in none. */
  readonly copiedAt: string;
  readonly copies: number;
  readonly rowsAdded: number;
}

const AT_ONCE = 16;

/** StorageError `no-key-copy`; IntegrityError `object-altered`, before anything of that page is written. */
export async function restoreKeys(deps: Pick<Deps, 'vault' | 'signer'>, rows: KeyRows): Promise<RestoredKeys> {
  const ids = await listKeyCopies(deps.vault);
  let copiedAt: string | undefined;
  let rowsAdded = 0;
  for (const id of ids) {
    const copy = await readSigned(deps, keyCopyKey(id), KeyCopy);
    copiedAt ??= copy.at;
    for (const page of copy.pages) rowsAdded += await restorePage(deps, rows, page);
  }
  if (copiedAt === undefined) throw withoutCopy();
  return { copiedAt, copies: ids.length, rowsAdded };
}

async function restorePage(
  deps: Pick<Deps, 'vault'>,
  rows: KeyRows,
  { key, sha256 }: KeyCopy['pages'][number],
): Promise<number> {
  const bytes = await deps.vault.get(key);
  if (sha256Hex(bytes) !== sha256) throw altered(key);
  const { owners } = KeyCopyPage.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const added = await inParallel(AT_ONCE, owners, owner => rows.add(owner.ref, owner.rows));
  return added.reduce((sum, count) => sum + count, 0);
}

function withoutCopy(): StorageError {
  return new StorageError('no-key-copy', 'The vault has no copy of the branch keys.', {
    hint: "Restore the table of keys from DynamoDB's point-in-time recovery, or from its replica in another region.",
  });
}

function altered(key: string): IntegrityError {
  return new IntegrityError('object-altered', `The object ${key} is not the one that the signed list names.`, {
    hint: 'Rows of earlier pages were added. Restore the rest from the copy in another region, or from the table’s own recovery.',
    details: { key },
  });
}
