/**
 * Log indexes on a real database: an installation without them gets them, and every reader's result stays the same: the
 * merged log, the changed keys, a restore at any run's end, a fold, and the next snapshot.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { IncrementalBody } from '../../lib/domain/manifest.ts';
import { LOG_INDEXES_PREFIX } from '../../lib/domain/object-key.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { processMemory } from '../../lib/local/process-memory.ts';
import { backups, runs } from '../../lib/operations/catalog/catalog-index.ts';
import { logIndexes } from '../../lib/operations/catalog/log-items.ts';
import type { Context } from '../../lib/operations/context.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { indexLog } from '../../lib/operations/log/index-log.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import { changedKeys } from '../../lib/operations/snapshot/changed-keys.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { countingVault } from '../support/made-log.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { liveState, type State, stateAt } from '../support/staged-world.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const TENANTS = ['a', 'b', 'c', 'd'];
const KEYS = new Map(['orders', 'named', 'whole'].map(name => [`public.${name}`, ['id']]));
const NO_INDEX = { logIndex: { ...defaultSettings().logIndex, runs: 1 } };
const INDEX = { logIndex: { ...defaultSettings().logIndex, runs: 3, shardSegments: 3 } };

/** Everything read from the log, for every tenant. */
interface Answers {
  readonly merged: Record<string, string[]>;
  readonly keys: Record<string, [string, unknown][]>;
  readonly states: Record<string, State>;
}

describe.each(PG_VERSIONS)('log indexes on PostgreSQL %i', version => {
  let log: LogFixture;
  let without: Answers;
  beforeAll(async () => {
    log = await logFixture(version, { settings: NO_INDEX });
    await log.sql(`INSERT INTO tenants VALUES ('c', 'C'), ('d', 'D')`);
    await shipLog(log.ctx);
    for (const tenant of TENANTS) await takeSnapshot(log.ctx, tenantId(tenant));
    for (let n = 1; n <= 8; n++) await work(n);
    expect(await logIndexes.list(log.ctx.catalog)).toEqual([]);
    without = await answers();
  });
  afterAll(() => log.dispose());

  async function work(n: number): Promise<void> {
    for (const tenant of TENANTS.filter((_, at) => (at + n) % 3 !== 0)) {
      await log.sql(`INSERT INTO orders VALUES ('${tenant}', ${n}, 'x'), ('${tenant}', ${100 + n}, 'y')`);
      await log.sql(`UPDATE orders SET note = 'z' WHERE tenant_id = '${tenant}' AND id = ${n - 1}`);
    }
    await log.sql(`INSERT INTO named VALUES (${n}, 'a', 'n'); INSERT INTO "Odd Lines" VALUES (${n}, ${n}, 'line')`);
    if (n % 4 === 0) await log.sql(`TRUNCATE whole; INSERT INTO whole VALUES (${n}, 'b', 'w')`);
    await shipLog(log.ctx);
  }

  /** Read by a process with empty caches; `asked`: the keys that it read from the vault. */
  function fresh(): { ctx: Context; asked: string[] } {
    const vault = countingVault(log.ctx.vault);
    return { ctx: { ...log.ctx, vault, memory: processMemory() }, asked: vault.asked };
  }

  async function answers(): Promise<Answers> {
    const { ctx } = fresh();
    const all = await runs.list(ctx.catalog);
    const [from, to] = [all[1]!.from, all.at(-1)!.to];
    const found: Answers = { merged: {}, keys: {}, states: {} };
    for (const tenant of TENANTS) {
      found.merged[tenant] = await log.merged(tenant, from, to);
      const { keys } = await changedKeys(ctx, log.ref(tenant), parseLsn(from), parseLsn(to), {
        keys: KEYS,
        references: new Map(),
      });
      found.keys[tenant] = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
    }
    for (const { to: target } of all.slice(2)) {
      found.states[target] = await stateAt(ctx, 'a', target);
    }
    return found;
  }

  it('return what the runs return, from fewer objects', async () => {
    const plain = fresh();
    const before = await planRestore(plain.ctx, tenantId('c'), 'latest');
    while ((await indexLog({ ...log.ctx, settings: { ...log.ctx.settings, ...INDEX } })).length > 0);
    const indexes = await logIndexes.list(log.ctx.catalog);
    expect(indexes.length).toBeGreaterThan(1);
    expect(indexes.every(index => index.bits > 0)).toBe(true);
    expect(await answers()).toEqual(without);
    expect(Object.values(without.merged).every(lines => lines.length > 5)).toBe(true);
    const indexed = fresh();
    const after = await planRestore(indexed.ctx, tenantId('c'), 'latest');
    expect(after.runs).toEqual(before.runs);
    expect(after.volume).toMatchObject({ rows: before.volume.rows, changes: before.volume.changes });
    const manifests = (asked: string[]) => asked.filter(key => /^log\/(manifests|indexes)\//.test(key)).length;
    expect(manifests(indexed.asked)).toBeLessThan(manifests(plain.asked));
    const packs = (plan: typeof before) => plan.objects.filter(object => object.kind === 'pack');
    expect(packs(after)).toEqual(packs(before));
    expect(log.deps.notices.filter(notice => notice.code.startsWith('log-index'))).toEqual([]);
  });

  it('are read by a fold and a snapshot, with the results unchanged', async () => {
    const { ctx, asked } = fresh();
    const folded = await foldIncrementals(ctx);
    expect(folded.length).toBe(TENANTS.length);
    expect(asked.some(key => key.startsWith(LOG_INDEXES_PREFIX))).toBe(true);
    const all = await runs.list(ctx.catalog);
    for (const tenant of TENANTS) {
      const item = (await backups.list(ctx.catalog, log.ref(tenant))).findLast(each => each.kind === 'incremental')!;
      const expected = { tenant: log.ref(tenant), kind: 'incremental' } as const;
      const { header, body } = await readManifest(ctx, item.key, IncrementalBody, expected);
      const covered = all.filter(run => parseLsn(run.from) >= parseLsn(header.from));
      expect(body.runs).toEqual(covered.map(({ id, sha256 }) => ({ id, sha256 })));
      expect(header.to).toBe(all.at(-1)!.to);
      expect(await stateAt(fresh().ctx, tenant, 'latest')).toEqual(await liveState(ctx, tenant));
    }
    const snapshot = await takeSnapshot(fresh().ctx, tenantId('a'));
    expect(snapshot.read).toBe('changed');
    expect(await stateAt(fresh().ctx, 'a', `snapshot:${snapshot.id}`)).toEqual(await liveState(ctx, 'a'));
  });

  it('are written by the runs of the shipper', async () => {
    const before = (await logIndexes.list(log.ctx.catalog)).length;
    const ctx = { ...log.ctx, settings: { ...log.ctx.settings, ...INDEX } };
    for (let n = 20; n < 24; n++) {
      await log.sql(`INSERT INTO orders VALUES ('a', ${n}, 'x')`);
      await shipLog(ctx);
    }
    const after = await logIndexes.list(log.ctx.catalog);
    expect(after.length).toBeGreaterThan(before);
    for (const [at, index] of after.entries()) if (at > 0) expect(index.previous).toBe(after[at - 1]!.last);
    expect(await stateAt(fresh().ctx, 'a', 'latest')).toEqual(await liveState(log.ctx, 'a'));
  });
});
