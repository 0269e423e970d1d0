/**
 * R2 to R5 of the design: no row of another tenant is written or locked; a preview writes nothing outside its staging
 * schema; killed anywhere, the tenant is as before or as the target; a row changed meanwhile is never lost silently.
 */
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { CRASH_POINTS, type CrashPoint } from '../../lib/domain/crash-point.ts';
import type { Context } from '../../lib/operations/context.ts';
import { applyStaged } from '../../lib/operations/restore/apply/apply-staged.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { settleInterrupted } from '../../lib/operations/restore/apply/record-restore.ts';
import { compareAndApply } from '../../lib/operations/restore/apply/run-restore.ts';
import type { RestoreFacts } from '../../lib/operations/restore/compare/compare-restore.ts';
import type { Staging } from '../../lib/postgres/staging/staging.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type Fixture, fixture } from '../support/restore-fixture.ts';

const ACCIDENT = `
  DELETE FROM comments WHERE id < 4; DELETE FROM "Odd Tasks" WHERE id < 3; UPDATE projects SET title = 'X' || title WHERE tenant_id = 1;
  INSERT INTO projects (tenant_id, title) VALUES (1, 'unwanted'); UPDATE events SET what = 'x' WHERE tenant_id = 1;
  UPDATE users SET email = 'x' || email WHERE tenant_id = 1; DELETE FROM right_side WHERE tenant_id = 1; DELETE FROM left_side WHERE tenant_id = 1`;

const facts = (f: Fixture, staging: Staging): RestoreFacts => ({
  ...{ ref: staging.ref, startedAt: f.ctx.clock.now(), chain: null },
  ...{ targetTime: null, planMs: 0, stageMs: 0 },
});
const run = async (f: Fixture, staging: Staging, ctx: Context = f.ctx) =>
  compareAndApply(ctx, staging, await f.scope(staging), facts(f, staging));

/**
 * Makes the log identify the tenant of every change (projects: by its key; it has a generated column, which 18 requires
 * to be left out).
 */
