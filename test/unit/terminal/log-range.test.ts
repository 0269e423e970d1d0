/** Without --from, a range of the log is the day before its end, whether the end is now or long ago. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recentBoundsOf } from '../../../bin/terminal/log-range.ts';
import { assembleMaterial, type RecoveryMaterial } from '../../../lib/operations/catalog/recovery-material.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { greatestTransactions } from '../../../lib/operations/incident/greatest-transactions.ts';
import { loggedRange } from '../../../lib/operations/log/read-activity.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { addRun, madeContext, refNamed } from '../../support/made-log.ts';

const HOUR_MS = 3600_000;
const made = (xid: number) => ({ acme: { xids: [xid], told: true } });

let deps: LocalDeps;
let ctx: Context;
let at: RecoveryMaterial;
/** Ends of the runs; the transactions 1 to 4 are in one each. */
const runs: { readonly to: string; readonly toTime: string }[] = [];

beforeAll(async () => {
  deps = await localDeps();
  ctx = madeContext(deps);
  const items = [];
  for (const [index, hoursBefore] of [0, 30, 20, 72].entries()) {
    deps.clock.advance(hoursBefore * HOUR_MS);
    items.push(await addRun(ctx, deps, made(index + 1)));
  }
  runs.push(...items);
  at = assembleMaterial(refNamed(deps, 'acme'), [], items, []);
});
afterAll(() => deps.dispose());

/** Which transactions `incident` offers. */
async function found(to: string | undefined, from?: string): Promise<number[]> {
  const session = { now: () => ctx.clock.now(), zone: () => 'UTC' };
  const bounds = await recentBoundsOf(session, ctx, at, { ...(from && { from }), ...(to && { to }) });
  const range = await loggedRange(ctx, at.tenant, at.runs, bounds);
  return (await greatestTransactions(ctx, at.tenant, range.runs, bounds)).map(({ xid }) => xid).sort();
}

it('ends now where no end is given', async () => {
  expect(await found(undefined)).toEqual([4]);
});

it('is the day before a time, long ago too', async () => {
  expect(await found(runs[2]!.toTime)).toEqual([2, 3]);
  expect(await found(runs[1]!.toTime)).toEqual([2]);
  expect(await found('3 days ago')).toEqual([2, 3]);
  expect(await found(runs[0]!.toTime)).toEqual([1]);
});

it('is the day before a position', async () => {
  expect(await found(runs[2]!.to)).toEqual([2, 3]);
  expect(await found(runs[0]!.to)).toEqual([1]);
});

it('begins where it is told to', async () => {
  expect(await found(runs[2]!.toTime, '30 days ago')).toEqual([1, 2, 3]);
  await expect(found(runs[1]!.toTime, runs[2]!.toTime)).rejects.toMatchObject({ code: 'bad-range' });
});
