/**
 * Fetches a chain with its anchors page by page, and verifies it as it comes. Invariant: the keys are the only thing of the
 * server that is believed, and their fingerprints are shown for comparing; with a public key of the person's own, not even those.
 */
import { answer, api } from '../api/client.ts';
import { type VerifyingKey, verifyingKey } from './signed-text.ts';
import { type CheckedAnchors, checkAnchors, type FetchedAnchor } from './verify-anchors.ts';
import { type ChainProgress, chainVerifier } from './verify-chain.ts';

export interface VerificationAsked {
  /** Reference, or `system`. */
  readonly tenant: string;
  /** PEM of the person's own copy of the public key. */
  readonly ownKey?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ChainProgress, known: number) => void;
}

export interface Verified {
  readonly chain: ChainProgress;
  readonly anchors: CheckedAnchors;
  readonly keys: readonly VerifyingKey[];
  readonly isOwnKey: boolean;
}

const PAGE = 200;

/** ApiError; TypeError where the person's own key cannot be read; what the signal throws. */
export async function runVerification(asked: VerificationAsked): Promise<Verified> {
  const { tenant, signal, onProgress, ownKey } = asked;
  const keys = new Map<string, Promise<VerifyingKey | undefined>>();
  if (ownKey !== undefined) await verifyingKey('', ownKey);
  const keyOf = (keyId: string) => {
    const known = keys.get(keyId) ?? (ownKey === undefined ? fetchedKey(keyId) : verifyingKey(keyId, ownKey));
    keys.set(keyId, known);
    return known;
  };
  let page = await fetchedPage(tenant, 0);
  const about = { installation: page.installation, tenant, keyOf };
  const anchors = await checkAnchors(about, await fetchedAnchors(tenant, signal));
  const verifier = chainVerifier({ ...about, anchors });
  const foreign: string[] = [];
  for (;;) {
    signal.throwIfAborted();
    foreign.push(...page.foreign);
    onProgress(await verifier.add(page.events), page.known);
    if (page.next === null) break;
    page = await fetchedPage(tenant, page.next);
  }
  const used = (await Promise.all(keys.values())).filter(key => key !== undefined);
  return { chain: verifier.end(page.known, foreign), anchors, keys: used, isOwnKey: ownKey !== undefined };
}

function fetchedPage(tenant: string, after: number) {
  const params = { path: { tenant }, query: { after, limit: PAGE } };
  return answer(api.GET('/tenants/{tenant}/audit/chain', { params }));
}

async function fetchedAnchors(tenant: string, signal: AbortSignal): Promise<FetchedAnchor[]> {
  const anchors: FetchedAnchor[] = [];
  for (let after: number | null = 0; after !== null; ) {
    signal.throwIfAborted();
    const params: { path: { tenant: string }; query: { after: number; limit: number } } = {
      path: { tenant },
      query: { after, limit: PAGE },
    };
    const page: { anchors: FetchedAnchor[]; next: number | null } = await answer(
      api.GET('/tenants/{tenant}/audit/anchors', { params }),
    );
    anchors.push(...page.anchors);
    after = page.next;
  }
  return anchors;
}

/** Undefined: the server has no such key, and what names it verifies with none. */
async function fetchedKey(keyId: string): Promise<VerifyingKey | undefined> {
  const { data } = await api.GET('/public-keys', { params: { query: { id: keyId } } });
  return data && verifyingKey(keyId, data.publicKey).catch(() => undefined);
}
