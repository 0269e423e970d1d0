/**
 * The source of last resort, with two real servers: a copy of the data directory, as the cluster's own backups give it, and the
 * server that went on since, with another schema and other owners of keys. Nothing of Holdfast's is as old as the copy.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginScratch, listScratchClusters, lookAtScratch, removeScratchCluster } from '../../lib/aws/rds-scratch.ts';
import { RestoreRecord } from '../../lib/domain/restore-record.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { SnapshotBody } from '../../lib/domain/snapshot-body.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { clusterReads } from '../../lib/operations/catalog/cluster-reads.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { rebuildTenant } from '../../lib/operations/rebuild/rebuild-tenant.ts';
import { applyPlan } from '../../lib/operations/restore/apply/apply-restore.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { preparePlan, previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { expireTenant, planTenantExpiry } from '../../lib/operations/retention/expire-tenant.ts';
import {
  type ClusterReadProgress,
  continueClusterRead,
  readClusterBackup,
} from '../../lib/operations/snapshot/read-cluster-backup.ts';
import { scratchCluster } from '../../lib/operations/snapshot/scratch-cluster.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readHeader, readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { timeBudget } from '../../lib/operations/time-budget.ts';
import { type ServerWithCopies, serverWithCopies } from '../support/copied-server.ts';
import { modelOf } from '../support/hand-staging.ts';
import { type LocalDeps, localDeps } from '../support/local-deps.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { execute } from '../support/replicated-servers.ts';
import type { RestoreRequestInput } from '../support/restore-request.ts';
import { scratchRds } from '../support/scratch-rds.ts';
import { liveState } from '../support/staged-world.ts';
import { undoRestore } from '../support/undo-restore.ts';

const DAY_MS = 24 * 3600 * 1000;
const RETENTION = { dailyDays: 1, weeklyDays: 1, monthlyDays: 365, annualDays: 2557, logDays: 1 };
const MOMENT = '2025-11-03T09:00:00.000000Z';

const THEN = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text, mood text);
  CREATE TABLE tags (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes, tag text);
  CREATE TABLE plain (id int PRIMARY KEY, account int, body text);
  INSERT INTO tenants SELECT t, 'then ' || t FROM generate_series(1, 6) t;
  INSERT INTO notes SELECT t * 1000 + n, t, 'then ' || n, 'calm' FROM generate_series(1, 6) t, generate_series(1, 300) n;
  INSERT INTO tags SELECT id, id, 'tag ' || id FROM notes;
  INSERT INTO plain SELECT id, tenant_id, 'plain' FROM notes`;

/** What happened since, before anybody installed Holdfast. */
const SINCE = `
  ALTER TABLE notes ADD stars int DEFAULT 3, DROP mood;
  ALTER TABLE plain RENAME account TO tenant_id;
  CREATE TABLE visits (id int PRIMARY KEY, tenant_id int NOT NULL);
  INSERT INTO visits SELECT t, t FROM generate_series(1, 6) t;
  UPDATE notes SET stars = 9 WHERE id % 7 = 0;
  DELETE FROM tags WHERE note_id % 1000 < 100; DELETE FROM notes WHERE id % 1000 < 100;
  UPDATE notes SET body = 'ruined' WHERE id % 1000 BETWEEN 200 AND 220;
  INSERT INTO notes SELECT t * 1000 + 900, t, 'later' FROM generate_series(1, 6) t;
  DELETE FROM plain;
  INSERT INTO notes VALUES (4001, 5, 'a key of tenant 4 then');
  INSERT INTO tenants VALUES (9, 'later'); INSERT INTO notes VALUES (9001, 9, 'later');
  DELETE FROM tags WHERE note_id BETWEEN 6000 AND 6999; DELETE FROM notes WHERE tenant_id = 6; DELETE FROM tenants WHERE id = 6`;

const direct = (table: string) => ({ kind: 'direct', table, column: 'tenant_id' });
const MODEL = modelOf([
  { kind: 'root', table: 'public.tenants', column: 'id' },
  direct('public.notes'),
  {
    kind: 'via',
    table: 'public.tags',
    path: [{ columns: ['note_id'], references: 'public.notes', referencedColumns: ['id'] }],
  },
  direct('public.visits'),
  direct('public.plain'),
]);

