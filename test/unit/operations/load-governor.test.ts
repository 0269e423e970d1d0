/** A busy database gets fewer tenants at a time, an idle one more, and every tenant is read in the end. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DatabaseLoad, LoadSettings } from '../../../lib/domain/database-load.ts';
import { loadGovernor } from '../../../lib/operations/fleet/load-governor.ts';

const LIMITS = LoadSettings.parse({});
const IDLE: DatabaseLoad = {
  ...{ connections: 5, maxConnections: 100, waitingLocks: 0, replicaLagSeconds: null, answerMs: 1 },
};
const BUSY: readonly [DatabaseLoad, string][] = [
  [{ ...IDLE, connections: 81 }, 'connections'],
  [{ ...IDLE, waitingLocks: 21 }, 'waiting-locks'],
  [{ ...IDLE, replicaLagSeconds: 61 }, 'replica-lag'],
  [{ ...IDLE, answerMs: 2001 }, 'slow-answers'],
  [{ ...IDLE, processorPercent: 86 }, 'processor'],
];

it('whatever the load is, all tenants are read, never more at once than allowed, and one at least', async () => {
  const looks = fc.array(fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), looks, async (most, drawn) => {
      let clock = 0;
      let running = 0;
      let done = 0;
      // An independent count of what is allowed.
      let allowed = most;
      const governor = loadGovernor(most, LIMITS, () => clock);
      const look = async () => {
        const kind = drawn[done % drawn.length];
        if (kind === undefined) throw new Error('no answer');
        const busy = BUSY[kind]?.[0];
        allowed = busy ? Math.max(1, Math.floor(allowed / 2)) : Math.min(most, allowed + 1);
        return busy ?? IDLE;
      };
      const worker = async (share: number) => {
        for (let tenant = 0; tenant < share; tenant++) {
          clock += 3000;
          const leave = await governor.admit(look);
          running += 1;
          expect(running).toBeLessThanOrEqual(most);
          await Promise.resolve();
          running -= 1;
          done += 1;
          leave();
        }
      };
      await Promise.all(Array.from({ length: most }, () => worker(5)));
      expect(done).toBe(most * 5);
      const slowed = governor.slowed();
      if (slowed) expect(slowed.leastAtOnce).toBeGreaterThanOrEqual(1);
      if (slowed) expect(slowed.reasons.length).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
});

it.each(BUSY)(
  'halves the tenants for %o and says why, and adds one at a time when it is over',
  async (busy, reason) => {
    let clock = 0;
    const governor = loadGovernor(8, LIMITS, () => clock);
    const letIn = async (load: DatabaseLoad) => {
      clock += 5000;
      const leaves: (() => void)[] = [];
      for (let asked = 0; asked < 8; asked++)
        void governor.admit(asked === 0 ? async () => load : undefined).then(leave => leaves.push(leave));
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      const count = leaves.length;
      while (leaves.length > 0) {
        leaves.shift()!();
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      }
      return count;
    };
    expect(await letIn(IDLE)).toBe(8);
    expect(governor.slowed()).toBeUndefined();
    expect(await letIn(busy)).toBeLessThan(8);
    expect(governor.slowed()).toEqual({ reasons: [reason], leastAtOnce: 4 });
    for (let look = 0; look < 4; look++) await letIn(busy);
    expect(governor.slowed()?.leastAtOnce).toBe(1);
    for (let look = 0; look < 7; look++) await letIn(IDLE);
    expect(await letIn(IDLE)).toBe(8);
  },
);
