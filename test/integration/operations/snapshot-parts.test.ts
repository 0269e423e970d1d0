/** Snapshots in parts: a tiny budget, checkpoints, processes that die in between, and the fleet. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CrashPoint } from '../../../lib/domain/crash-point.ts';
import { StorageError } from '../../../lib/domain/errors.ts';
import { checkpointKey, snapshotPlanKey } from '../../../lib/domain/object-key.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { backups } from '../../../lib/operations/catalog/catalog-index.ts';
import { type Context, refOf } from '../../../lib/operations/context.ts';
import { snapshotFleet } from '../../../lib/operations/fleet/snapshot-fleet.ts';
import { commitSnapshot } from '../../../lib/operations/snapshot/commit-snapshot.ts';
import { planSnapshot } from '../../../lib/operations/snapshot/plan-snapshot.ts';
import { readPart } from '../../../lib/operations/snapshot/read-part.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { putDocument } from '../../../lib/operations/storage/sealed-document.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { readSnapshot, snapshotContext } from '../../support/snapshot-setup.ts';

const MODEL = [
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: 'public.items', column: 'tenant' },
  {
    kind: 'via',
    table: 'public.notes',
    path: [{ columns: ['item'], references: 'public.items', referencedColumns: ['id'] }],
  },
  { kind: 'direct', table: 'public.bare', column: 'tenant' },
];
const SCHEMA = `
CREATE TABLE tenants (id int PRIMARY KEY, name text);
CREATE TABLE items (tenant int NOT NULL, id int PRIMARY KEY, v text);
CREATE TABLE notes (item int NOT NULL REFERENCES items, n int, body text, PRIMARY KEY (item, n));
CREATE TABLE bare (tenant int, n int);
INSERT INTO tenants SELECT i, 'T' || i FROM generate_series(1, 3) i;
INSERT INTO items SELECT 1 + i % 3, i, md5(i::text) || repeat('x', 100) FROM generate_series(1, 1500) i;
INSERT INTO notes SELECT id, c, repeat('n', 60) FROM items, generate_series(1, 2) c;
INSERT INTO bare SELECT 1, i FROM generate_series(1, 500) i;
ANALYZE;
`;
const ONE = tenantId('1');
const gone = () => undefined;
const SMALL = {
  chunkBytes: 4000,
  blockBytes: 8000,
  pageChunks: 4,
  partBytes: 300_000,
  partBudgetMs: 25,
  parallelism: 2,
};

describe.each(PG_VERSIONS)('a snapshot in parts on PostgreSQL %i', version => {
  let database: TestDatabase;
  let deps: LocalDeps;

  beforeEach(async () => {
    database = await testDatabase(version);
    deps = await localDeps();
    await database.query(SCHEMA);
  });

  afterEach(async () => {
    await database.drop();
    await deps.dispose();
  });

  /** What a new process has: adapters of its own over the same directory, and a clock on which every look takes 10 ms. */
  async function newProcess(crash?: (point: CrashPoint) => void): Promise<Context> {
    const own = await localDeps({ dir: deps.dir });
    const now = () => {
      own.clock.advance(10);
      return own.clock.now();
    };
    const clock = { now };
    return { ...snapshotContext({ ...own, clock }, database.source, MODEL, SMALL), ...(crash ? { crash } : {}) };
  }

  test('parts stop at their budget, continue in other processes, and make the same backup as a single read', async () => {
    const planned = await planSnapshot(await newProcess(), { tenant: ONE, reason: 'test', read: 'full' });
    expect(planned.parts.length).toBeGreaterThan(1);
    expect(JSON.stringify(planned)).not.toContain('tenantId');
    const stops: number[] = [];
    for (const part of planned.parts) {
      let done = false;
      for (let run = 1; !done; run++) {
        done = (await readPart(await newProcess(), part)).done;
        if (done) stops.push(run);
      }
    }
    expect(Math.max(...stops)).toBeGreaterThan(2);
    const ctx = await newProcess();
    const item = await commitSnapshot(ctx, planned);
    const parts = await readSnapshot(ctx, ONE, item);
    expect(parts.body.views.length).toBeGreaterThan(planned.parts.length);
    const whole = await takeSnapshot(
      { ...ctx, settings: { ...ctx.settings, partBytes: 1e9, partBudgetMs: 1e9 } },
      ONE,
      { read: 'full' },
    );
    const { tables } = await readSnapshot(ctx, ONE, whole);
    expect(tables.get('public.items')!.rows).toBe(500);
    for (const [name, table] of tables) {
      expect(parts.tables.get(name)!.text).toBe(table.text);
      expect(parts.tables.get(name)!.checksum).toBe(table.checksum);
    }
  });

  test.each<CrashPoint>(['snapshot.after-part-pack', 'snapshot.after-part-checkpoint'])(
    'a process killed at %s repeatedly loses only the work since the last checkpoint',
    async point => {
      const planned = await planSnapshot(await newProcess(), { tenant: ONE, reason: 'test' });
      const rows = new Map<number, number>();
      for (const part of planned.parts) {
        for (let run = 0; ; run++) {
          const dies = run % 2 === 0;
          const ctx = await newProcess(at => {
            if (dies && at === point) throw new Error('killed');
          });
          const result = await readPart(ctx, part).catch((error: Error) => error.message);
          if (typeof result === 'string') expect(result).toBe('killed');
          else {
            rows.set(part.part, (rows.get(part.part) ?? 0) + result.rows);
            if (result.done) break;
          }
        }
      }
      const ctx = await newProcess();
      const item = await commitSnapshot(ctx, planned);
      const { tables } = await readSnapshot(ctx, ONE, item);
      expect([...tables].map(([name, table]) => [name, table.rows])).toEqual([
        ['public.tenants', 1],
        ['public.items', 500],
        ['public.notes', 1000],
        ['public.bare', 500],
      ]);
    },
  );

  test('a snapshot cannot be committed before all parts are done', async () => {
    const ctx = await newProcess();
    const planned = await planSnapshot(ctx, { tenant: ONE, reason: 'test' });
    await readPart(ctx, planned.parts[0]!);
    await expect(commitSnapshot(ctx, planned)).rejects.toMatchObject({ code: 'parts-missing' });
    await expect(commitSnapshot(ctx, { ...planned, backup: 'other' })).rejects.toMatchObject({ code: 'no-such-run' });
    expect(await backups.list(ctx.catalog, refOf(ctx, ONE))).toEqual([]);
  });

  test('a snapshot that an earlier version began is refused as such, and is no altered object', async () => {
    const ctx = await newProcess();
    const planned = await planSnapshot(ctx, { tenant: ONE, reason: 'test' });
    const [part] = planned.parts;
    const runs = [
      [snapshotPlanKey(planned.tenant, planned.backup), () => commitSnapshot(ctx, planned)],
      [checkpointKey(planned.tenant, planned.backup, part!.part, 0), () => readPart(ctx, part!)],
    ] as const;
    for (const [key, run] of runs.toReversed()) {
      if (await ctx.vault.head(key)) await deps.tamper(key, gone);
      await putDocument(ctx, planned.tenant, key, { format: 'holdfast.snapshot-plan/1' }, { retainUntil: new Date() });
      await expect(run()).rejects.toMatchObject({ code: 'other-version', retry: 'operator' });
    }
    expect(deps.notices).toEqual([]);
    await takeSnapshot(ctx, ONE);
  });

  test.each([
    ['key', 'ALTER TABLE pairs DROP CONSTRAINT pairs_pkey, ADD PRIMARY KEY (b, a)'],
    ['collation', 'ALTER TABLE pairs ALTER c TYPE text COLLATE "en-x-icu"'],
    ['type', "ALTER TYPE mood RENAME VALUE 'low' TO 'lowest'"],
  ])(
    'a %s that changes between parts ends the snapshot: its bounds do not divide the rows any more',
    async (_, change) => {
      await database.query(`CREATE TYPE mood AS ENUM ('low', 'high');
      CREATE TABLE pairs (tenant int, a int, b int, c text COLLATE "C", m mood, PRIMARY KEY (a, b));
      INSERT INTO pairs SELECT 1, i, 100 - i, 'c', 'low' FROM generate_series(1, 100) i`);
      const pairs = { kind: 'direct', table: 'public.pairs', column: 'tenant' };
      const own = async () => snapshotContext(deps, database.source, [...MODEL, pairs], SMALL);
      const planned = await planSnapshot(await own(), { tenant: ONE, reason: 'test' });
      await database.query(change);
      await expect(readPart(await own(), planned.parts[0]!)).rejects.toMatchObject({ code: 'schema-changed' });
      await takeSnapshot(await own(), ONE);
    },
  );

  test('rows that change between parts are in one of the views, and nothing is listed twice', async () => {
    const ctx = await newProcess();
    const planned = await planSnapshot(ctx, { tenant: ONE, reason: 'test' });
    for (const part of planned.parts) {
      for (let done = false; !done; ) {
        done = (await readPart(ctx, part)).done;
        await database.query(`DELETE FROM notes WHERE item IN (SELECT id FROM items WHERE tenant = 1 ORDER BY random() LIMIT 5);
          INSERT INTO items SELECT 1, max(id) + 3, 'late' FROM items`);
      }
    }
    const item = await commitSnapshot(ctx, planned);
    const { tables } = await readSnapshot(ctx, ONE, item);
    for (const name of ['public.items', 'public.notes']) {
      const keys = tables
        .get(name)!
        .text.trim()
        .split('\n')
        .map(line => line.split('\t').slice(0, 2).join(' '));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test('one tenant in parallel parts is the same as through the steps', async () => {
    const small = await newProcess();
    // Its list of chunks is in the manifest.
    const ctx = { ...small, settings: { ...small.settings, pageChunks: 1000 } };
    const item = await takeSnapshot(ctx, ONE);
    expect(item.rows).toBe(2001);
    const again = await takeSnapshot(ctx, ONE);
    expect(again.storedBytes).toBe(0);
    expect(again.rows).toBe(2001);
  });

  test('a full vault ends the snapshot with its own error and lists nothing', async () => {
    const ctx = await newProcess();
    const full = () => Promise.reject(new StorageError('vault-full', 'There is no room.', { hint: 'Make room.' }));
    const put: Context['vault']['put'] = (key, body, options) =>
      key.includes('/packs/') ? full() : ctx.vault.put(key, body, options);
    const vault = new Proxy(ctx.vault, {
      get: (target, name) =>
        name === 'put' ? put : (target as never as Record<string, () => void>)[name as string]!.bind(target),
    });
    for (const settings of [ctx.settings, { ...ctx.settings, partBytes: 1e9 }]) {
      await expect(takeSnapshot({ ...ctx, vault, settings }, ONE)).rejects.toMatchObject({ code: 'vault-full' });
    }
    expect(await backups.list(ctx.catalog, refOf(ctx, ONE))).toEqual([]);
  });

  test('a connection lost in the middle of COPY lists nothing, and the next run is clean', async () => {
    const ctx = await newProcess();
    const settings = { ...ctx.settings, partBytes: 1e9, partBudgetMs: 1e9 };
    await database.query(
      `ALTER TABLE items ALTER v SET STORAGE EXTERNAL; INSERT INTO items SELECT 1, i, repeat('y', 200000) FROM generate_series(100000, 100200) i`,
    );
    const attempt = takeSnapshot({ ...ctx, settings }, ONE);
    const seen = async () => {
      for (;;) {
        const ended = await database.query(
          `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY %'`,
        );
        if (ended.length > 0) return 'ended';
      }
    };
    const outcome = await Promise.race([
      attempt.then(
        () => 'finished',
        (error: { code?: string }) => error.code,
      ),
      seen(),
    ]);
    if (outcome === 'ended') await expect(attempt).rejects.toMatchObject({ code: 'connection-lost' });
    expect(await backups.list(ctx.catalog, refOf(ctx, ONE))).toEqual([]);
    const item = await takeSnapshot({ ...ctx, settings }, ONE);
    expect(item.rows).toBe(2202);
  });

  test('the fleet snapshots every tenant; the failure of one affects no other, and the cost is reported', async () => {
    const small = await newProcess();
    const ctx = { ...small, settings: { ...small.settings, pageChunks: 1000 } };
    const result = await snapshotFleet(ctx, 'all');
    expect(result.failed).toEqual([]);
    expect(result.ok.map(item => item.rows).sort()).toEqual([1501, 1501, 2001]);
    expect(result.cost.statements).toBeGreaterThan(12);
    expect(result.cost.objects).toBeGreaterThanOrEqual(9);
    expect(result.cost.keyring.generate).toBeGreaterThan(0);
    const some = await snapshotFleet(ctx, [ONE, tenantId('99'), tenantId('2')]);
    expect(some.ok.length).toBe(2);
    expect(some.failed).toMatchObject([{ tenant: refOf(ctx, tenantId('99')), error: { code: 'unknown-tenant' } }]);
    expect(some.ok.every(item => item.storedBytes === 0)).toBe(true);
  });
});
