import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMessage, type Relation } from '../../lib/codec/pgoutput.ts';
import { decodeFrames } from '../../lib/codec/segment.ts';
import type { CrashPoint } from '../../lib/domain/crash-point.ts';
import { LogBody } from '../../lib/domain/log-manifest.ts';
import { formatLsn, parseLsn } from '../../lib/domain/lsn.ts';
import { IncrementalBody } from '../../lib/domain/manifest.ts';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import { backups, gaps, heads, markers, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { mark } from '../../lib/operations/log/mark.ts';
import { readPayload } from '../../lib/operations/log/payload-reader.ts';
import { contiguousRuns } from '../../lib/operations/log/read-log.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { changedKeys } from '../../lib/operations/snapshot/changed-keys.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { ownServer, PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

class Killed extends Error {}

function killedAt(log: LogFixture, point: CrashPoint) {
  return {
    ...log.ctx,
    crash: (at: CrashPoint) => {
      if (at === point) throw new Killed(at);
    },
  };
}

describe.each(PG_VERSIONS)('shipping on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
  });
  afterEach(() => log?.dispose());

  it.each([
    'ship.after-peek',
    'ship.after-pack',
    'ship.after-manifest',
    'ship.after-catalog',
    'ship.after-confirm',
  ] as const)('killed at %s loses nothing and ships nothing twice', async point => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x'), ('b', 1, 'y')`);
    await expect(shipLog(killedAt(log, point))).rejects.toThrow(Killed);
    await log.sql(`INSERT INTO orders VALUES ('a', 2, 'z')`);
    const next = await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,1,x,∅', 'I orders a,2,z,∅']);
    expect(await log.log('b')).toEqual(['I orders b,1,y,∅']);
    const all = await runs.list(log.deps.catalog);
    const first = parseLsn(all[0]!.from);
    expect((await contiguousRuns(log.deps, log.ref('a'), first, parseLsn(next.to))).length).toBe(all.length);
    expect((await heads.get(log.deps.catalog, SYSTEM))?.item.id).toBe(all.at(-1)!.id);
  });

  it('splits a backlog into durable runs of complete transactions', async () => {
    for (let id = 0; id < 6; id++)
      await log.sql(`INSERT INTO orders SELECT 'a', ${id} * 10 + i, 'x' FROM generate_series(1, 10) i`);
    const result = await shipLog({ ...log.ctx, settings: { ...log.ctx.settings, peekChanges: 20 } });
    expect(result.runs).toBeGreaterThan(2);
    expect(result).toMatchObject({ changes: 60, transactions: 6, caughtUp: true });
    expect(await log.log('a')).toHaveLength(60);
  });

  it('ships one transaction of many rows within its memory setting', async () => {
    const settings = { ...log.ctx.settings, logMemoryBytes: 1_000_000 };
    await log.sql(
      `INSERT INTO orders SELECT chr(97 + i % 4), i, repeat(md5(i::text), 8) FROM generate_series(1, 40000) i`,
    );
    const result = await shipLog({ ...log.ctx, settings });
    expect(result).toMatchObject({ changes: 40_000, transactions: 1, tenants: 4 });
    expect(result.bufferedBytes).toBeGreaterThan(100_000);
    expect(result.bufferedBytes).toBeLessThanOrEqual(settings.logMemoryBytes);
    expect(await log.log('c')).toHaveLength(10_000);
  });

  it('ignores what another database on the server writes', async () => {
    const other = await logFixture(version);
    try {
      await other.sql(`INSERT INTO orders VALUES ('a', 7, 'other')`);
      await log.sql(`INSERT INTO orders VALUES ('a', 1, 'own')`);
      await shipLog(log.ctx);
      expect(await log.log('a')).toEqual(['I orders a,1,own,∅']);
      await expect(shipLog({ ...log.ctx, source: other.database.source, slot: log.ctx.slot })).rejects.toMatchObject({
        code: 'slot-foreign',
      });
    } finally {
      await other.dispose();
    }
  });

  it('allows only one run to ship at a time', async () => {
    let inner: Promise<unknown> | undefined;
    await shipLog({
      ...log.ctx,
      crash: async point => {
        if (point !== 'ship.after-peek') return;
        inner = shipLog(log.ctx);
        await inner.catch(() => {});
      },
    });
    await expect(inner).rejects.toMatchObject({ code: 'slot-busy', retry: 'auto' });
  });

  it('records a gap when the slot was dropped, and continues', async () => {
    const before = await shipLog(log.ctx);
    await log.database.query('SELECT pg_drop_replication_slot($1)', [log.ctx.slot]);
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'lost')`);
    const result = await shipLog(log.ctx);
    expect(result.needSnapshot).toBe('all');
    expect(result.gaps).toMatchObject([{ tenant: 'system', reason: 'slot-lost', from: before.to, to: result.from }]);
    expect((await gaps.list(log.deps.catalog, log.ref('a'))).map(gap => gap.reason)).toEqual([
      'slot-created',
      'slot-lost',
    ]);
    await log.sql(`INSERT INTO orders VALUES ('a', 2, 'kept')`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,2,kept,∅']);
    await expect(
      contiguousRuns(log.deps, log.ref('a'), parseLsn(before.from), parseLsn(result.to)),
    ).rejects.toMatchObject({
      code: 'log-incomplete',
    });
  });

  it('leaves out, and names, a table that the publication filters, and refuses to ship where the publication is missing or too late', async () => {
    const name = `"${log.ctx.publication.replaceAll('"', '""')}"`;
    await log.sql(`ALTER PUBLICATION ${name} DROP TABLE orders`);
    expect(await shipLog(log.ctx)).toMatchObject({
      mendable: ['public.orders'],
      gaps: expect.arrayContaining([expect.objectContaining({ reason: 'unprotected', tables: ['public.orders'] })]),
    });
    await log.sql(`ALTER PUBLICATION ${name} ADD TABLE orders (tenant_id, id)`);
    expect(await shipLog(log.ctx)).toMatchObject({ mendable: ['public.orders'] });
    await log.sql(`DROP PUBLICATION ${name}`);
    await expect(shipLog(log.ctx)).rejects.toMatchObject({ code: 'publication-missing' });
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'unpublished')`);
    const tables = log.ctx.model.tables.filter(table => table.kind !== 'shared').map(table => table.table);
    await log.sql(`CREATE PUBLICATION ${name} FOR TABLE ${tables.join(', ')} WITH (publish_via_partition_root = true)`);
    await expect(shipLog(log.ctx)).rejects.toMatchObject({ code: 'publication-missing' });
  });

  it.each([
    ['a rewriting ALTER TABLE', `ALTER TABLE orders ALTER id TYPE bigint USING id + 1`],
    ['a truncated partition', `TRUNCATE parted_1`],
    ['a dropped partition', `DROP TABLE parted_1`],
    [
      'a table temporarily removed from the publication',
      `ALTER PUBLICATION :p DROP TABLE orders; ALTER PUBLICATION :p ADD TABLE orders`,
    ],
  ])('records a gap after %s, which changes rows without row changes in the log', async (_, statement) => {
    await log.sql(statement.replaceAll(':p', `"${log.ctx.publication.replaceAll('"', '""')}"`));
    const result = await shipLog(log.ctx);
    expect(result.gaps).toMatchObject([{ tenant: 'system', reason: 'suspect' }]);
    expect(result.needSnapshot).toBe('all');
    expect((await shipLog(log.ctx)).gaps).toEqual([]);
  });

  it('needs no new snapshot after a new partition, a new column or VACUUM FULL', async () => {
    await log.sql(`CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (200) TO (300)`);
    await log.sql(`ALTER TABLE orders ADD COLUMN extra int DEFAULT 7`);
    await log.sql('VACUUM FULL weak');
    await log.sql('TRUNCATE named CASCADE');
    const result = await shipLog(log.ctx);
    expect(result.gaps).toEqual([]);
    const run = (await runs.latest(log.deps.catalog))!;
    const { body } = await readManifest(log.deps, run.key, LogBody, { tenant: SYSTEM, kind: 'log' });
    expect(body.relations.map(relation => relation.table)).toContain('public.orders');
  });

  it('sets a marker at an exact position between two transactions', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x')`);
    await shipLog(log.ctx);
    await mark(log.ctx, tenantId('a'), 'before import');
    await log.sql(`INSERT INTO orders VALUES ('a', 2, 'y')`);
    await shipLog(log.ctx);
    const [marker] = await markers.list(log.deps.catalog, log.ref('a'));
    expect(marker?.name).toBe('before import');
    const from = (await runs.list(log.deps.catalog))[0]!.from;
    expect((await log.merged('a', from, marker!.lsn)).filter(line => line.startsWith('I'))).toEqual([
      'I orders a,1,x,∅',
    ]);
    await expect(mark(log.ctx, tenantId('a'), 'before import')).rejects.toMatchObject({ code: 'marker-exists' });
    await expect(mark(log.ctx, tenantId('nobody'), 'm')).rejects.toMatchObject({ code: 'unknown-tenant' });
  });

  it('lists the keys that changed, and entire tables where keys are not known', async () => {
    const from = (await shipLog(log.ctx)).to;
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x'), ('b', 9, 'y'); UPDATE orders SET id = 2 WHERE id = 1`);
    await log.sql(
      `INSERT INTO weak VALUES (5, 'b', 'x'); UPDATE weak SET note = 'z'; INSERT INTO whole VALUES (3, 'a'); TRUNCATE parted`,
    );
    const { to } = await shipLog(log.ctx);
    const keys = new Map([
      ['public.orders', ['id']],
      ['public.weak', ['id']],
      ['public.whole', ['id']],
      ['public.parted', ['id']],
    ]);
    const changed = await changedKeys(log.ctx, log.ref('a'), parseLsn(from), parseLsn(to), {
      keys,
      references: new Map(),
    });
    expect(Object.fromEntries(changed.keys)).toEqual({
      'public.orders': [['1'], ['2']],
      'public.weak': [['5']],
      'public.whole': [['3']],
      'public.parted': 'all',
    });
  });

  describe('folding', () => {
    const rows = async () => {
      const found: string[] = [];
      for (const item of (await backups.list(log.deps.catalog, log.ref('a'))).filter(
        backup => backup.kind === 'incremental',
      )) {
        const { body } = await readManifest(log.deps, item.key, IncrementalBody, {
          tenant: log.ref('a'),
          kind: 'incremental',
          sha256: item.sha256,
        });
        const relations = new Map<number, Relation>();
        for await (const { message } of decodeFrames(
          readPayload(log.deps, log.ref('a'), { packs: body.packs, entry: body }),
        )) {
          const parsed = parseMessage(message);
          if (parsed.type === 'relation') relations.set(parsed.oid, parsed);
          if (parsed.type === 'insert' || parsed.type === 'update' || parsed.type === 'delete') {
            const tuple = (parsed.new ?? parsed.old)!.map(value => value?.toString() ?? (value === null ? '∅' : '?'));
            found.push(`${parsed.type} ${relations.get(parsed.oid)!.name} ${tuple.join(',')}`);
          }
        }
      }
      return found;
    };

    beforeEach(async () => {
      await log.sql(`INSERT INTO orders VALUES ('a', 1, 'before')`);
      const run = await shipLog(log.ctx);
      // A snapshot as listed in the catalog: folding only needs its existence and its start.
      const item = {
        id: 'snapshot',
        kind: 'snapshot' as const,
        key: 'k',
        sha256: '0'.repeat(64),
        from: run.to,
        to: run.to,
        fromTime: run.toTime,
        toTime: run.toTime,
        createdAt: run.toTime,
        rows: 0,
        bytes: 0,
        storedBytes: 0,
        chunks: 0,
        reusedChunks: 0,
        durationMs: 0,
        reason: 'test',
      };
      await log.deps.catalog.write([
        backups.put(log.ref('a'), item),
        heads.put(log.ref('a'), { id: '0', key: 'k', sha256: '0'.repeat(64) }, undefined),
      ]);
      await log.sql(
        `INSERT INTO orders VALUES ('a', 2, 'x', repeat('y', 3000)); UPDATE orders SET note = 'z' WHERE id = 2; DELETE FROM orders WHERE id = 1`,
      );
      await shipLog(log.ctx);
      await log.sql(
        `INSERT INTO orders VALUES ('a', 3, 'x'); DELETE FROM orders WHERE id = 3; INSERT INTO whole VALUES (1, 'a'); UPDATE whole SET note = 'n'`,
      );
      await shipLog(log.ctx);
    });

    const folded = [
      `insert orders a,2,z,${'y'.repeat(3000)}`,
      'delete orders a,1,∅,∅',
      'delete orders a,3,∅,∅',
      'insert whole 1,a,n,∅',
    ];

    it('leaves one net change per row, of the tenants that have a snapshot', async () => {
      const [result, ...others] = await foldIncrementals(log.ctx);
      expect(others).toEqual([]);
      expect(result).toMatchObject({ tenant: log.ref('a'), changes: 4 });
      expect(await rows()).toEqual(folded);
      expect(await foldIncrementals(log.ctx)).toEqual([]);
    });

    it.each(['fold.after-pack', 'fold.after-manifest', 'fold.after-catalog'] as const)(
      'killed at %s folds everything once',
      async point => {
        await expect(foldIncrementals(killedAt(log, point))).rejects.toThrow(Killed);
        await foldIncrementals(log.ctx);
        expect(await rows()).toEqual(folded);
      },
    );

    it('never reaches across a gap', async () => {
      await log.sql(`INSERT INTO named VALUES (1, 'a')`);
      await shipLog(log.ctx);
      await log.sql(`UPDATE named SET tenant_id = 'b'`);
      const broken = await shipLog(log.ctx);
      expect(await foldIncrementals(log.ctx)).toEqual([]);
      await log.sql(`INSERT INTO orders VALUES ('a', 8, 'after')`);
      await shipLog(log.ctx);
      expect(await foldIncrementals(log.ctx)).toMatchObject([{ from: broken.to, changes: 1 }]);
      expect(await rows()).toEqual(['insert orders a,8,after,∅']);
    });

    it('refuses a run that was altered', async () => {
      const run = (await runs.latest(log.deps.catalog))!;
      await log.deps.tamper(run.key, bytes => Buffer.concat([bytes, Buffer.from(' ')]));
      await expect(foldIncrementals(log.ctx)).rejects.toMatchObject({
        code: 'manifest-invalid',
        details: { object: run.key },
      });
      expect(await rows()).toEqual([]);
      expect((await tenants.list(log.deps.catalog)).length).toBeGreaterThan(0);
    });
  });
});

it.each(PG_VERSIONS)('a slot that PostgreSQL %i invalidated becomes a gap', async version => {
  const server = await ownServer(version, {
    max_slot_wal_keep_size: '1MB',
    min_wal_size: '32MB',
    max_wal_size: '32MB',
    wal_keep_size: 0,
  });
  const log = await logFixture(version, { serverUrl: server.url });
  try {
    const before = await shipLog(log.ctx);
    for (let turn = 0; turn < 4; turn++)
      await log.sql(
        'SELECT pg_switch_wal(); INSERT INTO countries SELECT md5(random()::text) FROM generate_series(1, 1000); CHECKPOINT',
      );
    const result = await shipLog(log.ctx);
    expect(result.gaps).toMatchObject([{ reason: 'slot-lost', from: before.to, to: result.from }]);
    expect(formatLsn(parseLsn(result.from))).toBe(result.from);
    expect(result.needSnapshot).toBe('all');
  } finally {
    await log.dispose();
    await server.stop();
  }
});
