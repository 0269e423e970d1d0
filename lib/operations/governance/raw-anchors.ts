/**
 * The anchors of the audit trail as they are stored, each with the proof that it names one chain, for those who verify it
 * themselves: the proof shows nothing of the chains of others. Invariant: nothing is judged here.
 */
import { AuditAnchor, type AuditAnchorPage, anchorLeaf } from '../../domain/audit-anchor.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { auditAnchorKey, auditAnchorPlaceOf, governancePrefix } from '../../domain/governance-key.ts';
import { merkleProof } from '../../domain/merkle-tree.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { SignedDocument } from '../storage/signed-document.ts';
import { readAnchorPage } from './audit-anchors.ts';

/** That an anchor names where the chain ended: the way from the head to the root of its page (RFC 9162). */
export interface HeadProof {
  readonly sequence: number;
  readonly sha256: string;
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
}

export interface RawAnchor {
  readonly sequence: number;
  /** Null where the vault cannot give it. */
  readonly stored: Uint8Array | null;
  /** Null where the anchor does not name the chain, or its page cannot be read. */
  readonly proof: HeadProof | null;
  /** The page that should name the chain is not the one that was written. */
  readonly isPageDamaged: boolean;
}

type AnchorsDeps = Pick<Deps, 'vault' | 'signer'>;

/** At most `limit` anchors after the place `after` (0: from the first). Throws what the vault throws. */
export async function rawAnchors(
  deps: AnchorsDeps,
  tenant: TenantRef,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly anchors: readonly RawAnchor[]; readonly next: number | null }> {
  const places: number[] = [];
  let isMore = false;
  const start = after === 0 ? undefined : auditAnchorKey(after);
  for await (const key of deps.vault.keys(governancePrefix('anchors', SYSTEM), start)) {
    const place = auditAnchorPlaceOf(key);
    // Pages sort after all anchors.
    isMore = place !== undefined && places.length === limit;
    if (place === undefined || isMore) break;
    places.push(place);
  }
  const pageOf = rememberedPages(deps);
  const anchors: RawAnchor[] = [];
  for (const place of places) anchors.push(await rawAnchor(deps, tenant, place, pageOf));
  return { anchors, next: isMore ? places.at(-1)! : null };
}

type PageOf = (page: AuditAnchor['pages'][number]) => Promise<AuditAnchorPage | undefined>;

async function rawAnchor(deps: AnchorsDeps, tenant: TenantRef, sequence: number, pageOf: PageOf): Promise<RawAnchor> {
  const none = { sequence, proof: null, isPageDamaged: false };
  const stored = await orUndefined(() => deps.vault.get(auditAnchorKey(sequence)));
  if (stored === undefined) return { ...none, stored: null };
  const named = namedPage(stored, tenant);
  if (named === undefined) return { ...none, stored };
  const page = await pageOf(named);
  if (page === undefined) return { ...none, stored, isPageDamaged: true };
  const index = page.heads.findIndex(head => head.tenant === tenant);
  if (index < 0) return { ...none, stored };
  const head = page.heads[index]!;
  const path = merkleProof(page.heads.map(anchorLeaf), index);
  const proof = { sequence: head.sequence, sha256: head.sha256, index, size: page.heads.length, path };
  return { ...none, stored, proof };
}

/** Undefined also for an anchor that is none: the verifier says so. */
function namedPage(stored: Uint8Array, tenant: TenantRef): AuditAnchor['pages'][number] | undefined {
  try {
    const { document } = SignedDocument.parse(JSON.parse(Buffer.from(stored).toString('utf8')));
    return AuditAnchor.parse(JSON.parse(document)).pages.find(({ letter }) => tenant.startsWith(letter));
  } catch {
    return undefined;
  }
}

/** Quiet letters have the same page in many anchors: each is read once. Undefined: damaged. */
function rememberedPages(deps: AnchorsDeps): PageOf {
  const read = new Map<string, Promise<AuditAnchorPage | undefined>>();
  return page => {
    const name = `${page.key} ${page.sha256} ${page.root}`;
    const known = read.get(name) ?? orUndefined(() => readAnchorPage(deps, page));
    read.set(name, known);
    return known;
  };
}

async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}
