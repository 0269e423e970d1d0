/** The sentence that a tenant reads: true of its window, and never reassuring where something is wrong. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ownSafety } from '../../../lib/domain/own-safety.ts';
import { samePerson } from '../../../lib/domain/person.ts';
import { TENANT_STATES } from '../../../lib/operations/catalog/tenant-state.ts';

const window = {
  state: 'safe' as const,
  ...{ oldest: '2026-01-10T10:04:59Z', newest: '2026-01-15T11:59:48Z', newestAgeMs: 12_000, gaps: 0 },
};

it('names the window, in the zone of the installation', () => {
  const said = ownSafety(window, 'Europe/Berlin');
  expect(said).toMatchObject({
    tone: 'good',
    sentence: 'Your data can be restored to any moment from 10 January 2026, 11:04 to 12 seconds ago.',
  });
  const broken = ownSafety({ ...window, state: 'broken', newestAgeMs: 7_200_000, gaps: 1 }, 'UTC');
  expect(broken).toMatchObject({ tone: 'bad', sentence: expect.stringContaining('2 hours ago, except one gap.') });
});

it('is good in the state `safe` alone, whatever the window', () => {
  const time = fc.option(fc.constant('2026-01-10T10:00:00Z'));
  fc.assert(
    fc.property(fc.constantFrom(...TENANT_STATES), time, time, fc.option(fc.nat()), (state, oldest, newest, age) => {
      const said = ownSafety({ state, oldest, newest, newestAgeMs: age, gaps: 0 }, 'UTC');
      if (said.tone === 'good') expect(state).toBe('safe');
      if (oldest === null || newest === null || age === null) expect(said.tone).not.toBe('good');
    }),
  );
});

it('two accounts of one issuer are two people, and spelling does not make a second one', () => {
  const of = (subject: string) => `https://idp.example.com#${subject}`;
  expect(samePerson(of('9f86d081'), of('2c26b46b'))).toBe(false);
  expect(samePerson(of('alice'), of('ALICE'))).toBe(true);
  // A name that was claimed, and one of another issuer, are judged as all names are.
  expect(samePerson(`${of('alice')} (unverified)`, of('alice'))).toBe(true);
  expect(samePerson(of('alice'), 'alice')).toBe(true);
});
