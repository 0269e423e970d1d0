/**
 * The anchors of the audit trail, verified in the browser: each is signed for its place, names the one before by its digest, and
 * proves where it says that a chain ended. Invariants: a place without an anchor is a problem; once an anchor named the chain,
 * every later one does, and none says that it was shorter.
 */
import { type AnchoredEnd, provesHead } from './head-proof.ts';
import { bytesOf, isSignedFor, type SignedText, sha256, type VerifyingKey } from './signed-text.ts';
import type { TrailProblem } from './trail-problem.ts';

export interface FetchedAnchor {
  readonly sequence: number;
  /** Base64; null: the server cannot read it. */
  readonly stored: string | null;
  readonly proof: AnchoredEnd | null;
  readonly isPageDamaged: boolean;
}

/** Where an anchor says that the chain ended. */
export interface ExpectedEnd {
  readonly sequence: number;
  readonly sha256: string;
  readonly anchor: number;
  /** When the anchor was made. */
  readonly at: string;
}

export interface CheckedAnchors {
  readonly count: number;
  /** In the order of the anchors; each place once. */
  readonly ends: readonly ExpectedEnd[];
  /** SHA-256 of each stored anchor, by its place. */
  readonly digests: ReadonlyMap<number, string>;
  readonly problems: readonly TrailProblem[];
}

interface AnchorText {
  readonly sequence: number;
  readonly installation: string;
  readonly previous: string | null;
  readonly at: string;
  readonly pages: readonly { readonly letter: string; readonly root: string }[];
}

export type KeyOf = (keyId: string) => Promise<VerifyingKey | undefined>;

interface About {
  readonly installation: string;
  readonly tenant: string;
  readonly keyOf: KeyOf;
}

/** `anchors`: all of them, in the order in which the server gave them. */
export async function checkAnchors(about: About, anchors: readonly FetchedAnchor[]): Promise<CheckedAnchors> {
  const problems: TrailProblem[] = [];
  const ends: ExpectedEnd[] = [];
  const digests = new Map<number, string>();
  const wrong = (sequence: number, why: string) =>
    problems.push({ what: 'anchor', message: `Anchor ${sequence} ${why}.` });
  let place = 0;
  for (const fetched of anchors) {
    const { sequence } = fetched;
    if (sequence <= place) {
      wrong(sequence, 'comes twice, or out of order');
      continue;
    }
    for (let gap = place + 1; gap < sequence; gap++) wrong(gap, 'is missing');
    const bytes = fetched.stored === null ? undefined : bytesOf(fetched.stored);
    const text = bytes && (await anchorText(about, sequence, bytes));
    if (bytes === undefined || text === undefined) wrong(sequence, 'is not what this installation signed there');
    else {
      const before = digests.get(sequence - 1) ?? null;
      if (place === sequence - 1 && text.previous !== before) wrong(sequence, `does not follow anchor ${sequence - 1}`);
      const end = await endOf(about.tenant, fetched, text);
      if (typeof end === 'string') wrong(sequence, end);
      const known = ends.at(-1);
      if (end === undefined && known) wrong(sequence, `does not name the chain, which anchor ${known.anchor} names`);
      if (typeof end === 'object') addEnd(ends, end, wrong);
    }
    if (bytes !== undefined) digests.set(sequence, await sha256(bytes));
    place = sequence;
  }
  return { count: anchors.length, ends, digests, problems };
}

function addEnd(ends: ExpectedEnd[], end: ExpectedEnd, wrong: (sequence: number, why: string) => void): void {
  const known = ends.at(-1);
  if (known && end.sequence < known.sequence)
    wrong(end.anchor, `ends the chain at event ${end.sequence}, and anchor ${known.anchor} at event ${known.sequence}`);
  if (known?.sequence !== end.sequence || known.sha256 !== end.sha256) ends.push(end);
}

/** Undefined unless this installation signed it for this place. */
async function anchorText(
  { installation, keyOf }: About,
  sequence: number,
  bytes: Uint8Array,
): Promise<AnchorText | undefined> {
  try {
    const signed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as SignedText;
    const key = await keyOf(signed.signature.keyId);
    const place = `governance/anchors/system/${String(sequence).padStart(10, '0')}`;
    if (key === undefined || !(await isSignedFor(place, signed, key))) return undefined;
    const text = JSON.parse(signed.document) as AnchorText;
    return text.sequence === sequence && text.installation === installation ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: it does not name the chain. A text: what is wrong. */
async function endOf(
  tenant: string,
  { sequence: anchor, proof, isPageDamaged }: FetchedAnchor,
  text: AnchorText,
): Promise<ExpectedEnd | string | undefined> {
  if (isPageDamaged) return 'names a page that is damaged';
  if (proof === null) return undefined;
  const page = text.pages.find(({ letter }) => letter === tenant[0]);
  if (page === undefined || !(await provesHead(tenant, proof, page.root)))
    return 'does not prove where the chain ended';
  return { sequence: proof.sequence, sha256: proof.sha256, anchor, at: text.at };
}
