/**
 * What an auditor is promised: whatever somebody does to the stored trail who can write past every lock but cannot sign,
 * is found, with its place; an honest trail has no finding, whatever happened to the catalog.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuditAnchor } from '../../../../lib/domain/audit-anchor.ts';
import { auditAnchorKey, auditEventKey } from '../../../../lib/domain/governance-key.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { anchorAudit } from '../../../../lib/operations/governance/anchor-audit.ts';
import { appendEvent } from '../../../../lib/operations/governance/audit-trail.ts';
import { verifyAudit } from '../../../../lib/operations/governance/verify-audit.ts';
import { timeBudget } from '../../../../lib/operations/time-budget.ts';
import { AUDITOR, type AuditWorld, auditWorld, testSigner } from '../../../support/audit-world.ts';

const TENANTS = ['a', 'b', 'c', 'd', 'e'].map(name => tenantRef('audited', tenantId(name)));
const [ACME, OTHER] = TENANTS as [TenantRef, TenantRef];
const DAY_MS = 24 * 3600 * 1000;

type Step = { readonly event: number } | 'anchor';
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ event: fc.nat(TENANTS.length) }) },
  { weight: 1, arbitrary: fc.constant('anchor' as const) },
);

async function play(world: AuditWorld, steps: readonly Step[]): Promise<void> {
  for (const each of steps) {
    world.clock.advance(DAY_MS / 4);
    if (each === 'anchor') await anchorAudit(world, AUDITOR);
    else await appendEvent(world, TENANTS[each.event] ?? SYSTEM, { who: AUDITOR, action: 'restore', outcome: 'done' });
  }
}

const eventKeys = (world: AuditWorld) => [...world.objects.keys()].filter(key => key.startsWith('audit/')).sort();

async function damageSome(world: AuditWorld, how: string, which: number): Promise<void> {
  const of = (prefix: string) => [...world.objects.keys()].filter(key => key.startsWith(prefix)).sort();
  if (how === 'foreign') world.objects.set('audit/0-not-ours', world.objects.get(of('audit/')[0]!)!);
  else if (how === 'foreign-chain') world.objects.set(`audit/${ACME}/junk`, world.objects.get(of('audit/')[0]!)!);
  else if (how === 'anchor' || how === 'page') {
    const keys = of(how === 'anchor' ? 'governance/anchors/system/0' : 'governance/anchors/system/p');
    if (keys.length > 0) world.objects.delete(keys[which % keys.length]!);
  } else {
    const keys = of('audit/');
    await damage(world, how as 'alter', keys[which % keys.length]!, keys[(which + 1) % keys.length]!);
  }
}

describe('verifying an audit trail', () => {
  it('finds nothing in an honest one, without the catalog, with an old one and with the current one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(40), async (steps, cut) => {
        const world = auditWorld();
        await play(world, steps.slice(0, cut));
        const older = new Map(world.items);
        await play(world, steps.slice(cut));
        for (const catalog of [world.items, older, new Map()]) {
          const now = new Map(catalog);
          world.items.clear();
          for (const [key, item] of now) world.items.set(key, item);
          const { problems, chains } = await verifyAudit(world);
          expect(problems).toEqual([]);
          const events = steps.length - steps.filter(each => each === 'anchor').length;
          const anchors = steps.filter(each => each === 'anchor').length;
          expect(chains.reduce((sum, chain) => sum + chain.events, 0)).toBe(events + anchors);
        }
        expect(world.notices).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('finds every change to a stored event, and says where', async () => {
    const history = fc.array(step, { minLength: 8, maxLength: 25 });
    const mutation = fc.constantFrom('alter', 'delete', 'swap', 'duplicate', 'replace', 'other-installation');
    await fc.assert(
      fc.asyncProperty(history, mutation, fc.nat(), fc.nat(), async (steps, how, first, second) => {
        const world = auditWorld();
        await play(world, [...steps, { event: 0 }, { event: 1 }, 'anchor']);
        // The event that says that the last anchor was made is not in that anchor: its loss would only be known to the catalog.
        const last = eventKeys(world).findLast(key => key.includes(`/${SYSTEM}/`));
        const keys = eventKeys(world).filter(key => key !== last);
        const [one, other] = [keys[first % keys.length]!, keys[second % keys.length]!];
        fc.pre(one !== other);
        const damaged = await damage(world, how, one, other);
        // An intruder who can write to the catalog covers the tracks there too.
        world.items.clear();
        const { problems } = await verifyAudit(world);
        for (const key of damaged) expect(problems.map(problem => problem.key)).toContain(key);
      }),
      { numRuns: 120 },
    );
  });

  it('finds the same in as many calls as it needs, nothing twice, and says that it is not done', async () => {
    const key = (a: { what: string; key: string; message: string }) => `${a.what} ${a.key} ${a.message}`;
    const mutation = fc.constantFrom('alter', 'delete', 'duplicate', 'foreign', 'foreign-chain', 'anchor', 'page');
    const history = fc.array(step, { minLength: 8, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(history, fc.array(fc.tuple(mutation, fc.nat()), { maxLength: 3 }), async (steps, changes) => {
        const world = auditWorld();
        await play(world, [...steps, { event: 0 }, { event: 1 }, 'anchor']);
        for (const [how, which] of changes) await damageSome(world, how, which);
        const once = await verifyAudit(world);
        const parts = [await verifyAudit(world, { budget: timeBudget(0) })];
        for (let last = parts[0]!; last.continueAfter !== undefined; parts.push(last))
          last = await verifyAudit(world, { after: last.continueAfter, budget: timeBudget(0) });
        expect(parts.slice(0, -1).every(part => part.continueAfter !== undefined)).toBe(true);
        expect(parts.flatMap(part => part.problems.map(key)).sort()).toEqual(once.problems.map(key).sort());
        expect(parts.flatMap(part => part.chains)).toEqual(once.chains);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a tail that was cut before the last anchor, in any chain, and a chain that was removed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 25 }),
        fc.nat(),
        fc.nat(),
        async (steps, which, from) => {
          const world = auditWorld();
          await play(world, [...steps, { event: 0 }, 'anchor']);
          const chains = [...new Set(eventKeys(world).map(key => key.split('/')[1]! as TenantRef))];
          const tenant = chains[which % chains.length]!;
          const keys = eventKeys(world).filter(key => key.includes(`/${tenant}/`));
          // The last event of `system` is the one that says that the anchor was made: it is not in that anchor.
          const covered = tenant === SYSTEM ? keys.slice(0, -1) : keys;
          fc.pre(covered.length > 0);
          const cut = from % covered.length;
          for (const key of keys.slice(cut)) world.objects.delete(key);
          world.items.clear();
          const { problems } = await verifyAudit(world);
          expect(problems).toContainEqual(expect.objectContaining({ what: 'missing', key: keys[cut], tenant }));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds events that were written anew in the place of others, even with the signing key, if they were anchored', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }, { event: 0 }, 'anchor', { event: 0 }, 'anchor']);
    const keys = eventKeys(world).filter(key => key.includes(ACME));
    for (const key of keys.slice(1)) world.objects.delete(key);
    world.items.clear();
    await play(world, [{ event: 0 }, { event: 0 }, { event: 0 }]);
    const { problems } = await verifyAudit(world);
    expect(problems).toContainEqual(expect.objectContaining({ what: 'anchor', sequence: 2, tenant: ACME }));
    // A later anchor does not make it good.
    await play(world, ['anchor']);
    expect(world.notices.at(-1)).toMatchObject({ code: 'audit-chain-broken' });
    expect((await verifyAudit(world)).problems).toContainEqual(
      expect.objectContaining({ what: 'anchor', sequence: 2 }),
    );
  });

  it('keeps what was anchored of a chain that became shorter, and alarms', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }, { event: 0 }, { event: 1 }, 'anchor']);
    world.objects.delete(auditEventKey(ACME, 2));
    world.objects.delete(auditEventKey(OTHER, 1));
    world.items.clear();
    const made = await anchorAudit(world, AUDITOR);
    expect(made.contradictions).toHaveLength(2);
    expect(world.notices).toMatchObject([{ code: 'audit-chain-broken', severity: 'alarm' }]);
    const { problems } = await verifyAudit(world);
    expect(problems.map(problem => problem.key)).toEqual(
      expect.arrayContaining([auditEventKey(ACME, 2), auditEventKey(OTHER, 1)]),
    );
  });

  it('says how far the last anchor reaches, and what the catalog alone knows of after it', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }, { event: 0 }, 'anchor', { event: 0 }]);
    const before = await verifyAudit(world, { tenants: [ACME] });
    expect(before.chains).toMatchObject([{ events: 3, anchoredTo: 2, notAnchored: 1, problems: [] }]);
    world.objects.delete(auditEventKey(ACME, 3));
    const { problems } = await verifyAudit(world, { tenants: [ACME] });
    expect(problems).toMatchObject([{ what: 'missing', key: auditEventKey(ACME, 3) }]);
    expect(problems[0]!.message).toContain('the catalog knows of event 3');
  });

  it.each(['delete', 'alter', 'swap'] as const)('finds an anchor or a page that somebody did %s', async how => {
    const honest = auditWorld();
    await play(honest, [{ event: 0 }, 'anchor', { event: 0 }, { event: 1 }, 'anchor', { event: 2 }, 'anchor']);
    const keys = [...honest.objects.keys()].filter(key => key.startsWith('governance/anchors/'));
    expect(keys.length).toBeGreaterThan(6);
    for (const [index, key] of keys.entries()) {
      const before = new Map(honest.objects);
      const other = keys[(index + 1) % keys.length]!;
      await damage(honest, how, key, other);
      const found = (await verifyAudit(honest)).problems.map(problem => problem.key);
      // The pages of an anchor that does not verify are not read.
      expect(found.includes(key) || (how === 'swap' && found.includes(other)), key).toBe(true);
      for (const [each, bytes] of before) honest.objects.set(each, bytes);
    }
    expect((await verifyAudit(honest)).problems).toEqual([]);
  });

  it('finds that the newest anchors were removed', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }, 'anchor', { event: 0 }, 'anchor']);
    world.objects.delete(auditAnchorKey(2));
    expect((await verifyAudit(world)).problems).toMatchObject([{ what: 'missing', key: auditAnchorKey(2) }]);
  });

  it('finds objects that are no events', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }]);
    for (const key of [`audit/${ACME}/1`, 'audit/nobody/0000000001', `audit/${OTHER}/x`])
      world.objects.set(key, Buffer.from('?'));
    const { problems } = await verifyAudit(world);
    expect(problems.map(({ what, key }) => `${what} ${key}`).sort()).toEqual(
      [`foreign audit/${ACME}/1`, `foreign audit/${OTHER}/x`, 'foreign audit/nobody/0000000001'].sort(),
    );
  });
});

describe('an anchor', () => {
  it('names a page again that did not change, and costs a quiet fleet a few requests', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }, { event: 1 }, { event: 2 }, { event: 3 }, 'anchor']);
    const pagesOf = (sequence: number) => {
      const { document } = JSON.parse(Buffer.from(world.objects.get(auditAnchorKey(sequence))!).toString());
      return AuditAnchor.parse(JSON.parse(document)).pages;
    };
    await play(world, ['anchor']);
    const [first, second] = [pagesOf(1), pagesOf(2)];
    // The system's chain grew by the event about the first anchor.
    const kept = second.filter(page => page.letter !== 's');
    expect(kept).toEqual(first.filter(page => page.letter !== 's'));
  });

  it('is one chain too if two processes anchor at once', async () => {
    const world = auditWorld();
    await play(world, [{ event: 0 }, { event: 1 }]);
    await Promise.all([anchorAudit(world, AUDITOR), anchorAudit(world, AUDITOR), anchorAudit(world, AUDITOR)]);
    const { problems, anchors } = await verifyAudit(world);
    expect(problems).toEqual([]);
    expect(anchors.count).toBe(3);
  });
});

/** Keys at which verification must find something. */
async function damage(world: AuditWorld, how: string, one: string, other: string): Promise<string[]> {
  const bytes = world.objects.get(one)!;
  switch (how) {
    case 'delete':
      world.objects.delete(one);
      return [one];
    case 'alter':
      // Another value, whatever the byte was.
      world.objects.set(
        one,
        bytes.map((byte, at) => (at === bytes.byteLength >> 1 ? byte ^ 1 : byte)),
      );
      return [one];
    case 'swap':
      world.objects.set(one, world.objects.get(other)!);
      world.objects.set(other, bytes);
      return [one, other];
    case 'duplicate': {
      const [prefix] = other.split(/\d{10}$/);
      const places = eventKeys(world).filter(key => key.startsWith(prefix!));
      const next = `${prefix}${String(places.length + 1).padStart(10, '0')}`;
      world.objects.set(next, bytes);
      return [next];
    }
    case 'replace':
      world.objects.set(other, bytes);
      return [other];
    default: {
      // The same place of another installation, with another signing key.
      const foreign = auditWorld('another', testSigner());
      for (let number = 0; number < 40; number++) {
        for (const index of TENANTS.keys()) await play(foreign, [{ event: index }]);
        await play(foreign, [{ event: TENANTS.length }]);
        if (foreign.objects.has(one)) break;
      }
      world.objects.set(one, foreign.objects.get(one)!);
      return [one];
    }
  }
}

it('an event of an installation that has the same signing key does not verify here', async () => {
  const signer = testSigner();
  const [here, there] = [auditWorld('here', signer), auditWorld('there', signer)];
  await play(here, [{ event: 0 }]);
  await play(there, [{ event: 0 }]);
  const key = auditEventKey(ACME, 1);
  here.objects.set(key, there.objects.get(key)!);
  expect((await verifyAudit(here)).problems).toMatchObject([{ what: 'altered', key }]);
});
