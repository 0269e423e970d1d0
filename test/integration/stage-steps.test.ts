/**
 * Staging in many calls, each of which ends after one piece of work: the state is byte for byte that of a single call,
 * even where calls are killed within a piece or between two; and an expired lease loses the staging schema.
 */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../lib/domain/crash-point.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import type { Context } from '../../lib/operations/context.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import {
  beginStaging,
  continueStaging,
  openStaged,
  type StagingProgress,
  stageRestore,
} from '../../lib/operations/restore/stage/stage-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import type { Staging } from '../../lib/postgres/staging/staging.ts';
import { cleanStagingAreas, keepStagingArea, listStagingAreas } from '../../lib/postgres/staging/staging-area.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { type StagedWorld, stagedState, stagedWorld } from '../support/staged-world.ts';

const open: StagedWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

/** A history with everything that replay has to carry from one call to the next. */
async function world(version: PgVersion): Promise<StagedWorld> {
  const db = await testDatabase(version);
  await db.query(APP_SQL);
  // Little memory: many rounds.
  const w = await stagedWorld(db, APP_MODEL, { logMemoryBytes: 4000, stepBudgetMs: 0 });
  open.push(w);
  await shipLog(w.ctx);
  await takeSnapshot(w.ctx, tenantId('1'));
  await db.query(`UPDATE projects SET title = title || '!' WHERE id < 4; DELETE FROM comments WHERE id IN (1, 7)`);
  await shipLog(w.ctx);
  w.deps.clock.advance(3_600_000);
  await foldIncrementals(w.ctx);
  const steps = [
    `ALTER TABLE "Odd Tasks" ADD COLUMN extra text DEFAULT 'before'; ALTER TABLE projects RENAME COLUMN title TO name`,
    `UPDATE "Odd Tasks" SET extra = repeat('long ', 3000) WHERE tenant_id = 1`,
    `UPDATE "Odd Tasks" SET "Due ""Day" = '2027-01-01' WHERE tenant_id = 1`,
    `UPDATE comments SET id = id + 1000 WHERE task_id = 3`,
    // In one transaction, this could not be distinguished from a partition truncated afterwards: the table would be
    // suspect.
    'TRUNCATE events',
    `INSERT INTO events SELECT 1, '2026-01-05', n, 'x' FROM generate_series(1, 40) n`,
    `ALTER TABLE users ALTER email TYPE varchar; UPDATE users SET email = 'n' || email WHERE tenant_id = 1`,
    `INSERT INTO comments SELECT 5000 + n, 2, repeat('b', 300) FROM generate_series(1, 60) n; DELETE FROM comments WHERE id > 5050`,
  ];
  for (const step of steps) {
    await db.query(step);
    await shipLog(w.ctx);
  }
  await eraseSubject(w.ctx, tenantId('1'), {
    ...{ table: 'public.comments', keys: [['5003']], requestedBy: 'dpo', reason: 'request' },
  });
  return w;
}

interface Told {
  readonly state: Awaited<ReturnType<typeof stagedState>>;
  /** Of everything except names that contain the id of the staging schema. */
  readonly digest: string;
}

async function tell(staging: Pick<Staging, 'source' | 'tables' | 'schema' | 'notes'>): Promise<Told> {
  const state = await stagedState(staging);
  const { schema, tables, notes } = staging;
  const described = JSON.stringify([tables, notes, state]).replaceAll(schema, 'area');
  return { state, digest: createHash('sha256').update(described).digest('hex') };
}

async function inOneGo(ctx: Context): Promise<Told> {
  const staging = await stageRestore(ctx, await planRestore(ctx, tenantId('1'), 'latest'), ctx.source);
  const told = await tell(staging);
  await staging.drop();
  return told;
}

async function begin(ctx: Context): Promise<StagingProgress> {
  return beginStaging(await planRestore(ctx, tenantId('1'), 'latest'), ctx.source, { planMs: 0 });
}

async function told(ctx: Context, ref: StagingProgress): Promise<Told> {
  const { staging, area } = await openStaged(ref, ctx.source, tenantId('1'));
  const found = await tell(staging);
  await area.drop();
  return found;
}

