/** A chain as the browser fetches it, page by page, from a world in memory; and what the browser says of it. */

import { verifyingKey } from '../../console/src/audit/signed-text.ts';
import { checkAnchors, type FetchedAnchor } from '../../console/src/audit/verify-anchors.ts';
import { type ChainProgress, chainVerifier, type FetchedEvent } from '../../console/src/audit/verify-chain.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { rawAnchors } from '../../lib/operations/governance/raw-anchors.ts';
import { rawAuditChain } from '../../lib/operations/governance/raw-audit-chain.ts';
import type { AuditWorld } from './audit-world.ts';

export interface FetchedChain {
  readonly events: readonly FetchedEvent[];
  readonly anchors: readonly FetchedAnchor[];
  readonly known: number;
  readonly foreign: readonly string[];
}

const PAGE = 4;
const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64');

export async function fetchedChain(world: AuditWorld, tenant: TenantRef): Promise<FetchedChain> {
  const events: FetchedEvent[] = [];
  const anchors: FetchedAnchor[] = [];
  const foreign: string[] = [];
  let known = 0;
  for (let after: number | null = 0; after !== null; ) {
    const page = await rawAuditChain(world, tenant, { after, limit: PAGE });
    events.push(...page.events.map(each => ({ ...each, stored: base64(each.stored) })));
    foreign.push(...page.foreign);
    known = page.known;
    after = page.next;
  }
  for (let after: number | null = 0; after !== null; ) {
    const page = await rawAnchors(world, tenant, { after, limit: PAGE });
    anchors.push(...page.anchors.map(each => ({ ...each, stored: base64(each.stored) })));
    after = page.next;
  }
  return { events, anchors, known, foreign };
}

/** As the browser does it: anchors first, then events page by page. */
export async function browserVerdict(
  world: AuditWorld,
  tenant: TenantRef,
  { events, anchors, known, foreign }: FetchedChain,
): Promise<ChainProgress> {
  const key = await verifyingKey(world.signer.keyId, world.publicKeyPem);
  const keyOf = async (keyId: string) => (keyId === key.keyId ? key : undefined);
  const about = { installation: world.installation, tenant, keyOf };
  const verifier = chainVerifier({ ...about, anchors: await checkAnchors(about, anchors) });
  for (let start = 0; start < events.length; start += PAGE) await verifier.add(events.slice(start, start + PAGE));
  return verifier.end(known, foreign);
}
