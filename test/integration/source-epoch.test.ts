/**
 * The life of a database beyond one server: a promoted standby, a restored copy, a server that was started twice, a dump
 * loaded into a new server. What continues the log goes on without a word; what does not is refused until a person
 * names the new server, and then every moment of both stays recoverable, each from its own server's log.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { epochOf } from '../../lib/domain/source-epoch.ts';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import type { Server } from '../../lib/local/embedded-postgres.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { lookAtLive } from '../../lib/operations/verify/live-look.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { readSourceIdentity } from '../../lib/postgres/server/source-identity.ts';
import { type ServerWithCopies, serverWithCopies } from '../support/copied-server.ts';
import { createDatabase, ownServer, PG_VERSIONS, type PgVersion } from '../support/postgres.ts';
import { ensurePublication } from '../support/publication.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, type StagedWorld, type State, stagedWorld, stateAt } from '../support/staged-world.ts';

const TENANT = '1';
const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

interface World {
  readonly servers: ServerWithCopies;
  readonly world: StagedWorld;
  readonly ctx: Context;
}

async function world(version: PgVersion): Promise<World> {
  const servers = await serverWithCopies(version);
  cleanup.push(servers.dispose);
  const db = await createDatabase(servers.server().url, version);
  await db.query(APP_SQL);
  const made = await stagedWorld(db, APP_MODEL);
  cleanup.push(() => made.deps.dispose());
  return { servers, world: made, ctx: made.ctx };
}

/** The context with its database on that server. */
function on({ world: { ctx, db } }: World, server: Server): Context {
  const url = new URL(server.url);
  url.pathname = `/${db.name}`;
  return { ...ctx, source: { url: url.href } };
}

const sql = (ctx: Context, text: string) =>
  withConnection(ctx.source, 'test', async connection => (await connection.query(text)).rows);
const change = (ctx: Context, note: string) =>
  sql(
    ctx,
    `UPDATE public.projects SET title = '${note}' WHERE id = (SELECT min(id) FROM public.projects WHERE tenant_id = 1)`,
  );
const slots = async (ctx: Context) => (await sql(ctx, 'SELECT slot_name FROM pg_replication_slots')).length;
const nameOf = (ctx: Context) =>
  withConnection(ctx.source, 'test', async connection => {
    const { system, timeline } = await readSourceIdentity(connection);
    return `${system}/${timeline}`;
  });
const windowOf = async (ctx: Context) => (await recoveryMaterial(ctx, refOf(ctx, tenantId(TENANT)))).window;

interface Remembered {
  readonly time: string;
  readonly state: State;
}

/** A change, shipped, and what the tenant has then. */
async function remembered(ctx: Context, note: string): Promise<Remembered> {
  await change(ctx, note);
  await shipLog(ctx);
  const { toTime } = (await runs.latest(ctx.catalog))!;
  return { time: toTime, state: await liveState(ctx, TENANT) };
}

async function protectedUntil(ctx: Context): Promise<Remembered[]> {
  await shipLog(ctx);
  await takeSnapshot(ctx, tenantId(TENANT));
  return [await remembered(ctx, 'first'), await remembered(ctx, 'second')];
}

async function expectAll(ctx: Context, moments: readonly Remembered[]): Promise<void> {
  for (const { time, state } of moments) expect(await stateAt(ctx, TENANT, time), time).toEqual(state);
}

/** Refused for everything that would use its positions, until the server is named; then both histories are there. */
async function goesOnInNewEpoch(ctx: Context, old: readonly Remembered[], code: string): Promise<void> {
  const before = await runs.latest(ctx.catalog);
  const had = await slots(ctx);
  const hint = expect.stringContaining(await nameOf(ctx));
  await expect(shipLog(ctx)).rejects.toMatchObject({ code, hint });
  await expect(shipLog(ctx, { newEpoch: '1/1' })).rejects.toMatchObject({ code: 'epoch-unconfirmed' });
  expect(await slots(ctx)).toBe(had);
  expect(await runs.latest(ctx.catalog)).toEqual(before);

  const begun = await shipLog(ctx, { newEpoch: await nameOf(ctx) });
  expect(begun).toMatchObject({
    needSnapshot: 'all',
    gaps: [{ tenant: SYSTEM, reason: 'new-epoch', from: before!.to, to: begun.from }],
  });
  const run = (await runs.latest(ctx.catalog))!;
  expect(run.previous?.sha256).toBe(before!.sha256);
  expect(epochOf(parseLsn(run.to))).toBe(epochOf(parseLsn(before!.to)) + 1);
  await expectAll(ctx, old);
  await expect(stateAt(ctx, TENANT, run.to)).rejects.toMatchObject({ kind: 'target' });

  await takeSnapshot(ctx, tenantId(TENANT));
  const recent = [await remembered(ctx, 'third'), await remembered(ctx, 'fourth')];
  await expectAll(ctx, [...old, ...recent]);
  expect(await stateAt(ctx, TENANT, 'latest')).toEqual(recent.at(-1)!.state);
  expect((await windowOf(ctx)).gaps.map(gap => gap.reason)).toEqual(['new-epoch']);
  expect((await shipLog(ctx, { newEpoch: await nameOf(ctx) })).gaps).toEqual([]);

  const rebuilt = { ...ctx, catalog: openSqliteCatalog(':memory:') };
  cleanup.push(async () => rebuilt.catalog.close());
  expect((await rebuildCatalog(rebuilt)).leftOut).toEqual([]);
  expect(await windowOf(rebuilt)).toEqual(await windowOf(ctx));
  await expectAll(rebuilt, [...old, ...recent]);
}