const areas = (ctx: Context) => withConnection(ctx.source, 'test', listStagingAreas);

describe.each(PG_VERSIONS)('staging in many calls on PostgreSQL %i', version => {
  it('stages the state of a single call, byte for byte, one piece per call', async () => {
    const { ctx } = await world(version);
    const expected = await inOneGo(ctx);
    let ref = await begin(ctx);
    let calls = 0;
    for (; !ref.done; calls++) {
      expect((await areas(ctx)).map(area => area.state)).toEqual(['kept']);
      expect(await cleanStagingAreas(ctx.source)).toEqual([]);
      ref = await continueStaging(ctx, ref, ctx.source);
    }
    // More than once for each table and each kind of work.
    expect(calls).toBeGreaterThan(12);
    expect(await continueStaging(ctx, ref, ctx.source)).toEqual(ref);
    expect(await told(ctx, ref)).toEqual(expected);
    expect(await areas(ctx)).toEqual([]);
  });

  it('loses and repeats nothing when calls are killed, within a piece or after it', async () => {
    const w = await world(version);
    const expected = await inOneGo(w.ctx);
    const points: CrashPoint[] = [
      ...(['stage.during-load', 'restore.after-stage', 'stage.during-replay', 'stage.after-round'] as const),
      ...(['stage.after-settle', 'stage.during-finish'] as const),
    ];
    const hit = new Map<CrashPoint, number>();
    const killed: Context = {
      ...w.ctx,
      // Crashes every second time that a point is reached, starting with the first.
      crash: async point => {
        const times = (hit.get(point) ?? 0) + 1;
        hit.set(point, times);
        if (times % 2 === 1) await killSession(w);
      },
    };
    let ref = await begin(w.ctx);
    for (let calls = 0; !ref.done; calls++) {
      expect(calls).toBeLessThan(500);
      try {
        ref = await continueStaging(killed, ref, w.ctx.source);
      } catch (error) {
        expect(error).toMatchObject({ message: 'killed' });
      }
    }
    expect([...hit.keys()]).toEqual(expect.arrayContaining(points));
    expect(await told(w.ctx, ref)).toEqual(expected);
  });

  it('takes over a staging schema with an expired lease, and reports that when its holder returns', async () => {
    const { ctx } = await world(version);
    const ref = await continueStaging(ctx, await begin(ctx), ctx.source);
    await keepStagingArea(ctx.source, ref.id, -1000);
    expect((await areas(ctx)).map(area => area.state)).toEqual(['left over']);
    const next = await begin(ctx);
    expect(await areas(ctx)).toHaveLength(1);
    await expect(continueStaging(ctx, ref, ctx.source)).rejects.toMatchObject({
      code: 'staging-gone',
      retry: 'operator',
    });
    // A plan other than that of the staging schema, or no progress after a crash of the server.
    await expect(continueStaging(ctx, { ...next, plan: ref.plan }, ctx.source)).rejects.toMatchObject({
      code: 'staging-lost',
    });
    const { schema } = (await areas(ctx))[0]!;
    await withConnection(ctx.source, 'test', connection => connection.query(`TRUNCATE ${schema}.progress`));
    await expect(continueStaging(ctx, next, ctx.source)).rejects.toMatchObject({ code: 'staging-lost' });
  });

  it('allows only one call at a time to work on a staging schema', async () => {
    const { ctx } = await world(version);
    const ref = await begin(ctx);
    let second: Promise<unknown> | undefined;
    const meddling: Context = {
      ...ctx,
      crash: async () => {
        second ??= continueStaging(ctx, ref, ctx.source).catch(error => error);
        await second;
      },
    };
    await continueStaging(meddling, ref, ctx.source);
    expect(await second).toMatchObject({ code: 'staging-in-use', retry: 'auto' });
  });
});

/** As when the process died: the server ends its sessions, and nothing more is written. */
async function killSession({ db }: StagedWorld): Promise<never> {
  await db.query(
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'holdfast staging%'`,
  );
  throw new Error('killed');
}
