/**
 * What an auditor is promised by "verify in this browser": a chain that is as it was written has no finding; one of which a
 * single bit was changed, or an event removed, inserted or swapped, has one, with its place, and the browser finds it with the
 * public key alone.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChainProgress } from '../../../console/src/audit/verify-chain.ts';
import { auditEventKey } from '../../../lib/domain/governance-key.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { anchorAudit } from '../../../lib/operations/governance/anchor-audit.ts';
import { appendEvent } from '../../../lib/operations/governance/audit-trail.ts';
import { verifyAudit } from '../../../lib/operations/governance/verify-audit.ts';
import { AUDITOR, type AuditWorld, auditWorld } from '../../support/audit-world.ts';
import { browserVerdict, type FetchedChain, fetchedChain } from '../../support/fetched-chain.ts';

const ACME = tenantRef('audited', tenantId('acme'));
// Of the same page of the anchors: the proofs have a way to go.
const NEIGHBOURS = Array.from({ length: 400 }, (_, n) => tenantRef('audited', tenantId(`n${n}`)))
  .filter(ref => ref[0] === ACME[0])
  .slice(0, 6);
const DAY_MS = 24 * 3600 * 1000;

async function write(world: AuditWorld, tenant: TenantRef, events: number): Promise<void> {
  for (let n = 0; n < events; n++) {
    world.clock.advance(1000);
    const facts = { action: 'restore', outcome: 'done', details: { n } } as const;
    await appendEvent(world, tenant, { who: AUDITOR, ...facts });
  }
}

/** Events in three parts, each followed by an anchor; the last `loose` events by none. */
async function played(parts: readonly number[], loose = 0): Promise<AuditWorld> {
  const world = auditWorld();
  for (const events of parts) {
    await write(world, ACME, events);
    for (const neighbour of NEIGHBOURS) await write(world, neighbour, 1);
    world.clock.advance(DAY_MS);
    await anchorAudit(world, AUDITOR);
  }
  await write(world, ACME, loose);
  return world;
}

const placesOf = ({ problems }: ChainProgress) =>
  problems.map(({ what, sequence }) => `${what} ${sequence ?? ''}`.trim());
const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
};
/** Another character: seven bits of ASCII stay such. */
const flippedText = (text: string, bit: number): string => {
  const at = Math.floor(bit / 7) % text.length;
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 7))) + text.slice(at + 1);
};