async function logWholeRows(f: Fixture): Promise<void> {
  for (const { table } of f.ctx.model.tables.filter(each => each.table !== 'public.projects'))
    await f.db.query(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
  await f.db.query('ALTER TABLE events_25 REPLICA IDENTITY FULL; ALTER TABLE events_26 REPLICA IDENTITY FULL');
}

describe.each(PG_VERSIONS)('invariants of a restore on PostgreSQL %s', version => {
  it('R2: every row that the restore writes is the tenant’s, and no other tenant’s row is locked', async () => {
    const f = await fixture(version);
    await logWholeRows(f);
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const versions = async () => {
      const state: Record<string, unknown> = {};
      for (const [table, own] of Object.entries({
        users: 'tenant_id = 1',
        projects: 'tenant_id = 1',
        '"Odd Tasks"': 'tenant_id = 1',
        events: 'tenant_id = 1',
        tenants: 'id = 1',
        right_side: 'tenant_id = 1',
        left_side: 'tenant_id = 1',
        comments: 'id <= 5',
        currencies: 'true',
      }))
        state[table] = await f.db.query(
          `SELECT tableoid, ctid::text, xmin::text, xmax::text FROM ${table} WHERE NOT (${own}) ORDER BY 1, 2`,
        );
      return state;
    };
    const before = await versions();
    const publication = 'everything';
    await f.db.query(`CREATE PUBLICATION ${publication} FOR ALL TABLES`);
    await f.db.query(`SELECT pg_create_logical_replication_slot('r2_${f.db.name}', 'pgoutput')`);
    await run(f, staging);
    const frames = await f.db.query(
      `SELECT data FROM pg_logical_slot_get_binary_changes('r2_${f.db.name}', NULL, NULL, 'proto_version', '1', 'publication_names', '${publication}')`,
    );
    const rows = changedRows(frames.map(frame => frame.data as Buffer));
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter(row => !row.relation.startsWith('public.'))).toEqual([]);
    const tenantOf: Record<string, (row: Record<string, string | null>) => boolean> = {
      'public.tenants': row => row.id === '1',
      'public.comments': row => Number(row.id) <= 5,
    };
    const foreign = rows.filter(row => !(tenantOf[row.relation] ?? (values => values.tenant_id === '1'))(row.values));
    expect(foreign).toEqual([]);
    // A row lock would have left its mark in xmax. (Shared rows that restored rows refer to are locked, as by any
    // insert.)
    expect(await versions()).toEqual(before);
  });

  it('R3: a preview writes nothing outside the staging schema', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    await f.db.query(`CREATE PUBLICATION everything FOR ALL TABLES`);
    await f.db.query(`SELECT pg_create_logical_replication_slot('r2_${f.db.name}', 'pgoutput')`);
    const before = await f.content();
    const sequences = () =>
      f.db.query(
        `SELECT 'users', last_value FROM users_id_seq UNION ALL SELECT 'projects', last_value FROM projects_id_seq`,
      );
    const drawn = await sequences();
    await f.preview(staging);
    const frames = await f.db.query(
      `SELECT data FROM pg_logical_slot_get_binary_changes('r2_${f.db.name}', NULL, NULL, 'proto_version', '1', 'publication_names', 'everything')`,
    );
    expect(changedRows(frames.map(frame => frame.data as Buffer))).toEqual([]);
    expect(await f.content()).toEqual(before);
    expect(await sequences()).toEqual(drawn);
    const made = await f.db.query(
      `SELECT DISTINCT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname ~ '^[dp][0-9]+$'`,
    );
    expect(made.map(row => row.nspname)).toEqual([staging.schema]);
  });

  const points = CRASH_POINTS.filter(point => point.startsWith('restore.') && !/stag|replay/.test(point));
  it.each(points)(
    'R4: killed at %s, the tenant is as before or as the target, and the next run starts clean',
    async point => {
      const f = await fixture(version);
      const target = await f.content();
      const staging = await f.stage();
      await f.db.query(ACCIDENT);
      const before = await f.content();
      await expect(run(f, staging, { ...f.ctx, crash: crashAt(point) })).rejects.toThrow('killed');
      const committed = point === 'restore.after-commit' || point === 'restore.before-record';
      expect(await f.content()).toEqual(committed ? target : before);
      const settled = await settleInterrupted(f.ctx, staging.ref);
      const items = await listRestores(f.ctx, staging.ref);
      expect(items.filter(item => item.state === 'committing')).toEqual([]);
      expect(settled.length).toBe(committed || point === 'restore.before-commit' ? 1 : 0);
      if (committed) expect(items).toMatchObject([{ state: 'done', key: expect.stringContaining('restore-record/') }]);
      await run(f, staging);
      expect(await f.content()).toEqual(target);
    },
  );

  it('R4: the server ends the session during the apply: nothing happened, the next run restores', async () => {
    const f = await fixture(version);
    const target = await f.content();
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const before = await f.content();
    let steps = 0;
    const crash = async (point: CrashPoint) => {
      if (point !== 'restore.during-apply' || ++steps !== 3) return;
      await f.db.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast restore apply'`,
      );
    };
    await expect(run(f, staging, { ...f.ctx, crash })).rejects.toMatchObject({ name: 'SourceError' });
    expect(await f.content()).toEqual(before);
    await run(f, staging);
    expect(await f.content()).toEqual(target);
  });

  it('R4: a restore in batches killed half way is finished by the next run', async () => {
    const f = await fixture(version);
    const target = await f.content();
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    let steps = 0;
    const crash = (point: CrashPoint) => {
      if (point === 'restore.during-apply' && ++steps === 6) throw new Error('killed');
    };
    const scope = await f.scope(staging, { batches: 2 });
    await expect(compareAndApply({ ...f.ctx, crash }, staging, scope, facts(f, staging))).rejects.toThrow('killed');
    await compareAndApply(f.ctx, staging, scope, facts(f, staging));
    expect(await f.content()).toEqual(target);
  });

  it('R5: a row changed between difference and apply is not overwritten; an approved plan is refused', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const preview = await f.preview(staging);
    await f.db.query(`UPDATE projects SET amount = 77 WHERE tenant_id = 1 AND id = 2`);
    const before = await f.content();
    const options = { restoreId: 'x', approved: true, beforeCommit: async () => {} };
    await expect(applyStaged(f.ctx, staging, await f.scope(staging), preview, options)).rejects.toMatchObject({
      code: 'rows-changed',
      details: { table: 'public.projects', rows: 1 },
    });
    expect(await f.content()).toEqual(before);
    await f.db.query(
      `UPDATE projects SET amount = 1.50 WHERE tenant_id = 1 AND id = 2; INSERT INTO comments VALUES (1, 5, 'came back')`,
    );
    await expect(
      applyStaged(
        f.ctx,
        staging,
        await f.scope(staging),
        await f.preview(staging).then(p => ({ ...p, diffDigest: preview.diffDigest })),
        options,
      ),
    ).rejects.toMatchObject({ code: 'preview-altered' });
  });

  it('R5: an approved plan leaves alone what the application added since, and reports how much', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const preview = await f.preview(staging);
    await f.db.query(`INSERT INTO comments VALUES (950, 5, 'later')`);
    const applied = await applyStaged(f.ctx, staging, await f.scope(staging), preview, {
      restoreId: 'x',
      approved: true,
      beforeCommit: async () => {},
    });
    expect(applied!.proof.left).toEqual({ 'public.comments': 1 });
    expect(await f.db.query('SELECT body FROM comments WHERE id = 950')).toEqual([{ body: 'later' }]);
  });

  it.each([
    ['changes a row that the restore updates', `UPDATE projects SET amount = 5 WHERE tenant_id = 1 AND id = 3`],
    ['inserts a row that the restore inserts', `INSERT INTO "Odd Tasks" VALUES (1, 1, 1)`],
    [
      'refers to a row that the restore deletes',
      `INSERT INTO "Odd Tasks" SELECT 960, 1, max(id) FROM projects WHERE tenant_id = 1`,
    ],
    ['removes a row that the restore deletes', `DELETE FROM projects WHERE title = 'unwanted'`],
  ])('R5: the application %s during the apply: the difference is computed again', async (_what, sql) => {
    const f = await fixture(version);
    const target = await f.content();
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const session = await f.db.connect();
    let disturbed = false;
    const again: string[] = [];
    const crash = async (point: CrashPoint) => {
      if (point !== 'restore.after-diff' || disturbed) return;
      disturbed = true;
      await session.query(sql);
    };
    const progress: Context['progress'] = event => {
      if (event.step === 'restore.again') again.push(event.message);
    };
    const result = await run(f, staging, { ...f.ctx, crash, progress });
    expect(result.record.attempts).toBe(2);
    expect(again).toHaveLength(1);
    expect(await f.content()).toEqual(target);
  });

  it('R5: a change is not committed yet when the apply reaches the row', async () => {
    const f = await fixture(version);
    const target = await f.content();
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const session: pg.Client = await f.db.connect();
    let attempt = 0;
    const crash = async (point: CrashPoint) => {
      if (point !== 'restore.after-diff' || ++attempt > 1) return;
      await session.query(`BEGIN; UPDATE projects SET amount = 5 WHERE tenant_id = 1 AND id = 3`);
      void commitWhenWaitedFor(f, session);
    };
    const result = await run(f, staging, { ...f.ctx, crash });
    expect(result.record.attempts).toBe(2);
    expect(await f.content()).toEqual(target);
  });

  it('refuses a second restore of the tenant while one is being applied', async () => {
    const f = await fixture(version);
    const staging = await f.stage();
    await f.db.query(ACCIDENT);
    const other = await f.stage();
    let refused: unknown;
    const crash = async (point: CrashPoint) => {
      if (point === 'restore.before-commit') refused = await run(f, other).catch(error => error);
    };
    await run(f, staging, { ...f.ctx, crash });
    expect(refused).toMatchObject({ code: 'restore-running' });
  });
});

