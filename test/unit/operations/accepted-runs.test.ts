/** Of log runs that stand beside each other a rebuild takes the accepted one, or none; everything else it takes as it comes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { acceptedRuns, type SeenRun } from '../../../lib/operations/rebuild/accepted-runs.ts';
import type { StoredManifest } from '../../../lib/operations/storage/manifest-store.ts';

type Made = Omit<StoredManifest, 'header'> & { readonly header: StoredManifest['header'] };

/** Named by its id; `after`: the run that it follows. */
function run(id: string, after: Made | undefined, to: number, timeline = 1): Made {
  const from = after ? after.header.to : formatLsn(lsn(0n));
  const previous = after ? { id: after.header.id, key: after.key, sha256: after.sha256 } : null;
  const header = { id, from, to: formatLsn(lsn(BigInt(to))), previous, source: { system: '7', timeline } };
  return { key: `log/${String(to).padStart(6, '0')}-${id}`, sha256: `sha-${id}`, header: header as never };
}

async function taken(stored: readonly Made[], unreadable: ReadonlySet<string> = new Set()): Promise<string[]> {
  async function* seen(): AsyncGenerator<SeenRun<Made>> {
    for (const each of [...stored].sort((a, b) => (a.key < b.key ? -1 : 1)))
      yield { key: each.key, run: unreadable.has(each.header.id) ? undefined : each };
  }
  const found: string[] = [];
  for await (const { run: made, accepted } of acceptedRuns(seen())) if (made && accepted) found.push(made.header.id);
  return found;
}

const P = run('p', undefined, 100);

it('takes every run of a log in which none stand beside each other, whatever is missing or unreadable', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.func(fc.constantFrom('kept', 'missing', 'unreadable')), async (steps, fate) => {
      const chain: Made[] = [];
      let to = 0;
      for (const [index, step] of steps.entries()) {
        to += step;
        chain.push(run(`r${index}`, chain.at(-1), to));
      }
      const fates = new Map(chain.map(({ header }) => [header.id, fate(header.id)]));
      const there = chain.filter(({ header }) => fates.get(header.id) !== 'missing');
      const unreadable = new Set([...fates].flatMap(([id, is]) => (is === 'unreadable' ? [id] : [])));
      const expected = there.map(({ header }) => header.id).filter(id => !unreadable.has(id));
      expect(await taken(there, unreadable)).toEqual(expected);
    }),
  );
});

it('takes the run that the log continues, wherever the other one ends and whatever its timeline', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 101, max: 200 }),
      fc.integer({ min: 101, max: 200 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 20 }),
      async (late, accepted, timeline, more) => {
        const chain = [P, run('accepted', P, accepted, 2)];
        for (let index = 0; index < more; index++)
          chain.push(run(`c${index}`, chain.at(-1), accepted + 10 * (index + 1), 2));
        const found = await taken([...chain, run('late', P, late, timeline)]);
        // One that ends far beyond is met when the accepted chain has passed it: rebuild-log.ts then sees that it follows nothing.
        if (found.includes('late')) expect(late).toBeGreaterThanOrEqual(accepted + 10);
        expect(found.filter(id => id !== 'late')).toEqual(chain.map(({ header }) => header.id));
      },
    ),
  );
});

it('at the end of the log takes the run of the server that was promoted, and none where nothing says which', async () => {
  expect(await taken([P, run('late', P, 110, 1), run('promoted', P, 120, 2)])).toEqual(['p', 'promoted']);
  expect(await taken([P, run('promoted', P, 110, 2), run('late', P, 120, 1)])).toEqual(['p', 'promoted']);
  expect(await taken([P, run('one', P, 110), run('other', P, 120)])).toEqual(['p']);
});

it('takes both of two that follow the same run at positions that do not overlap: another epoch', async () => {
  const epoch = run('epoch', P, 900);
  const begun = { ...epoch, header: { ...epoch.header, from: formatLsn(lsn(800n)) } };
  expect(await taken([P, run('old', P, 110), begun])).toEqual(['p', 'old', 'epoch']);
});