describe('a chain that is as it was written', () => {
  it('is proved from its first event to its last, whatever is anchored', async () => {
    const part = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 0, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(part, fc.nat(5), async (parts, loose) => {
        const world = await played(parts, loose);
        const all = parts.reduce((sum, n) => sum + n, loose);
        for (const tenant of [ACME, SYSTEM]) {
          const found = await browserVerdict(world, tenant, await fetchedChain(world, tenant));
          expect(found.problems).toEqual([]);
          if (tenant === ACME) expect(found).toMatchObject({ first: all > 0 ? 1 : 0, last: all, verified: all });
          expect([...found.signedBy.keys()]).toEqual(found.verified > 0 ? [world.signer.keyId] : []);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('an alteration', () => {
  let world: AuditWorld;
  let honest: FetchedChain;
  beforeAll(async () => {
    world = await played([3, 2, 3]);
    honest = await fetchedChain(world, ACME);
  });
  const verdict = (chain: Partial<FetchedChain>) => browserVerdict(world, ACME, { ...honest, ...chain });
  const changed = (place: number, change: (event: FetchedChain['events'][number]) => object) =>
    honest.events.map((each, index) => (index === place ? { ...each, ...change(each) } : each));

  it('of any one bit of what is stored is found, at its event', async () => {
    const keys = [...world.objects.keys()].filter(key => key.startsWith(`audit/${ACME}/`)).sort();
    await fc.assert(
      fc.asyncProperty(fc.nat(keys.length - 1), fc.nat(), async (which, bit) => {
        const bytes = world.objects.get(keys[which]!)!;
        world.objects.set(keys[which]!, flipped(bytes, bit));
        const found = await browserVerdict(world, ACME, await fetchedChain(world, ACME));
        world.objects.set(keys[which]!, bytes);
        const around = found.problems.map(({ sequence = 0 }) => sequence - which - 1);
        expect(around.length).toBeGreaterThan(0);
        expect(around.every(distance => distance === 0 || distance === 1)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('of any one bit of what the server sends is found, at its event', async () => {
    const parts = ['document', 'value', 'keyId', 'algorithm', 'stored', 'base64'] as const;
    await fc.assert(
      fc.asyncProperty(fc.nat(7), fc.constantFrom(...parts), fc.nat(), async (place, part, bit) => {
        const events = changed(place, ({ stored, signed }) => {
          if (part === 'base64') return { stored: flippedText(stored!, bit) };
          if (part === 'stored')
            return { stored: Buffer.from(flipped(Buffer.from(stored!, 'base64'), bit)).toString('base64') };
          if (part === 'document') return { signed: { ...signed!, document: flippedText(signed!.document, bit) } };
          const { signature } = signed!;
          return { signed: { ...signed!, signature: { ...signature, [part]: flippedText(signature[part], bit) } } };
        });
        const found = await verdict({ events });
        const sequences = found.problems.map(({ sequence = 0 }) => sequence);
        expect(sequences.length).toBeGreaterThan(0);
        expect(sequences.every(each => each === place + 1 || each === place + 2)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('of any one bit of an anchor, or of the proof that it names the chain, is found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.boolean(), async (place, bit, isProof) => {
        const anchors = honest.anchors.map((each, index) => {
          if (index !== place) return each;
          if (!isProof) return { ...each, stored: flippedText(each.stored!, bit) };
          const { path, sha256 } = each.proof!;
          const hashes = [sha256, ...path].map((hash, at, all) =>
            at === bit % all.length ? flippedText(hash, bit) : hash,
          );
          return { ...each, proof: { ...each.proof!, sha256: hashes[0]!, path: hashes.slice(1) } };
        });
        expect(placesOf(await verdict({ anchors }))).toContain('anchor');
      }),
      { numRuns: 200 },
    );
  });

  it.each([1, 4, 8])('that removes event %i is found there', async place => {
    const events = honest.events.filter(({ sequence }) => sequence !== place);
    expect(placesOf(await verdict({ events }))).toContain(`missing ${place}`);
  });

  it('that removes the last events is found by the anchor, without the catalog', async () => {
    expect(placesOf(await verdict({ events: honest.events.slice(0, 5), known: 0 }))).toEqual(['missing 6']);
    expect(placesOf(await verdict({ events: [], known: 0 }))).toEqual(['missing 1']);
  });

  it('that swaps two events is found at both places', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(7), fc.nat(7), async (one, other) => {
        fc.pre(one !== other);
        const swapped = [...honest.events];
        const [a, b] = [honest.events[one]!, honest.events[other]!];
        swapped[one] = { ...b, sequence: a.sequence };
        swapped[other] = { ...a, sequence: b.sequence };
        expect(placesOf(await verdict({ events: swapped }))).toEqual(
          expect.arrayContaining([`altered ${one + 1}`, `altered ${other + 1}`]),
        );
        const reordered = [...honest.events];
        [reordered[one], reordered[other]] = [b, a];
        expect((await verdict({ events: reordered })).problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it('that inserts an event of another chain, or one again, is found', async () => {
    const own = honest.events[2]!;
    const foreign = (await fetchedChain(world, NEIGHBOURS[0]!)).events[0]!;
    const atEnd = [...honest.events, { ...foreign, sequence: 9 }];
    expect(placesOf(await verdict({ events: atEnd }))).toEqual(['altered 9']);
    const again = [...honest.events.slice(0, 5), own, ...honest.events.slice(5)];
    expect(placesOf(await verdict({ events: again }))).toEqual(['foreign 3']);
  });

  it('that removes an anchor is found, and by the chain of the installation even the last one', async () => {
    expect(placesOf(await verdict({ anchors: [honest.anchors[0]!, honest.anchors[2]!] }))).toContain('anchor');
    const system = await fetchedChain(world, SYSTEM);
    const cut = { ...system, anchors: system.anchors.slice(0, 2) };
    expect((await browserVerdict(world, SYSTEM, cut)).problems[0]!.message).toContain('Anchor 3');
  });
});

describe('what is wrong in the vault', () => {
  it('is found by the browser exactly where the server finds something', async () => {
    const damages = ['alter', 'remove', 'swap', 'copy', 'junk', 'none'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...damages), fc.nat(6), fc.nat(), async (how, which, bit) => {
        const world = await played([3, 2], 2);
        const [key, next] = [auditEventKey(ACME, which + 1), auditEventKey(ACME, ((which + 1) % 7) + 1)];
        const [bytes, others] = [world.objects.get(key)!, world.objects.get(next)!];
        if (how === 'alter') world.objects.set(key, flipped(bytes, bit));
        if (how === 'remove') world.objects.delete(key);
        if (how === 'swap') world.objects.set(key, others).set(next, bytes);
        if (how === 'copy') world.objects.set(auditEventKey(ACME, 8), bytes);
        if (how === 'junk') world.objects.set(`audit/${ACME}/junk`, bytes);
        const server = await verifyAudit(world, { tenants: [ACME] });
        const browser = await browserVerdict(world, ACME, await fetchedChain(world, ACME));
        const places = (problems: readonly { sequence?: number }[]) => [
          ...new Set(problems.map(each => each.sequence)),
        ];
        expect(places(browser.problems).sort()).toEqual(places(server.problems).sort());
      }),
      { numRuns: 40 },
    );
  });
});