function crashAt(at: CrashPoint) {
  return (point: CrashPoint) => {
    if (point === at) throw new Error('killed');
  };
}

/** Commits once some session waits for the lock: a condition, not a delay. */
async function commitWhenWaitedFor(f: Fixture, session: pg.Client): Promise<void> {
  for (;;) {
    const [{ n }] = await f.db.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (n > 0) break;
  }
  await session.query('COMMIT');
}

interface ChangedRow {
  relation: string;
  values: Record<string, string | null>;
}

/** Every old and new row image in pgoutput messages (protocol version 1). */
function changedRows(messages: Buffer[]): ChangedRow[] {
  const relations = new Map<number, { name: string; columns: string[] }>();
  const rows: ChangedRow[] = [];
  for (const message of messages) {
    const kind = String.fromCharCode(message[0]!);
    let at = 1;
    const u16 = () => {
      at += 2;
      return message.readUInt16BE(at - 2);
    };
    const u32 = () => {
      at += 4;
      return message.readUInt32BE(at - 4);
    };
    const text = () => {
      const end = message.indexOf(0, at);
      const value = message.toString('utf8', at, end);
      at = end + 1;
      return value;
    };
    if (kind === 'T') rows.push({ relation: 'TRUNCATE', values: {} });
    if (kind === 'R') {
      const oid = u32();
      const name = `${text()}.${text()}`;
      at += 1;
      const columns: string[] = [];
      for (let count = u16(); count > 0; count--) {
        at += 1;
        columns.push(text());
        at += 8;
      }
      relations.set(oid, { name, columns });
    }
    if (!'IUD'.includes(kind)) continue;
    const relation = relations.get(u32())!;
    while (at < message.length) {
      at += 1;
      const values: Record<string, string | null> = {};
      const count = u16();
      for (let i = 0; i < count; i++) {
        const tag = String.fromCharCode(message[at++]!);
        if (tag !== 't') {
          values[relation.columns[i]!] = null;
          continue;
        }
        const length = u32();
        values[relation.columns[i]!] = message.toString('utf8', at, at + length);
        at += length;
      }
      rows.push({ relation: relation.name, values });
    }
  }
  return rows;
}
