/** A shorter retention takes effect only where an approved change says exactly that; a longer one is free. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  coversChange,
  decidePeriods,
  type PolicyApproval,
  type PolicyInForce,
  RETENTION_FIELDS,
} from '../../../lib/domain/policy-change.ts';
import type { RetentionPolicy } from '../../../lib/domain/retention.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

const tenant = tenantRef('test', tenantId('acme'));
const other = tenantRef('test', tenantId('other'));
const days = fc.integer({ min: 1, max: 4 });
const policies = fc.record({
  dailyDays: days,
  weeklyDays: days,
  monthlyDays: days,
  annualDays: days,
  logDays: days,
}) as fc.Arbitrary<RetentionPolicy>;
const inForce = (policy: RetentionPolicy, sequence = 1): PolicyInForce => ({
  ...{ format: 'holdfast.retention-policy/1', tenant, sequence, at: '2026-01-01T00:00:00Z', policy, because: 'first' },
});
const responsible = { request: 'r', requestedBy: 'ann', approvedBy: ['bob'], reason: 'cost', planHash: 'h' };
const approval = (before: RetentionPolicy, after: RetentionPolicy): PolicyApproval => ({
  ...{ format: 'holdfast.policy-approval/1', tenant, replaces: 1, before, after, at: '2026-01-01T00:00:00Z' },
  responsible: { ...responsible, brokeGlass: false },
});

describe('a change of retention', () => {
  it('never makes a period shorter than in force without an approval, and applies every longer one at once', () => {
    fc.assert(
      fc.property(policies, policies, (before, configured) => {
        const { policy, waiting, because } = decidePeriods(inForce(before), configured, false);
        for (const field of RETENTION_FIELDS) {
          expect(policy[field]).toBe(Math.max(before[field], configured[field]));
          expect(waiting.includes(field)).toBe(configured[field] < before[field]);
        }
        expect(because === undefined).toBe(RETENTION_FIELDS.every(field => configured[field] <= before[field]));
      }),
    );
  });

  it('applies exactly what was approved', () => {
    fc.assert(
      fc.property(policies, policies, (before, configured) => {
        expect(decidePeriods(inForce(before), configured, true)).toMatchObject({ policy: configured, waiting: [] });
      }),
    );
  });

  it('is not covered by the approval of another change, tenant or policy in force', () => {
    fc.assert(
      fc.property(policies, policies, policies, (before, after, asked) => {
        const given = approval(before, after);
        expect(coversChange(given, inForce(before), after)).toBe(true);
        expect(coversChange(given, inForce(before, 2), after)).toBe(false);
        expect(coversChange({ ...given, tenant: other }, inForce(before), after)).toBe(false);
        const same = JSON.stringify(asked) === JSON.stringify(after);
        expect(coversChange(given, inForce(before), asked)).toBe(same);
        expect(coversChange(given, inForce(asked), after)).toBe(JSON.stringify(asked) === JSON.stringify(before));
      }),
    );
  });

  it('begins with the configured policy where none was recorded', () => {
    fc.assert(
      fc.property(policies, configured => {
        expect(decidePeriods(undefined, configured, false)).toEqual({
          policy: configured,
          because: 'first',
          waiting: [],
        });
      }),
    );
  });
});
