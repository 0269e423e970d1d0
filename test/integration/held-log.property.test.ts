/**
 * A legal hold keeps every moment, and none of the log that others share: for any history of transactions, after years of
 * expiry, a held tenant is restored to any moment exactly as before, from its own copies of the log; and again with a
 * catalog that was rebuilt from the vault.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { processMemory } from '../../lib/local/process-memory.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import { heldRuns } from '../../lib/operations/catalog/held-log-items.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { expireBackups, planExpiry } from '../../lib/operations/retention/expire-backups.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import type { Catalog } from '../../lib/ports.ts';
import { hold } from '../support/held-tenant.ts';
import { type History, histories, type Rows, TENANTS } from '../support/history.ts';
import { type HistoryDatabase, type HistoryWorld, historyDatabase } from '../support/history-database.ts';
import { historiesPerVersion, playOptions, REPLAYS } from '../support/played-histories.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { stateAt } from '../support/staged-world.ts';

const RUNS = historiesPerVersion(16);
const POLICY = { dailyDays: 1, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 1 };
const SETTINGS = { chunkBytes: 150, pageChunks: 2, logIndex: { runs: 2, shardSegments: 2 } };

describe.each(PG_VERSIONS)('a legal hold on PostgreSQL %i', version => {
  let database: HistoryDatabase;
  const seen = { restored: 0, refused: 0, expiredRuns: 0, copiedRuns: 0 };

  beforeAll(async () => {
    database = await historyDatabase(version);
  });
  afterAll(() => database.drop());

  it(
    'keeps every moment of the tenant through years of expiry',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, history => play(history)),
        playOptions(RUNS),
      );
      console.log(`Held on PostgreSQL ${version}: ${JSON.stringify(seen)}`);
      if (REPLAYS) return;
      expect(seen.expiredRuns).toBeGreaterThan(RUNS);
      expect(seen.restored).toBeGreaterThan(seen.refused);
    },
    Math.max(600_000, RUNS * 60_000),
  );

  async function play(history: History): Promise<void> {
    await database.protect(history, SETTINGS, async world => {
      const { moments } = await world.run();
      const targets = history.targets.flatMap(target => {
        const moment = moments[target.moment % Math.max(1, moments.length)];
        return moment
          ? [
              { tenant: String(target.tenant), lsn: moment.after },
              { tenant: '1', lsn: moment.after },
            ]
          : [];
      });
      if (targets.length === 0) return;
      const held = new Set(targets.map(({ tenant }) => tenant));
      const before = [];
      for (const { tenant, lsn } of targets) before.push(await outcome(world.ctx, tenant, lsn));
      await newSnapshots(world.ctx);
      for (const tenant of held) await hold(world.deps, refOf(world.ctx, tenantId(tenant)));
      await expire(world, [...held]);
      await compare(world.ctx, world.deps.catalog, targets, before, 'after years of expiry');
      const rebuilt = openSqliteCatalog(':memory:');
      try {
        await rebuildCatalog({ ...world.deps, catalog: rebuilt });
        await compare(world.ctx, rebuilt, targets, before, 'with a rebuilt catalog');
      } finally {
        await rebuilt.close();
      }
    });
  }

  /** Nobody needs the log before them. */
  async function newSnapshots(ctx: Context): Promise<void> {
    for (const tenant of TENANTS) await takeSnapshot(ctx, tenantId(String(tenant)));
    await shipLog(ctx);
  }

  async function expire({ ctx, deps }: HistoryWorld, held: readonly string[]): Promise<void> {
    const log = (await runs.list(deps.catalog)).length;
    for (const year of [2034, 2042]) {
      deps.clock.set(`${year}-01-01T00:00:00Z`);
      await expireBackups(deps, await planExpiry(deps, () => POLICY));
    }
    seen.expiredRuns += log - (await runs.list(deps.catalog)).length;
    for (const tenant of held) {
      const copied = await heldRuns.list(deps.catalog, refOf(ctx, tenantId(tenant)));
      expect(copied).toHaveLength(log);
      seen.copiedRuns += copied.length;
    }
  }

  async function compare(
    ctx: Context,
    catalog: Catalog,
    targets: readonly { tenant: string; lsn: string }[],
    before: readonly (Rows | string)[],
    when: string,
  ): Promise<void> {
    // Nothing that was read before counts.
    const later = { ...ctx, catalog, memory: processMemory() };
    for (const [index, { tenant, lsn }] of targets.entries())
      expect(await outcome(later, tenant, lsn), `tenant ${tenant} at ${lsn} ${when}`).toEqual(before[index]);
  }

  /** The rows, or the code of the refusal. */
  async function outcome(ctx: Context, tenant: string, lsn: string): Promise<Rows | string> {
    try {
      const rows = await stateAt(ctx, tenant, lsn);
      seen.restored += 1;
      return rows as Rows;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      seen.refused += 1;
      return error.code;
    }
  }
});