describe.each(PG_VERSIONS)('the source on PostgreSQL %i', version => {
  it('continues on a promoted standby that has all of the log and its slot', async () => {
    const w = await world(version);
    const old = await protectedUntil(w.ctx);
    const copy = await w.servers.copy();
    const ctx = on(w, await copy.promote());
    await expect(takeSnapshot(ctx, tenantId(TENANT))).rejects.toMatchObject({ code: 'source-changed', retry: 'auto' });
    await change(ctx, 'after the failover');
    const shipped = await shipLog(ctx);
    expect(shipped.gaps).toEqual([]);
    const run = (await runs.latest(ctx.catalog))!;
    expect(run.source).toMatchObject({ timeline: 2, left: [{ timeline: 1 }] });
    expect(epochOf(parseLsn(run.to))).toBe(0);
    await takeSnapshot(ctx, tenantId(TENANT));
    await expectAll(ctx, [...old, await remembered(ctx, 'later')]);
  });

  it('needs a new epoch on a standby that was promoted without the end of the log', async () => {
    const w = await world(version);
    const [first] = await protectedUntil(w.ctx);
    const copy = await w.servers.copy();
    const old = [first!, await remembered(w.ctx, 'lost in the failover')];
    const ctx = on(w, await copy.promote());
    await sql(ctx, `SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)), pg_switch_wal()`);
    await change(ctx, 'never shipped');
    await expect(takeSnapshot(ctx, tenantId(TENANT))).rejects.toMatchObject({ code: 'source-changed' });
    await goesOnInNewEpoch(ctx, old, 'source-replaced');
  });

  it('needs a new epoch on a copy that is behind the log', async () => {
    const w = await world(version);
    const [first] = await protectedUntil(w.ctx);
    const copy = await w.servers.copy();
    await sql(w.ctx, `SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)), pg_switch_wal()`);
    const old = [first!, await remembered(w.ctx, 'after the copy')];
    const ctx = on(w, await copy.start());
    await expect(takeSnapshot(ctx, tenantId(TENANT))).rejects.toMatchObject({ code: 'position-behind' });
    await expect(lookAtLive(ctx, tenantId(TENANT))).rejects.toMatchObject({ code: 'position-behind' });
    await goesOnInNewEpoch(ctx, old, 'position-behind');
  });

  it('needs a new epoch on a copy with the same identity that has passed the end of the log', async () => {
    const w = await world(version);
    const [first] = await protectedUntil(w.ctx);
    const copy = await w.servers.copy();
    const old = [first!, await remembered(w.ctx, 'after the copy')];
    const ctx = on(w, await copy.start());
    await change(ctx, 'only in the copy');
    await sql(ctx, `SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)), pg_switch_wal()`);
    await change(ctx, 'past the end');
    await goesOnInNewEpoch(ctx, old, 'source-replaced');
  });

  it('needs a new epoch on a new server that was loaded from a dump', async () => {
    const w = await world(version);
    const old = await protectedUntil(w.ctx);
    const server = await ownServer(version);
    cleanup.push(server.stop);
    const loaded = await createDatabase(server.url, version);
    await loaded.query(APP_SQL);
    const ctx = { ...w.ctx, source: loaded.source };
    await withConnection(ctx.source, 'test', connection => ensurePublication(ctx, connection));
    await change(ctx, 'loaded');
    await expect(takeSnapshot(ctx, tenantId(TENANT))).rejects.toMatchObject({ code: 'source-replaced' });
    await goesOnInNewEpoch(ctx, old, 'source-replaced');
  });
});
