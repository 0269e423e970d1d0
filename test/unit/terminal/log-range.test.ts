/** Without --from, a range of the log is the day before its end, whether the end is now or long ago. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exactRange } from '../../../bin/terminal/log-range.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { investigate } from '../../../lib/operations/incident/investigate.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { addRun, madeContext, refNamed } from '../../support/made-log.ts';

const HOUR_MS = 3600_000;
const made = (xid: number) => ({ acme: { xids: [xid], told: true } });

let deps: LocalDeps;
let ctx: Context;
/** Ends of the runs; the transactions 1 to 4 are in one each. */
const runs: { readonly to: string; readonly toTime: string }[] = [];

beforeAll(async () => {
  deps = await localDeps();
  ctx = madeContext(deps);
  const known = { ref: refNamed(deps, 'acme'), tenantId: 'acme', firstSeen: ctx.clock.now().toISOString() };
  await ctx.catalog.write([tenants.put(known)]);
  for (const [index, hoursBefore] of [0, 30, 20, 72].entries()) {
    deps.clock.advance(hoursBefore * HOUR_MS);
    runs.push(await addRun(ctx, deps, made(index + 1)));
  }
});
afterAll(() => deps.dispose());

/** Which transactions `incident` offers, here and on AWS. */
async function found(to: string | undefined, from?: string): Promise<number[]> {
  const session = { now: () => ctx.clock.now(), zone: () => 'UTC' };
  const range = exactRange(session, { ...(from && { from }), ...(to && { to }) });
  const { transactions } = await investigate<'suspects'>(ctx, refNamed(deps, 'acme'), { ask: 'suspects', range });
  return transactions.map(({ xid }) => xid).sort();
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
