/** Scratch databases that a run left: the daily sweep removes them, leaves those in use, and alarms where one stays. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ScratchClusters, scratchCluster } from '../../../lib/operations/snapshot/scratch-cluster.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;

interface Left {
  readonly name: string;
  /** Since it was requested. */
  readonly ageHours: number;
  readonly tagged: boolean;
  readonly refuses: boolean;
}

function swept(databases: readonly Left[] | Error) {
  const removed: string[] = [];
  const notices: { severity: string; code: string; message: string }[] = [];
  const at = (hours: number) => new Date(NOW + hours * HOUR_MS);
  const scratch: ScratchClusters = {
    begin: async () => {},
    look: async () => undefined,
    async remove(name) {
      if ((databases as readonly Left[]).find(each => each.name === name)!.refuses) throw new Error('refused');
      removed.push(name);
      return false;
    },
    async list() {
      if (databases instanceof Error) throw databases;
      return databases.map(({ name, ageHours, tagged }) => {
        return { name, created: at(-ageHours), expires: tagged ? at(12 - ageHours) : undefined };
      });
    },
  };
  const notifier = { notify: async (notice: (typeof notices)[number]) => void notices.push(notice) };
  const deps = { clock: { now: () => new Date(NOW) }, notifier, scratch, name: 'prod' };
  return { removed, notices, sweep: () => scratchCluster(deps, { step: 'sweep' }) };
}

const database = fc.record({
  ...{ name: fc.uuid(), ageHours: fc.double({ min: 0, max: 100, noNaN: true }) },
  ...{ tagged: fc.boolean(), refuses: fc.boolean() },
});

it('removes exactly what has expired, whatever refuses, and alarms once for what stays or is older than a day', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(database, { selector: ({ name }) => name }), async databases => {
      const { removed, notices, sweep } = swept(databases);
      const expired = databases.filter(({ ageHours }) => ageHours >= 12);
      const left = expired.filter(({ refuses, ageHours }) => refuses || ageHours > 24);
      expect(await sweep()).toEqual({ done: left.length === 0, left: left.length });
      expect(removed).toEqual(expired.filter(({ refuses }) => !refuses).map(({ name }) => name));
      expect(notices).toHaveLength(left.length === 0 ? 0 : 1);
      for (const { name } of left)
        expect(notices[0]).toMatchObject({ code: 'scratch-left', message: expect.stringContaining(name) });
    }),
  );
});

it('alarms where nobody can say what is left', async () => {
  const { notices, sweep } = swept(new Error('denied'));
  await expect(sweep()).rejects.toThrow('denied');
  expect(notices).toMatchObject([{ code: 'scratch-left', severity: 'alarm' }]);
});

it('requests nothing for a moment that is still to come', async () => {
  const begun: string[] = [];
  const scratch = { begin: async ({ name }: { name: string }) => void begun.push(name) } as unknown as ScratchClusters;
  const deps = { clock: { now: () => new Date(NOW) }, notifier: { notify: async () => {} }, scratch, name: 'prod' };
  const asked = { step: 'begin', run: 'abc', moment: '2026-03-01T12:00:01Z' } as const;
  await expect(scratchCluster(deps, asked)).rejects.toMatchObject({ code: 'bad-input' });
  await scratchCluster(deps, { ...asked, moment: '2026-03-01T11:59:59Z' });
  expect(begun).toEqual(['prod-scratch-abc']);
});
