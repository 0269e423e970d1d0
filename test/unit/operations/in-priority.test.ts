/** Runs over many tenants take the strictest tier first, and within one whoever waits longest since its last success. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TIERS } from '../../../lib/domain/objectives.ts';
import { TenantRef } from '../../../lib/domain/tenant.ts';
import { byPriority } from '../../../lib/domain/tenant-priority.ts';
import { heads } from '../../../lib/operations/catalog/catalog-index.ts';
import { recordLiveProof } from '../../../lib/operations/catalog/live-proof.ts';
import { inPriority } from '../../../lib/operations/fleet/in-priority.ts';
import { openFailure } from '../../../lib/operations/fleet/open-failures.ts';
import { memoryCatalog } from '../../support/memory-catalog.ts';

const REFS = ['a', 'b', 'c', 'd', 'e'].map(letter => TenantRef.parse(letter.repeat(26)));
const [A, B, C, D, E] = REFS as [TenantRef, TenantRef, TenantRef, TenantRef, TenantRef];

it('no tenant comes before one of a stricter tier, or before one of its tier that waits longer', () => {
  const tenant = fc.record({ tier: fc.constantFrom(...TIERS), succeededAt: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(tenant, { maxLength: 40 }), drawn => {
      const tenants = drawn.map((each, index) => ({ ...each, ref: `t${index}` }));
      const order = byPriority(tenants).flat();
      expect([...order].sort()).toEqual(tenants.map(({ ref }) => ref).sort());
      const of = new Map(tenants.map(each => [each.ref, each]));
      for (const [index, ref] of order.slice(1).entries()) {
        const [before, after] = [of.get(order[index]!)!, of.get(ref)!];
        const tiers = TIERS.indexOf(after.tier) - TIERS.indexOf(before.tier);
        expect(tiers > 0 || (tiers === 0 && before.succeededAt <= after.succeededAt)).toBe(true);
      }
    }),
  );
});

it('backups: never, failed last, then the oldest; verifications: the oldest proof', async () => {
  const catalog = memoryCatalog();
  const deps = { catalog, clock: { now: () => new Date('2026-03-04T00:00:00Z') } };
  const at = (day: number) => Date.parse(`2026-03-0${day}T00:00:00Z`);
  const id = (day: number) => `${at(day).toString(36).padStart(9, '0')}-abcdefgh`;
  for (const [ref, day] of [
    [A, 3],
    [B, 1],
    [C, 2],
    [D, 2],
  ] as const) {
    await catalog.write([heads.put(ref, { id: id(day), key: 'k', sha256: 's' }, undefined)]);
    if (ref !== B) {
      const proof = { ref, at: new Date(at(4 - day)).toISOString(), ok: ref !== C, lsn: '0/1' as never };
      await recordLiveProof(deps, proof);
    }
  }
  await openFailure(deps, {
    ...{ kind: 'backup-failed', workflow: 'back-up-fleet', tenant: A, code: 'x', region: 'r' },
  });
  const tierOf = (ref: string) => (ref === D ? 'critical' : 'standard');
  expect(await inPriority(deps, REFS, 'back-up-fleet', tierOf)).toEqual([[D], [A, E, B, C]]);
  expect(await inPriority(deps, REFS, 'fold-incrementals', tierOf)).toEqual([[D], [E, B, C, A]]);
  // The last comparison of C found a difference.
  expect(await inPriority(deps, REFS, 'verify-fleet', tierOf)).toEqual([[D], [B, C, E, A]]);
});
