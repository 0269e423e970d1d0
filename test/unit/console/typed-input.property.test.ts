/** What a person types: an id becomes the reference that the installation makes of it, a time is one in its zone. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { typedReference } from '../../../console/src/govern/tenant-reference.ts';
import { isoOfZoned, zonedOfIso } from '../../../console/src/govern/zoned-time.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

it('an id becomes its reference, and a reference stays what it is', async () => {
  const id = fc.string({ minLength: 1, unit: 'grapheme' }).filter(text => text.trim() === text);
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1 }), id, async (installation, typed) => {
      const ref = tenantRef(installation, tenantId(typed));
      expect(await typedReference(installation, ` ${typed} `)).toBe(ref);
      expect(await typedReference('another', ref)).toBe(ref);
    }),
  );
});

it('a time in a zone comes back as it was typed', () => {
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland');
  // By day: at night some times are twice, or never.
  const time = fc.record({ day: fc.integer({ min: 0, max: 3000 }), minutes: fc.integer({ min: 360, max: 1300 }) });
  fc.assert(
    fc.property(zone, time, (timeZone, { day, minutes }) => {
      const local = new Date(Date.UTC(2024, 0, 1 + day, 0, minutes)).toISOString().slice(0, 16);
      expect(zonedOfIso(isoOfZoned(local, timeZone), timeZone)).toBe(local);
    }),
  );
  expect(isoOfZoned('2026-07-01T10:00', 'Europe/Berlin')).toBe('2026-07-01T08:00:00.000Z');
  expect(isoOfZoned('', 'UTC')).toBe('');
});
