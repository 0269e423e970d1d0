/** A transaction by its id: found wherever it committed, never guessed where two have the id, else with its neighbours. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatLsn, type Lsn, parseLsn } from '../../../lib/domain/lsn.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import type { BackupItem } from '../../../lib/operations/catalog/catalog-index.ts';
import { assembleMaterial, type RecoveryMaterial } from '../../../lib/operations/catalog/recovery-material.ts';
import { findTransaction } from '../../../lib/operations/restore/target/find-transaction.ts';
import { localDeps } from '../../support/local-deps.ts';
import { addRun, countingVault, madeCommit, madeContext, refNamed } from '../../support/made-log.ts';

interface Owned {
  readonly own: { readonly xids: readonly number[]; readonly told: boolean };
  readonly unrouted: { readonly xids: readonly number[]; readonly told: boolean };
  readonly other: { readonly xids: readonly number[]; readonly told: boolean };
}

interface Committed {
  readonly xid: number;
  readonly lsn: Lsn;
  readonly own: boolean;
}

/** A log of these runs, with a snapshot before them, and the tenant's commits in it. */
async function logOf(runs: readonly Owned[]) {
  const deps = await localDeps();
  const ctx = madeContext(deps);
  const commits: Committed[] = [];
  const items = [];
  for (const { own, unrouted, other } of runs) {
    const lists = { acme: own, [SYSTEM]: unrouted, other };
    const given = Object.entries(lists).filter(([, { xids }]) => xids.length > 0);
    const run = await addRun(ctx, deps, Object.fromEntries(given));
    items.push(run);
    for (const [place, [name, { xids }]] of given.entries()) {
      if (name === 'other') continue;
      for (const [index, xid] of xids.entries())
        commits.push({ xid, lsn: madeCommit(parseLsn(run.from), place, index), own: name === 'acme' });
    }
  }
  const first = items[0]!;
  const snapshot: BackupItem = {
    ...{ id: 's', kind: 'snapshot', key: 's', sha256: '', createdAt: first.fromTime, reason: 'manual' },
    ...{ from: first.from, to: first.from, fromTime: first.fromTime, toTime: first.fromTime },
    ...{ rows: 0, bytes: 0, storedBytes: 0, chunks: 0, reusedChunks: 0, durationMs: 0 },
  };
  return { deps, ctx, commits, at: assembleMaterial(refNamed(deps, 'acme'), [snapshot], items, []) };
}

type Found = { lsn: string } | { code: string; details: Record<string, unknown> };
const outcomeOf = (deps: Parameters<typeof findTransaction>[0], at: RecoveryMaterial, xid: number): Promise<Found> =>
  findTransaction(deps, at, xid).then(
    found => ({ lsn: formatLsn(found.lsn) }),
    error => ({ code: error.code, details: error.details }),
  );

function expected(commits: readonly Committed[], xid: number): object {
  const found = commits.filter(commit => commit.xid === xid);
  if (found.length === 1) return { lsn: formatLsn(found[0]!.lsn) };
  if (found.length > 1) return { code: 'transaction-unclear' };
  const ids = commits.filter(({ own }) => own).map(each => each.xid);
  const before = Math.max(...ids.filter(id => id < xid));
  const after = Math.min(...ids.filter(id => id > xid));
  const near = (id: number) => (Number.isFinite(id) ? expect.objectContaining({ xid: id }) : null);
  return { code: 'unknown-transaction', details: { before: near(before), after: near(after) } };
}

const list = fc.record({ xids: fc.array(fc.integer({ min: 3, max: 30 }), { maxLength: 4 }), told: fc.boolean() });
const log = fc.array(fc.record({ own: list, unrouted: list, other: list }), { minLength: 1, maxLength: 4 });

it('is the one commit with the id, of the own or the unrouted log, or is refused with what there is', async () => {
  await fc.assert(
    fc.asyncProperty(log, async runs => {
      const { deps, ctx, commits, at } = await logOf(runs);
      for (let xid = 2; xid <= 31; xid++) expect(await outcomeOf(ctx, at, xid)).toMatchObject(expected(commits, xid));
      await deps.dispose();
    }),
    { numRuns: 40 },
  );
});

it('reads no segment whose ids cannot include it', async () => {
  const told = (...xids: number[]) => ({ xids, told: true });
  const none = told();
  const runs = [told(10, 12), told(40, 44), told(20, 28)].map(own => ({ own, unrouted: none, other: none }));
  const { deps, ctx, at } = await logOf(runs);
  const vault = countingVault(ctx.vault);
  expect(await outcomeOf({ ...ctx, vault }, at, 44)).toMatchObject({ lsn: expect.any(String) });
  const packs = new Set(vault.asked.filter(key => key.includes('/packs/')));
  expect(packs.size).toBe(1);
  await deps.dispose();
});

it('names the positions and times of two transactions with one id', async () => {
  const one = { own: { xids: [7], told: true }, unrouted: { xids: [], told: true }, other: { xids: [], told: true } };
  const { deps, ctx, at, commits } = await logOf([one, one]);
  const error = await findTransaction(ctx, at, 7).catch(reason => reason);
  for (const { lsn } of commits) expect(error.hint).toContain(`${formatLsn(lsn)} at 20`);
  await deps.dispose();
});
