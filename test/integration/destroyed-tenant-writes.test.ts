/** What the application still writes for a tenant whose key was destroyed: it harms nobody else, and is not kept quiet. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogBody } from '../../lib/domain/log-manifest.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { gaps, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { segments } from '../../lib/operations/catalog/log-items.ts';
import type { Context } from '../../lib/operations/context.ts';
import { readSegment } from '../../lib/operations/log/read-log.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { type LocalDeps, localDeps } from '../support/local-deps.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const TENANTS = ['a', 'b', 'c'];
const DAY_MS = 24 * 3600 * 1000;

describe.each(PG_VERSIONS)('a tenant with a destroyed key on PostgreSQL %i', version => {
  let log: LogFixture;
  /** The same database, shipped through another slot into another vault. */
  let other: LocalDeps;
  let without: Context;
  beforeEach(async () => {
    log = await logFixture(version);
    other = await localDeps();
    without = { ...log.ctx, ...other, slot: `${log.ctx.slot}_2` };
    for (const ctx of [log.ctx, without]) await shipLog(ctx);
    await log.sql(`INSERT INTO orders SELECT chr(97 + i % 3), i, 'first' FROM generate_series(1, 6) i`);
    for (const ctx of [log.ctx, without]) await shipLog(ctx);
  });
  afterEach(async () => {
    await log?.dispose();
    await other?.dispose();
  });

  it('is missing from the log, and that of everybody else is the same byte for byte', async () => {
    await log.deps.keyring.scheduleDestruction(log.ref('a'), 7);
    for (let round = 0; round < 4; round++) {
      for (const statement of statements(round)) await log.sql(statement);
      const settings = { ...log.ctx.settings, logMemoryBytes: 200_000, blockBytes: 20_000 };
      await shipLog({ ...log.ctx, settings });
      await shipLog({ ...without, settings });
    }
    for (const name of ['b', 'c', '-']) {
      const [one, two] = await Promise.all([frames(log.ctx, log, name), frames(without, log, name)]);
      expect(one.length, name).toBeGreaterThan(name === '-' ? 0 : 1000);
      expect(one.equals(two), name).toBe(true);
    }
    expect(await segments.list(log.deps.catalog, log.ref('a'))).toHaveLength(1);
    expect(await segments.list(other.catalog, log.ref('a'))).toHaveLength(5);
  });

  it('does not stop a run that has changes of it only', async () => {
    await log.deps.keyring.destroyKey(log.ref('a'));
    await log.sql(`INSERT INTO orders VALUES ('a', 100, 'x'), ('a', 101, 'x')`);
    expect(await shipLog(log.ctx)).toMatchObject({ caughtUp: true, changes: 2, discarded: 2, tenants: 0 });
    expect((await bodies(log.ctx)).at(-1)!.discarded).toEqual([{ tenant: log.ref('a'), transactions: 1, changes: 2 }]);
    expect(await shipLog(log.ctx)).toMatchObject({ discarded: 0 });
  });

  it('is reported to people once a day', async () => {
    await log.deps.keyring.destroyKey(log.ref('a'));
    const alarms = () => log.deps.notices.filter(({ code }) => code === 'destroyed-tenant-writes');
    for (let id = 200; id < 204; id++) {
      await log.sql(`INSERT INTO orders VALUES ('a', ${id}, 'secret')`);
      await shipLog(log.ctx);
    }
    expect(alarms()).toHaveLength(1);
    log.deps.clock.advance(DAY_MS);
    await log.sql(`INSERT INTO orders VALUES ('a', 300, 'secret')`);
    await shipLog(log.ctx);
    expect(alarms()).toHaveLength(2);
    expect(alarms()[1]!.details).toMatchObject({ tenant: log.ref('a'), changes: 5 });
    expect(JSON.stringify(alarms())).not.toContain('secret');
  });

  it('has one gap if the destruction is cancelled, which its next snapshot ends', async () => {
    const [a, { catalog }] = [log.ref('a'), log.deps];
    await takeSnapshot(log.ctx, 'a' as never);
    const before = (await shipLog(log.ctx)).to;
    await log.deps.keyring.scheduleDestruction(a, 7);
    for (let id = 400; id < 403; id++) {
      await log.sql(`INSERT INTO orders VALUES ('a', ${id}, 'x')`);
      await shipLog(log.ctx);
    }
    const own = async () => (await gaps.list(catalog, a)).filter(({ tenant }) => tenant === a);
    expect(await own()).toMatchObject([{ reason: 'key-destroyed', from: before, to: null }]);
    await log.deps.keyring.cancelDestruction(a);
    await log.sql(`INSERT INTO orders VALUES ('a', 500, 'kept')`);
    expect((await shipLog(log.ctx)).needSnapshot).toContain(a);
    expect(await log.log('a')).toContain('I orders a,500,kept,∅');
    await takeSnapshot(log.ctx, 'a' as never);
    expect((await shipLog(log.ctx)).needSnapshot).not.toContain(a);
    // Destroyed again later: another gap.
    await log.deps.keyring.scheduleDestruction(a, 7);
    await log.sql(`INSERT INTO orders VALUES ('a', 600, 'x')`);
    await shipLog(log.ctx);
    expect(await own()).toHaveLength(2);
  });

  it('is not registered again by what the application writes', async () => {
    const c = log.ref('d');
    await log.deps.keyring.destroyKey(c);
    await log.sql(`INSERT INTO tenants VALUES ('d', 'D'); INSERT INTO orders VALUES ('d', 1, 'x')`);
    await shipLog(log.ctx);
    expect(await tenants.get(log.deps.catalog, c)).toBeUndefined();
  });
});

/** Changes of all tenants, rows that move between them, and rows without a proved tenant. */
function statements(round: number): string[] {
  const base = 1000 + round * 100;
  return [
    `INSERT INTO orders SELECT chr(97 + i % 3), ${base} + i, 'x', repeat(md5(i::text), 60) FROM generate_series(1, 60) i`,
    ...TENANTS.map((name, i) => `INSERT INTO weak VALUES (${base + i}, '${name}', 'w')`),
    `UPDATE weak SET tenant_id = CASE tenant_id WHEN 'a' THEN 'b' WHEN 'b' THEN 'c' ELSE 'a' END WHERE id >= ${base}`,
    `INSERT INTO named SELECT ${base} + i, chr(97 + i % 3), 'n' FROM generate_series(1, 6) i`,
    `INSERT INTO "Odd Lines" SELECT ${base} + i, ${base} + i, 'l' FROM generate_series(1, 6) i`,
    `UPDATE whole SET note = 'u' || ${round}; INSERT INTO whole VALUES (${base}, 'a', 'n'), (${base + 1}, NULL, 'n')`,
    `DELETE FROM orders WHERE id % 7 = ${round}`,
  ];
}

async function frames(ctx: Context, log: LogFixture, name: string): Promise<Buffer> {
  const owner = name === '-' ? SYSTEM : log.ref(name);
  const parts: Buffer[] = [];
  for (const item of await segments.list(ctx.catalog, owner)) {
    for await (const { lsn, message } of readSegment(ctx, owner, item, { verify: true }))
      parts.push(Buffer.from(String(lsn)), message);
  }
  return Buffer.concat(parts);
}

async function bodies(ctx: Context): Promise<LogBody[]> {
  const found: LogBody[] = [];
  for (const run of await runs.list(ctx.catalog))
    found.push((await readManifest(ctx, run.key, LogBody, { tenant: SYSTEM, kind: 'log' })).body);
  return found;
}
