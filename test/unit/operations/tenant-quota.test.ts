/** A tenant gets as much in a day as the configuration says, and never one more. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { quotaState, takeQuota } from '../../../lib/operations/catalog/tenant-quota.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const [acme, other] = ['acme', 'other'].map(id => tenantRef('test-installation', tenantId(id))) as [never, never];

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
});
afterEach(() => deps.dispose());

it('however many ask at once, exactly the limit is granted, and the next day as many again', async () => {
  let day = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 12 }), async (limit, callers) => {
      deps.clock.set(new Date(Date.UTC(2026, 0, 1 + day++, 23, 59)));
      const asked = { tenant: acme, kind: 'backups', limit } as const;
      const answers = await Promise.allSettled(Array.from({ length: callers }, () => takeQuota(deps, asked)));
      const granted = answers.flatMap(each => (each.status === 'fulfilled' ? [each.value.used] : []));
      const refusals = answers.flatMap(each => (each.status === 'rejected' ? [each.reason.code] : []));
      expect(granted.sort((a, b) => a - b)).toEqual(Array.from({ length: Math.min(limit, callers) }, (_, n) => n + 1));
      expect(new Set(refusals)).toEqual(new Set(callers > limit ? ['quota-used'] : []));
      expect(await quotaState(deps, asked)).toMatchObject({ limit, used: Math.min(limit, callers) });
    }),
    { numRuns: 40 },
  );
});

it('says when it is free again, and counts each kind and each tenant by itself', async () => {
  const asked = { tenant: acme, kind: 'exports', limit: 1 } as const;
  await takeQuota(deps, asked);
  const error = await takeQuota(deps, asked).catch(found => found);
  expect(error).toMatchObject({ code: 'quota-used', details: { kind: 'exports', freeAt: '2026-01-16T00:00:00.000Z' } });
  await takeQuota(deps, { ...asked, kind: 'previews' });
  await takeQuota(deps, { ...asked, tenant: other });
  deps.clock.set('2026-01-16T00:00:00Z');
  await takeQuota(deps, asked);
});
