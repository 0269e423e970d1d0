/**
 * R1: for any history of transactions and any target in the recovery window, the staged state equals the state that a
 * reader would have seen at that target; and after every run of the shipper, a restore to now would change nothing.
 * HOLDFAST_HISTORIES=5000 runs more; HOLDFAST_SEED=seed[:path] replays one.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReachable } from '../../lib/domain/backup-chain.ts';
import type { HoldfastError } from '../../lib/domain/errors.ts';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { gaps } from '../../lib/operations/catalog/catalog-index.ts';
import { logIndexes } from '../../lib/operations/catalog/log-items.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { type History, histories, isDocumentedRefusal, type Remembered, type Rows } from '../support/history.ts';
import { type HistoryDatabase, historyDatabase } from '../support/history-database.ts';
import { historiesPerVersion, playOptions, REPLAYS } from '../support/played-histories.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { stateAt } from '../support/staged-world.ts';

const RUNS = historiesPerVersion(120);

describe.each(PG_VERSIONS)('R1 on PostgreSQL %i', version => {
  let database: HistoryDatabase;
  const seen = { compared: 0, judged: 0, refused: 0, incomplete: 0, indexedRuns: 0 };

  beforeAll(async () => {
    database = await historyDatabase(version);
  });
  afterAll(() => database.drop());

  it(
    'any moment of the window is staged as a reader saw it then',
    async () => {
      const property = fc.asyncProperty(histories, history => play(history));
      await fc.assert(property, playOptions(RUNS));
      console.log(`R1 on PostgreSQL ${version}: ${JSON.stringify(seen)} targets of ${RUNS} histories`);
      if (!REPLAYS) expect(seen.compared).toBeGreaterThan(seen.refused);
      if (!REPLAYS) expect(seen.indexedRuns).toBeGreaterThan(RUNS);
    },
    Math.max(600_000, RUNS * 60_000),
  );

  // Most of a history is indexed, in several shards, and the newest runs are not.
  const settings = { chunkBytes: 150, pageChunks: 2, logIndex: { runs: 2, shardSegments: 2 } };

  async function play(history: History): Promise<void> {
    await database.protect(history, settings, async ({ ctx, deps, run }) => {
      const { moments, kinds } = await run((tenant, rows) => differsFromNow(ctx, tenant, rows));
      for (const index of await logIndexes.list(deps.catalog)) seen.indexedRuns += index.runs;
      if (moments.length === 0) return;
      for (const target of history.targets) {
        const moment = moments[target.moment % moments.length]!;
        await compare(ctx, moment, String(target.tenant), target.as, kinds);
      }
      expect(deps.notices.filter(notice => notice.code.startsWith('log-index'))).toEqual([]);
    });
  }

  /** The oracle: on a quiet database, a restore to now changes nothing. */
  async function differsFromNow(ctx: Context, tenant: number, rows: Rows): Promise<void> {
    try {
      expect(await stateAt(ctx, String(tenant), 'latest'), `tenant ${tenant} as it is now`).toEqual(rows);
      seen.judged += 1;
    } catch (error) {
      if (!isDocumentedRefusal(error)) throw error;
      seen.refused += 1;
    }
  }

  async function compare(
    ctx: Context,
    moment: Remembered,
    tenant: string,
    as: 'before' | 'after' | 'time',
    kinds: ReadonlySet<string>,
  ) {
    const lsn = as === 'before' ? moment.before : moment.after;
    const expected = (as === 'before' ? moment.statesBefore : moment.states).get(Number(tenant))!;
    const target = as === 'time' ? moment.time : lsn;
    try {
      // The next commit record may start exactly where the log ended.
      const exact = as === 'time' ? target : lsnBefore(lsn);
      // Two of three in as many calls as there are pieces.
      const staged = await stateAt(ctx, tenant, exact, as !== 'after');
      expect(staged, `tenant ${tenant} ${as} ${exact}`).toEqual(expected);
      seen.compared += 1;
    } catch (error) {
      if (!isDocumentedRefusal(error)) throw error;
      await justified(ctx, error, tenant, lsn, kinds);
    }
  }

  /** A refusal must be justified by the history: a moment outside the window in the timeline, or a moved row. */
  async function justified(
    ctx: Context,
    error: HoldfastError,
    tenant: string,
    lsn: string,
    kinds: ReadonlySet<string>,
  ) {
    seen.refused += 1;
    const moved = ['move-a', 'move-b', 'move-c', 'move-d'].some(kind => kinds.has(kind));
    if (error.code === 'incomplete-row') {
      seen.incomplete += 1;
      expect(moved, `an incomplete row without any move: ${error.message}`).toBe(true);
      return;
    }
    const { window } = await recoveryMaterial(ctx, refOf(ctx, tenantId(tenant)));
    const recorded = (await gaps.list(ctx.catalog, refOf(ctx, tenantId(tenant)))).filter(
      gap => gap.reason !== 'slot-created',
    );
    expect(recorded.length, `refused without a gap: ${error.message} ${error.hint}`).toBeGreaterThan(0);
    expect(
      isReachable(window, parseLsn(lsn)) && error.code === 'target-in-gap',
      `${lsn} is in the window: ${error.message}`,
    ).toBe(false);
  }
});

function lsnBefore(text: string): string {
  const [high, low] = text.split('/').map(part => Number.parseInt(part, 16));
  return `${high!.toString(16).toUpperCase()}/${(low! - 1).toString(16).toUpperCase()}`;
}
