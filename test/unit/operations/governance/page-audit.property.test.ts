/** Pages of the audit trail: together they are the trail, in its order, whatever their size and whatever is added meanwhile. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYSTEM, tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { appendEvent } from '../../../../lib/operations/governance/audit-trail.ts';
import {
  type AuditPageAsked,
  type AuditPosition,
  pageAudit,
} from '../../../../lib/operations/governance/page-audit.ts';
import { AUDITOR, type AuditWorld, auditWorld } from '../../../support/audit-world.ts';

const CHAINS = [...['a', 'b', 'c'].map(name => tenantRef('audited', tenantId(name))), SYSTEM];
const chain = fc.nat(CHAINS.length - 1);
/** Many events are of the same moment. */
const written = fc.array(fc.tuple(chain, fc.constantFrom(0, 0, 1000), fc.boolean()), { maxLength: 40 });

async function append(world: AuditWorld, [which, after, isDone]: [number, number, boolean]): Promise<void> {
  world.clock.advance(after);
  await appendEvent(world, CHAINS[which]!, { who: AUDITOR, action: 'restore', outcome: isDone ? 'done' : 'denied' });
}

async function paged(world: AuditWorld, asked: Omit<AuditPageAsked, 'after'>, between: () => Promise<void>) {
  const places: string[] = [];
  let after: AuditPosition | null | undefined;
  do {
    const page = await pageAudit(world, { ...asked, after: after ?? undefined });
    expect(page.events.length).toBeLessThanOrEqual(asked.limit);
    places.push(...page.events.map(({ event: { tenant, sequence } }) => `${tenant} ${sequence}`));
    after = page.next;
    await between();
  } while (after !== null);
  return places;
}

describe('pages of the audit trail', () => {
  it('are the trail, newest first, without an event twice, of one chain and of all', async () => {
    const size = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        written,
        size,
        size,
        fc.option(chain, { nil: undefined }),
        async (events, limit, mostRead, one) => {
          const world = auditWorld();
          for (const each of events) await append(world, each);
          const asked = {
            filter: { outcome: 'done' as const },
            ...(one !== undefined && { tenant: CHAINS[one]! }),
          };
          const whole = await pageAudit(world, { ...asked, limit: 1000 });
          const expected = events.filter(([which, , isDone]) => isDone && (one === undefined || which === one));
          expect(whole.events).toHaveLength(expected.length);
          const times = whole.events.map(({ event }) => event.at);
          expect(times).toEqual(times.toSorted().reverse());
          const places = whole.events.map(({ event: { tenant, sequence } }) => `${tenant} ${sequence}`);
          const added = () => append(world, [0, 1000, true]);
          expect(await paged(world, { ...asked, limit }, added)).toEqual(places);
          const before = new Set(places);
          const bounded = await paged(world, { ...asked, limit, mostRead }, async () => {});
          expect(bounded.filter(place => before.has(place))).toEqual(places);
        },
      ),
      { numRuns: 60 },
    );
  });
});
