/**
 * Copies the branch keys of the pooled mode into the vault, under a short lock: a lost table of keys loses every tenant's
 * backups, and copies that nobody can delete for days do not depend on the table's own protection. Order: pages → signed
 * list; a crash leaves pages without a list, which a lifecycle rule removes. An owner once copied stays in the table, at
 * least as a tombstone: fewer owners than in an earlier copy mean that rows were lost.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { KEY_COPY_LOCK_DAYS, KeyCopy, type KeyCopyPage } from '../../domain/key-copy.ts';
import { newId } from '../../domain/new-id.ts';
import { keyCopyKey, keyCopyPageKey } from '../../domain/object-key.ts';
import { AUDITORS, SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps, KeyRows } from '../../ports.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { inParallel } from '../in-parallel.ts';
import { listKeyCopies } from '../storage/key-copies.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';

type CopyDeps = Pick<Deps, 'catalog' | 'vault' | 'signer' | 'clock' | 'random'>;

/** Owners per object: their rows are about a kilobyte each. */
const OWNERS_PER_PAGE = 2000;
const AT_ONCE = 16;
const DAY_MS = 24 * 3600 * 1000;

export interface CopiedKeys {
  readonly owners: number;
  /** Owners of an earlier copy that have no row any more. */
  readonly lost: number;
}

export async function copyKeys(deps: CopyDeps, rows: KeyRows): Promise<CopiedKeys> {
  const copied = await mostCopied(deps);
  const now = deps.clock.now();
  const id = newId(deps, now);
  const lock = { retainUntil: new Date(now.getTime() + KEY_COPY_LOCK_DAYS * DAY_MS) };
  const known = [SYSTEM, AUDITORS, ...(await tenants.list(deps.catalog)).map(item => item.ref)];
  const pages: KeyCopy['pages'] = [];
  let owners = 0;
  for (let start = 0; start < known.length; start += OWNERS_PER_PAGE) {
    const page = await pageOf(rows, known.slice(start, start + OWNERS_PER_PAGE));
    if (page.owners.length === 0) continue;
    const key = keyCopyPageKey(id, pages.length);
    const bytes = Buffer.from(JSON.stringify(page));
    await deps.vault.put(key, bytes, lock);
    pages.push({ key, sha256: sha256Hex(bytes) });
    owners += page.owners.length;
  }
  const copy: KeyCopy = { format: 'holdfast.key-copy/1', at: now.toISOString(), owners, pages };
  await putSigned(deps, keyCopyKey(id), copy, lock);
  return { owners, lost: Math.max(0, copied - owners) };
}

/** The most owners of any copy that is left: a loss is reported for as long as a copy can make up for it. */
async function mostCopied(deps: CopyDeps): Promise<number> {
  const ids = await listKeyCopies(deps.vault);
  const copies = await inParallel(AT_ONCE, ids, id => readSigned(deps, keyCopyKey(id), KeyCopy));
  return Math.max(0, ...copies.map(copy => copy.owners));
}

async function pageOf(rows: KeyRows, owners: readonly TenantRef[]): Promise<KeyCopyPage> {
  const found = await inParallel(AT_ONCE, owners, async ref => ({ ref, rows: [...(await rows.of(ref))] }));
  return { owners: found.filter(owner => owner.rows.length > 0) };
}