const request = (tenant: string, target: string, more: Partial<RestoreRequestInput> = {}) =>
  parseRestoreRequest({
    tenant,
    target,
    requestedBy: 'ann',
    reason: 'last resort',
    exclude: ['plain', 'visits'],
    ...more,
  });

describe("a restore from the cluster's own backup", () => {
  let servers: ServerWithCopies;
  let live: string;
  let copy: string;
  let deps: LocalDeps;
  let ctx: Context;
  beforeAll(async () => {
    servers = await serverWithCopies(PG_VERSIONS.at(-1)!);
    await execute(servers.server().url, THEN);
    const stopped = await servers.copy();
    ({ url: copy } = await stopped.promote());
    live = servers.server().url;
    await execute(live, SINCE);
    deps = await localDeps();
    const settings = defaultSettings({ chunkBytes: 4096, blockBytes: 8192 });
    const installed = { source: { url: live }, model: MODEL, settings, slot: 'holdfast', publication: 'holdfast' };
    deps.clock.set(new Date());
    ctx = { ...deps, ...installed };
    await doctorFix(ctx);
    await shipAndCloseGaps(ctx);
    for (const tenant of ['1', '2', '3', '4', '5']) await takeSnapshot(ctx, tenantId(tenant));
    await shipAndCloseGaps(ctx);
  });
  afterAll(async () => {
    await deps.dispose();
    await servers.dispose();
  });

  const read = (tenant: string, exclude: string[] = ['plain'], of = ctx) =>
    readClusterBackup(of, { url: copy }, { tenant: tenantId(tenant), moment: MOMENT, exclude });
  const targetOf = async (tenant: string) => `cluster-read:${(await read(tenant)).id}`;
  const notesOf = (url: string, tenant: string) =>
    execute(
      url,
      `SELECT n.id, n.body, t.tag FROM notes n LEFT JOIN tags t ON t.note_id = n.id WHERE tenant_id = ${tenant} ORDER BY 1, 3`,
    );
  const keysOf = async () => {
    const keys: string[] = [];
    for (const prefix of ['tenants/', 'checkpoints/']) for await (const key of ctx.vault.keys(prefix)) keys.push(key);
    return keys.sort();
  };

  it("gives the tenant's rows of then, keeps what the schema gained, changes no other tenant, and can be undone", async () => {
    const before = await liveState(ctx, '1');
    const others = await liveState(ctx, '2');
    const target = await targetOf('1');
    // The copy is older than the table: what is to become of its rows is for a person to say.
    await expect(runRestore(ctx, request('1', target, { exclude: ['plain'] }))).rejects.toMatchObject({
      code: 'conflicts',
      details: { conflicts: [{ table: 'public.visits' }] },
    });
    const { record } = await runRestore(ctx, request('1', target));
    expect(await notesOf(live, '1')).toEqual(await notesOf(copy, '1'));
    expect(await execute(live, 'SELECT stars FROM notes WHERE id IN (1001, 1203) ORDER BY id')).toEqual([
      { stars: 3 },
      { stars: 3 },
    ]);
    expect(await execute(live, 'SELECT stars FROM notes WHERE id = 1204')).toEqual([{ stars: 9 }]);
    expect(await execute(live, 'SELECT count(*)::int FROM visits WHERE tenant_id = 1')).toEqual([{ count: 1 }]);
    expect(await liveState(ctx, '2')).toEqual(others);
    expect(record.proof).toMatchObject({ left: {}, brokenReferences: 0 });
    expect(record.notes.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['cluster-backup', 'column-gained', 'column-lost', 'left-out']),
    );
    const [item] = await listRestores(ctx, refOf(ctx, tenantId('1')));
    const expected = { tenant: refOf(ctx, tenantId('1')), kind: 'restore-record' as const };
    const { body } = await readManifest(ctx, item!.key!, RestoreRecord, expected);
    expect(body.request.target).toBe(target);
    expect(body.notes.find(({ code }) => code === 'cluster-backup')!.text).toMatch(
      /own backup, restored to 2025-11-03T09:00:00.000000Z, on server \d+\/2\. Proved: .* Not proved: .* no change log/,
    );
    await shipAndCloseGaps(ctx);
    await undoRestore(ctx, tenantId('1'), record.id, { requestedBy: 'bob' });
    expect(await liveState(ctx, '1')).toEqual(before);
  });

  it('brings back a tenant that is gone since, though nothing was ever stored for it', async () => {
    await runRestore(ctx, request('6', await targetOf('6')));
    expect(await notesOf(live, '6')).toEqual(await notesOf(copy, '6'));
  });

  it('is refused where another tenant has a key since, and restores the other rows without it', async () => {
    const target = await targetOf('4');
    await expect(runRestore(ctx, request('4', target))).rejects.toMatchObject({
      code: 'conflicts',
      details: { conflicts: expect.arrayContaining([expect.objectContaining({ code: 'key-of-another-tenant' })]) },
    });
    expect(await notesOf(live, '5')).toContainEqual({ id: 4001, body: 'a key of tenant 4 then', tag: null });
    await runRestore(ctx, request('4', target, { rows: { notes: 'id <> 4001' } }));
    expect(await notesOf(live, '4')).toHaveLength(299);
  });

  it('refuses a tenant that is not there, and keeps nothing of it', async () => {
    const before = await keysOf();
    await expect(read('9')).rejects.toMatchObject({ code: 'not-in-copy' });
    expect(await keysOf()).toEqual(before);
  });

  it('refuses the source itself, and a server that is still recovering', async () => {
    const asked = { tenant: tenantId('1'), moment: MOMENT, exclude: ['plain'] };
    await expect(readClusterBackup(ctx, { url: live }, asked)).rejects.toMatchObject({ code: 'copy-is-source' });
    const standby = await (await servers.copy()).standby();
    await expect(readClusterBackup(ctx, { url: standby.url }, asked)).rejects.toMatchObject({
      code: 'copy-recovering',
    });
  });

  it('names a table whose rows nobody can assign there, instead of reading it without them', async () => {
    await expect(read('2', [])).rejects.toMatchObject({ code: 'copy-unfit', details: { tables: ['public.plain'] } });
  });

  it('is no part of the chain: every moment of the window is as before, whatever was read', async () => {
    const before = await previewTenant(ctx, request('2', 'latest'));
    await read('2');
    const after = await previewTenant(ctx, request('2', 'latest'));
    expect(after).toMatchObject({ target: before.target, totals: before.totals, diffDigest: before.diffDigest });
    const taken = await takeSnapshot(ctx, tenantId('2'));
    expect(taken).toMatchObject({ read: 'changed' });
  });

  it('needs neither the copy nor the log once it was read, and applies exactly an approved plan', async () => {
    const target = await targetOf('3');
    const withoutLog: Context = {
      ...ctx,
      vault: {
        ...ctx.vault,
        get: (key, range) => (key.startsWith('log/') ? Promise.reject(new Error(key)) : ctx.vault.get(key, range)),
      },
    };
    const { preview, file } = await preparePlan(withoutLog, request('3', target));
    expect(preview.notes.map(({ code }) => code)).toContain('cluster-backup');
    await applyPlan(withoutLog, file, ['cora']);
    expect(await notesOf(live, '3')).toEqual(await notesOf(copy, '3'));
  });

  it('leaves out what was erased since', async () => {
    const erased = { table: 'public.notes', keys: [['5150']], requestedBy: 'ann', reason: 'asked' };
    await execute(live, 'DELETE FROM tags WHERE note_id = 5150; DELETE FROM notes WHERE id = 5150');
    await eraseSubject(ctx, tenantId('5'), erased);
    const { preview } = await runRestore(ctx, request('5', await targetOf('5'), { rows: { notes: 'id = 5150' } }));
    expect(preview!.notes.map(({ code }) => code)).toContain('erased');
    expect(await execute(live, 'SELECT id FROM notes WHERE id = 5150')).toEqual([]);
  });

  it('on AWS: RDS restores a scratch database, bounded calls read of it what one call reads, and it is gone', async () => {
    const server = new URL(copy);
    const { rds, left } = scratchRds(async () => ({ host: server.hostname, port: Number(server.port) }));
    const place = { rds, source: { kind: 'cluster' as const, identifier: 'saas' }, owner: 'prod' };
    const scratch = {
      begin: (asked: Parameters<typeof beginScratch>[1]) => beginScratch(place, asked),
      look: (name: string) => lookAtScratch(place, name),
      remove: (name: string) => removeScratchCluster(place, name),
      list: () => listScratchClusters(place),
    };
    const call = (step: 'look' | 'remove') => scratchCluster({ ...deps, scratch, name: 'prod' }, { step, run: 'r1' });
    await scratchCluster({ ...deps, scratch, name: 'prod' }, { step: 'begin', run: 'r1', moment: MOMENT });
    let found = await call('look');
    while (!found.done) found = await call('look');
    const at = new URL(copy);
    Object.assign(at, { hostname: found.host, port: String(found.port) });

    const small = { ...ctx, settings: { ...ctx.settings, partBytes: 4096 } };
    const asked = { tenant: tenantId('2'), moment: MOMENT, exclude: ['plain'] };
    const step = (progress?: ClusterReadProgress) =>
      continueClusterRead(small, { url: at.href }, asked, progress, timeBudget(0));
    let calls = 1;
    let result = await step();
    let before: ClusterReadProgress | undefined;
    while ('progress' in result) {
      before = result.progress;
      result = await step(before);
      calls += 1;
    }
    expect(calls).toBeGreaterThan(4);
    // A call whose answer was lost gives the same again.
    expect(await step(before)).toEqual(result);
    const tablesOf = async ({ key }: { readonly key: string }) => {
      const expected = { tenant: refOf(ctx, tenantId('2')), kind: 'cluster-read' as const };
      const { body, header } = await readManifest(ctx, key, SnapshotBody, expected);
      expect(header).toMatchObject({ previous: null, toTime: MOMENT });
      return body.tables.map(({ table, rows, checksum }) => ({ table, rows, checksum }));
    };
    expect(await tablesOf(result.item)).toEqual(await tablesOf(await read('2')));
    const target = `cluster-read:${result.item.id}`;
    expect((await previewTenant(ctx, request('2', target))).notes.map(({ code }) => code)).toContain('cluster-backup');

    while (!(await call('remove')).done);
    expect(left()).toEqual([]);
  });

  it('is listed by a rebuild, is nothing when it died before its manifest, and goes after a week', async () => {
    const ref = refOf(ctx, tenantId('6'));
    const dies: Context = {
      ...ctx,
      crash: async point => {
        if (point === 'snapshot.before-manifest') throw new Error('died');
      },
    };
    const listed = await clusterReads.list(ctx.catalog, ref);
    await expect(read('6', ['plain'], dies)).rejects.toThrow('died');
    expect(await clusterReads.list(ctx.catalog, ref)).toEqual(listed);
    const item = await read('6');
    await ctx.catalog.write([clusterReads.remove(ref, item.id)]);
    await rebuildTenant(ctx, ref);
    expect(await clusterReads.get(ctx.catalog, ref, item.id)).toMatchObject({ key: item.key, rows: item.rows });
    const { header } = await readHeader(ctx, item.key);
    expect(header).toMatchObject({ kind: 'cluster-read', previous: null, toTime: MOMENT });
    for (const left of [true, false]) {
      deps.clock.advance(left ? 6 * DAY_MS : 2 * DAY_MS);
      await expireTenant(ctx, await planTenantExpiry(ctx, ref, RETENTION));
      expect((await clusterReads.get(ctx.catalog, ref, item.id)) !== undefined).toBe(left);
      for (const { key } of [item, ...header.objects]) expect((await ctx.vault.head(key)) !== undefined).toBe(left);
    }
    const gone = request('6', `cluster-read:${item.id}`);
    await expect(previewTenant(ctx, gone)).rejects.toMatchObject({ code: 'unknown-backup' });
  });
});
