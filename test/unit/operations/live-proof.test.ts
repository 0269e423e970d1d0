/** Which tenants are due for live verification: all within the given number of days, including missed ones. */
import { expect, it } from 'vitest';
import { LsnText } from '../../../lib/domain/lsn.ts';
import { TenantRef } from '../../../lib/domain/tenant.ts';
import { openSqliteCatalog } from '../../../lib/local/sqlite-catalog.ts';
import { dueForProof, recordLiveProof } from '../../../lib/operations/catalog/live-proof.ts';

const DAY_MS = 24 * 3600 * 1000;
const REFS = Array.from({ length: 60 }, (_, n) =>
  TenantRef.parse(`${'abcdefghijklmnopqrstuvwxyz234567'[n % 32]}${'bcq7'[n % 4]}${'a'.repeat(24)}`),
);

it('is due by its share of the day, when it was never proved, and when a day was missed or a proof failed', async () => {
  const catalog = openSqliteCatalog(':memory:');
  const start = Date.parse('2026-03-01T04:00:00Z');
  const due = (now: number) => dueForProof({ catalog, clock: { now: () => new Date(now) } }, REFS, 7);
  expect(await due(start)).toEqual(REFS);
  const verify = async (refs: readonly TenantRef[], now: number, ok = true) => {
    for (const ref of refs)
      await recordLiveProof({ catalog }, { ref, at: new Date(now).toISOString(), ok, lsn: LsnText.parse('0/1') });
  };
  await verify(REFS, start);
  // A week in which the third day failed for the due tenants, and the fifth never ran.
  const proved = new Map(REFS.map(ref => [ref, start]));
  for (let day = 1; day <= 21; day++) {
    const now = start + day * DAY_MS;
    const turn = await due(now);
    expect(turn.length).toBeLessThan(REFS.length);
    if (day === 5) continue;
    await verify(turn, now, day !== 3);
    if (day !== 3) for (const ref of turn) proved.set(ref, now);
    for (const [, at] of proved) expect(now - at).toBeLessThanOrEqual(8 * DAY_MS);
  }
  catalog.close();
});
