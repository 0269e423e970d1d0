/**
 * Reads anchors of the audit trail and their pages. Invariant: what is returned is signed by this installation for that
 * place, and a page is the one that its anchor names.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { AuditAnchor, AuditAnchorPage, anchorLeaf } from '../../domain/audit-anchor.ts';
import { auditAnchorKey, auditAnchorPlaceOf, governancePrefix } from '../../domain/governance-key.ts';
import { merkleRoot } from '../../domain/merkle-tree.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { altered } from '../storage/sealed-document.ts';
import { openSigned, type SignedDocument } from '../storage/signed-document.ts';

export type AnchorReadDeps = Pick<Deps, 'installation' | 'vault' | 'signer'>;

export interface StoredAnchor {
  readonly anchor: AuditAnchor;
  readonly key: string;
  /** Of the stored bytes: the next anchor names it. */
  readonly sha256: string;
  readonly signed: SignedDocument;
}

/** The places of the chain that are taken, in order, by listing: one that is missing is seen by the next. */
export async function anchorPlaces(vault: Pick<Deps['vault'], 'keys'>): Promise<number[]> {
  const places: number[] = [];
  for await (const key of vault.keys(governancePrefix('anchors', SYSTEM))) {
    const place = auditAnchorPlaceOf(key);
    // Pages sort after all anchors.
    if (place === undefined) break;
    places.push(place);
  }
  return places;
}

/** IntegrityError `object-missing`, `object-altered`. */
export async function readAnchor(deps: AnchorReadDeps, sequence: number): Promise<StoredAnchor> {
  const key = auditAnchorKey(sequence);
  const bytes = await deps.vault.get(key);
  const text = Buffer.from(bytes).toString('utf8');
  const { value: anchor, signed } = await openSigned(deps.signer, { key, place: key, text }, AuditAnchor);
  if (anchor.sequence !== sequence || anchor.installation !== deps.installation) throw altered(key, undefined);
  return { anchor, key, sha256: sha256Hex(bytes), signed };
}

/** IntegrityError `object-missing`, `object-altered`. */
export async function readAnchorPage(
  deps: Pick<Deps, 'vault' | 'signer'>,
  { key, sha256, root, letter }: AuditAnchor['pages'][number],
): Promise<AuditAnchorPage> {
  const bytes = await deps.vault.get(key);
  const stored = { key, place: key, text: Buffer.from(bytes).toString('utf8') };
  const { value: page } = await openSigned(deps.signer, stored, AuditAnchorPage);
  const isOfLetter = page.heads.every(head => head.tenant.startsWith(letter));
  if (sha256Hex(bytes) !== sha256 || !isOfLetter || merkleRoot(page.heads.map(anchorLeaf)) !== root)
    throw altered(key, undefined);
  return page;
}
