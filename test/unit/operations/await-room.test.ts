/** The first step of a snapshot on AWS waits while the database is busy, says why, and goes on after a bounded time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DatabaseLoad, LoadSettings } from '../../../lib/domain/database-load.ts';
import { awaitRoom, ROOM_WAIT_MS } from '../../../lib/operations/snapshot/await-room.ts';

const IDLE: DatabaseLoad = {
  ...{ connections: 1, maxConnections: 100, waitingLocks: 0, replicaLagSeconds: null, answerMs: 1 },
};
const LIMITS = LoadSettings.parse({});

it('for any course of the load it ends, and it waits exactly where the first look shows a busy database', async () => {
  const course = fc.array(fc.constantFrom<DatabaseLoad | undefined>(IDLE, { ...IDLE, waitingLocks: 500 }, undefined), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(course, async looks => {
      let now = 0;
      let asked = 0;
      const look = async () => {
        const load = looks[asked++ % looks.length];
        if (load === undefined) throw new Error('no answer');
        return load;
      };
      const pause = async (milliseconds: number) => {
        now += milliseconds;
      };
      const { reasons, waitedMs } = await awaitRoom({ clock: { now: () => new Date(now) }, pause }, LIMITS, look);
      expect(waitedMs).toBe(now);
      expect(waitedMs).toBeLessThan(ROOM_WAIT_MS + 20_000);
      const isBusy = (looks[0]?.waitingLocks ?? 0) > 0;
      expect(reasons).toEqual(isBusy ? ['waiting-locks'] : []);
      expect(waitedMs > 0).toBe(isBusy);
    }),
  );
});
