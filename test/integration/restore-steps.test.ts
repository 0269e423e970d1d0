/**
 * A restore as the state machine does it: every kind of request, step by step, each call ends after one piece of work;
 * what a preview keeps, who can apply it, what batches leave behind, and what is removed after a failure.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { approvalsNeeded } from '../../lib/domain/approval.ts';
import { formatLsn, type Lsn, parseLsn } from '../../lib/domain/lsn.ts';
import { fitsOneFunction } from '../../lib/domain/preview.ts';
import { RestoreRecord } from '../../lib/domain/restore-record.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { mark } from '../../lib/operations/log/mark.ts';
import { mergedLog } from '../../lib/operations/log/read-log.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { applyPlanWithin } from '../../lib/operations/restore/apply/apply-restore.ts';
import { decideApproval } from '../../lib/operations/restore/apply/approve.ts';
import { type CheckedRestore, checkRestore, checkStarted } from '../../lib/operations/restore/apply/check-restore.ts';
import { dropKeptPlan, dropStaged } from '../../lib/operations/restore/apply/clean-staging.ts';
import { handOverStaged } from '../../lib/operations/restore/apply/hand-over-restore.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { askApproval } from '../../lib/operations/restore/apply/request-approval.ts';
import { liveTableNames, revertRequest } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { undoRequest } from '../../lib/operations/restore/apply/undo-restore.ts';
import { readKeptPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import type { PreviewReference } from '../../lib/operations/restore/compare/preview-reference.ts';
import { compareStaged } from '../../lib/operations/restore/compare/preview-restore.ts';
import { planRequest } from '../../lib/operations/restore/plan/plan-restore.ts';
import {
  beginStaging,
  cleanStaging,
  continueStaging,
  type StagingProgress,
} from '../../lib/operations/restore/stage/stage-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { timeBudget } from '../../lib/operations/time-budget.ts';
import { keepStagingArea } from '../../lib/postgres/staging/staging-area.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, type StagedWorld, stagedWorld } from '../support/staged-world.ts';

const open: StagedWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

const POLICY = { approvals: { inPlace: 2, missingOnly: 1 }, keepMs: 3_600_000 };
const ASKED = { tenant: '1', target: 'mark:good', requestedBy: 'alice' };

async function world(version: PgVersion): Promise<StagedWorld> {
  const db = await testDatabase(version);
  await db.query(APP_SQL);
  const w = await stagedWorld(db, APP_MODEL, { stepBudgetMs: 0 });
  open.push(w);
  await shipLog(w.ctx);
  await takeSnapshot(w.ctx, tenantId('1'));
  await mark(w.ctx, tenantId('1'), 'good');
  await shipLog(w.ctx);
  return w;
}

const ACCIDENT = `DELETE FROM comments WHERE id < 4; UPDATE projects SET title = 'X' || id WHERE tenant_id = 1;
  INSERT INTO projects (tenant_id, title) VALUES (1, 'unwanted')`;

async function staged(ctx: Context, input: object) {
  const checked = await checkRestore(ctx, input, POLICY);
  if (checked.planned) throw new Error('A request was expected.');
  const planned = await planRequest(ctx, checked.request);
  let ref: StagingProgress = await beginStaging(planned.plan, ctx.source, { planMs: planned.planMs });
  while (!ref.done) ref = await continueStaging(ctx, ref, ctx.source);
  return { ref, request: checked.request };
}

async function previewed(ctx: Context, input: object): Promise<PreviewReference> {
  const { ref, request } = await staged(ctx, input);
  return (await compareStaged(ctx, ref, request, POLICY)).reference;
}

/** Runs until it is done; returns the number of calls. */
async function applied(ctx: Context, preview: PreviewReference) {
  const text = await readKeptPlan(ctx, preview);
  for (let calls = 1; ; calls++) {
    const result = await applyPlanWithin(ctx, text, ['bob'], timeBudget(0));
    if (result) return { calls, ...result };
  }
}

const schemas = ({ db }: StagedWorld) => db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'`);
const records = (ctx: Context) => listRestores(ctx, refOf(ctx, tenantId('1')));

describe.each(PG_VERSIONS)('a restore in steps on PostgreSQL %i', version => {
  it('takes a transaction back, and what it did then; the baseline is made once, and a half-made one is refused', async () => {
    const w = await world(version);
    const { ctx, db } = w;
    const before = await liveState(ctx, '1');
    await db.query(`BEGIN; ${ACCIDENT}; COMMIT`);
    const damaged = await liveState(ctx, '1');
    await db.query("UPDATE projects SET amount = 7 WHERE tenant_id = 1 AND title <> 'unwanted'");
    await shipLog(ctx);
    const at = await recoveryMaterial(ctx, refOf(ctx, tenantId('1')));
    const commits: Lsn[] = [];
    const [from, to] = [parseLsn(at.runs.at(-2)!.to), parseLsn(at.runs.at(-1)!.to)];
    for await (const { commitLsn } of mergedLog(ctx, at.tenant, from, to)) commits.push(commitLsn);
    const request = await revertRequest(ctx, tenantId('1'), {
      ...{ transactions: [formatLsn(commits[0]!)], timeZone: 'UTC', request: { requestedBy: 'alice' } },
      liveNames: await liveTableNames(ctx),
    });
    const steps = await staged(ctx, request);
    const first = (await compareStaged(ctx, steps.ref, steps.request, POLICY)).reference;
    const again = (await compareStaged(ctx, steps.ref, steps.request, POLICY)).reference;
    expect(again.counts).toEqual(first.counts);
    const { record } = await applied(ctx, again);
    const restored = await liveState(ctx, '1');
    expect(restored['public.comments']).toEqual(before['public.comments']);
    // Their titles are back, and keep the amounts that came later.
    const [{ titles }] = await db.query(
      "SELECT array_agg(title || ' ' || amount ORDER BY id) AS titles FROM projects WHERE tenant_id = 1",
    );
    expect(titles).toEqual(['P1 7', 'P2 7', 'P3 7', 'P4 7', 'P5 7']);
    await shipLog(ctx);
    const undo = await undoRequest(ctx, tenantId('1'), record.id, { requestedBy: 'alice' });
    await db.query("UPDATE projects SET amount = 8 WHERE tenant_id = 1 AND title = 'P1'");
    await applied(ctx, await previewed(ctx, undo));
    expect((await liveState(ctx, '1'))['public.comments']).toEqual(damaged['public.comments']);
    const [{ amounts }] = await db.query(
      'SELECT array_agg(amount::int ORDER BY id) AS amounts FROM projects WHERE tenant_id = 1 AND id <= 5',
    );
    expect(amounts).toEqual([8, 7, 7, 7, 7]);
    await shipLog(ctx);
    const broken = await staged(ctx, request);
    const crash = (point: string) => {
      if (point === 'baseline.made') throw new Error('killed');
    };
    await expect(compareStaged({ ...ctx, crash }, broken.ref, broken.request, POLICY)).rejects.toThrow('killed');
    await expect(compareStaged(ctx, broken.ref, broken.request, POLICY)).rejects.toMatchObject({
      code: 'staging-lost',
    });
  });

  it.each([
    ['exact', {}],
    ['exact, in batches', { batches: 1 }],
  ])('puts the tenant back: %s', async (_, more) => {
    const w = await world(version);
    const target = await liveState(w.ctx, '1');
    const others = await liveState(w.ctx, '2');
    await w.db.query(ACCIDENT);
    const preview = await previewed(w.ctx, { ...ASKED, ...more });
    expect(preview).toMatchObject({ approvals: 2, blocked: false, tooLong: false, requestedBy: 'alice' });
    const { record, calls } = await applied(w.ctx, preview);
    expect(calls > 1).toBe('batches' in more);
    expect(await liveState(w.ctx, '1')).toEqual(target);
    expect(await liveState(w.ctx, '2')).toEqual(others);
    const { inserts, updates, deletes } = preview.counts;
    expect(record.totals).toEqual({ inserted: inserts, updated: updates, deleted: deletes });
    expect(record).toMatchObject({ approvedBy: ['bob'], approvedPlan: true, previewHash: preview.hash });
    expect(record.partial).toBeUndefined();
    expect((await records(w.ctx)).map(item => [item.id, item.state])).toEqual([[record.id, 'done']]);
    expect(await schemas(w)).toEqual([]);
    expect(await dropKeptPlan(w.ctx, preview)).toEqual({ applied: true, partial: false });
  });

  it('restores missing rows and touches no live row, with one approval', async () => {
    const w = await world(version);
    await w.db.query(ACCIDENT);
    const preview = await previewed(w.ctx, { ...ASKED, mode: 'missing-only' });
    expect(preview).toMatchObject({ approvals: 1, counts: { updates: 0, deletes: 0 } });
    await applied(w.ctx, preview);
    expect(await w.db.query(`SELECT count(*)::int AS n FROM comments WHERE id < 4`)).toEqual([{ n: 3 }]);
    expect(await w.db.query(`SELECT count(*)::int AS n FROM projects WHERE tenant_id = 1 AND title LIKE 'X%'`)).toEqual(
      [{ n: 5 }],
    );
  });

  it('restores columns only', async () => {
    const w = await world(version);
    await w.db.query(ACCIDENT);
    const preview = await previewed(w.ctx, { ...ASKED, mode: 'columns', columns: { 'public.projects': ['title'] } });
    expect(preview).toMatchObject({ approvals: 2, counts: { inserts: 0, updates: 5, deletes: 0 } });
    await applied(w.ctx, preview);
    expect(await w.db.query(`SELECT 1 FROM comments WHERE id < 4`)).toHaveLength(0);
    expect(await w.db.query(`SELECT title FROM projects WHERE tenant_id = 1 AND title LIKE 'P%'`)).toHaveLength(5);
  });

  it('creates a new tenant, however often it is compared, and records it with the old one', async () => {
    const w = await world(version);
    const rows = (await liveState(w.ctx, '1'))['public.projects']!.length;
    const { ref, request } = await staged(w.ctx, { ...ASKED, asTenant: '77', tables: ['public.projects'] });
    await w.db.query(`UPDATE users SET email = email || '.old' WHERE tenant_id = 1`);
    await compareStaged(w.ctx, ref, request, POLICY);
    const { reference } = await compareStaged(w.ctx, ref, request, POLICY);
    expect(reference).toMatchObject({ approvals: 2, blocked: false, counts: { updates: 0, deletes: 0 } });
    const { record } = await applied(w.ctx, reference);
    expect(record).toMatchObject({ place: 'as-tenant', tenantId: '77' });
    expect((await liveState(w.ctx, '77'))['public.projects']).toHaveLength(rows);
    expect((await records(w.ctx)).map(item => item.place)).toEqual(['as-tenant']);
    await expect(checkRestore(w.ctx, { ...ASKED, asTenant: '77' }, POLICY)).rejects.toMatchObject({
      code: 'tenant-exists',
    });
  });

  it('restores side by side without an approval, and the cleanup keeps the result', async () => {
    const w = await world(version);
    await w.db.query(ACCIDENT);
    const before = await liveState(w.ctx, '1');
    const { ref, request } = await staged(w.ctx, { tenant: '1', target: 'mark:good', sideBySide: true });
    expect(approvalsNeeded(POLICY.approvals, request)).toBe(0);
    const { record } = await handOverStaged(w.ctx, ref, request);
    expect(record).toMatchObject({ id: ref.id, place: 'side-by-side' });
    const [{ n }] = (await w.db.query(`SELECT count(*)::int AS n FROM ${record.schema}.comments`)) as [{ n: number }];
    expect(n).toBeGreaterThan(0);
    expect(await w.db.query(`SELECT to_regclass('${record.schema}.progress') AS t`)).toEqual([{ t: null }]);
    expect(await liveState(w.ctx, '1')).toEqual(before);
    // As if only the answer had been lost.
    expect(await dropStaged(w.ctx, ref)).toEqual({ applied: true, partial: false });
    await cleanStaging(w.ctx);
    expect(await schemas(w)).toEqual([{ nspname: record.schema }]);
  });

  it('removes what was staged, and a side-by-side result without a record, when it failed', async () => {
    const w = await world(version);
    const first = await staged(w.ctx, ASKED);
    expect(await dropStaged(w.ctx, first.ref)).toEqual({ applied: false, partial: false });
    const { ref, request } = await staged(w.ctx, { ...ASKED, sideBySide: true });
    const killed = { ...w.ctx, crash: () => Promise.reject(new Error('killed')) };
    await expect(handOverStaged(killed, ref, request)).rejects.toThrow('killed');
    expect(await schemas(w)).toHaveLength(1);
    expect(await dropStaged(w.ctx, ref)).toEqual({ applied: false, partial: false });
    expect(await schemas(w)).toEqual([]);
  });

  it('keeps a preview until it expires, applies exactly that one, and refuses an approval by its requester', async () => {
    const w = await world(version);
    const target = await liveState(w.ctx, '1');
    await w.db.query(ACCIDENT);
    expect(await checkRestore(w.ctx, { ...ASKED, previewOnly: true }, POLICY)).toMatchObject({ previewOnly: true });
    const preview = await previewed(w.ctx, { ...ASKED, previewOnly: true });
    expect(await cleanStaging(w.ctx)).toEqual([]);
    const input = { plan: preview.planKey, tenant: preview.tenant, requestedBy: 'dave' };
    const taken = (await checkRestore(w.ctx, input, POLICY)) as CheckedRestore & { preview: PreviewReference };
    expect(taken).toMatchObject({ planned: true, previewOnly: false });
    expect(taken.preview).toEqual({ ...preview, takenUpBy: 'dave' });
    const { tenant, id, planKey: plan, hash, requestedBy, takenUpBy } = taken.preview;
    await askApproval(w.ctx, {
      tenant,
      id,
      plan,
      hash,
      requestedBy,
      takenUpBy: takenUpBy!,
      needed: 2,
      token: 't',
      approvalHours: 1,
    });
    for (const by of ['alice', 'dave'])
      await expect(decideApproval(w.ctx, tenant, id, { by, agrees: true, hash })).rejects.toMatchObject({
        code: 'own-request',
      });
    await applied(w.ctx, taken.preview);
    expect(await liveState(w.ctx, '1')).toEqual(target);
    await expect(checkRestore(w.ctx, input, POLICY)).rejects.toMatchObject({ code: 'preview-gone' });
  });

  it('removes an expired preview and refuses it from then on; a refused one is not applied either', async () => {
    const w = await world(version);
    const preview = await previewed(w.ctx, { ...ASKED, previewOnly: true });
    const { tenant, id, planKey, hash } = preview;
    const input = { plan: planKey, tenant, requestedBy: 'dave' };
    const other = await previewed(w.ctx, { ...ASKED, previewOnly: true });
    await askApproval(w.ctx, {
      tenant,
      id,
      plan: planKey,
      hash,
      requestedBy: 'alice',
      needed: 1,
      token: 't',
      approvalHours: 1,
    });
    await decideApproval(w.ctx, tenant, id, { by: 'bob', agrees: false, hash });
    await expect(checkRestore(w.ctx, input, POLICY)).rejects.toMatchObject({ code: 'approval-refused' });
    const document = JSON.parse(JSON.parse(await readKeptPlan(w.ctx, other)).plan);
    await keepStagingArea(w.ctx.source, document.staging.id, -1);
    expect(await cleanStaging(w.ctx)).toEqual([document.staging.schema]);
    await expect(checkRestore(w.ctx, { ...input, plan: other.planKey }, POLICY)).rejects.toMatchObject({
      code: 'preview-gone',
    });
  });

  it('believes no requester whom only the input of an execution names', async () => {
    const { ctx } = await world(version);
    const execution = { name: 'by-hand', startedAt: ctx.clock.now() };
    const started = (input: object) => checkStarted(ctx, { input, execution }, POLICY);
    await expect(started(ASKED)).rejects.toMatchObject({ code: 'requester-unverified' });
    const preview = await previewed(ctx, { ...ASKED, previewOnly: true });
    const { planKey: plan, tenant } = preview;
    await expect(started({ plan, tenant, requestedBy: 'dave' })).rejects.toMatchObject({
      code: 'requester-unverified',
    });
    // Neither writes live rows: whoever asks.
    for (const more of [{ previewOnly: true }, { sideBySide: true }]) {
      const request = { requestedBy: 'alice (unverified)' };
      expect(await started({ ...ASKED, ...more })).toMatchObject({ request });
    }
  });

  it('refuses, and names, options that do not apply to the state machine', async () => {
    const { ctx } = await world(version);
    const refused = (input: unknown) => expect(checkRestore(ctx, input, POLICY)).rejects;
    const elsewhere = { ...ASKED, into: 'postgres://user:hunter2@host/db' };
    const refusal = await checkRestore(ctx, elsewhere, POLICY).catch(error => error);
    expect(refusal).toMatchObject({ code: 'into-not-here' });
    expect(`${refusal.message} ${refusal.hint}`).not.toContain('hunter2');
    await refused({ ...ASKED, approvedBy: ['bob'] }).toMatchObject({ code: 'approved-by-not-here' });
    await refused({ ...ASKED, sideBySide: true, previewOnly: true }).toMatchObject({ code: 'side-by-side-alone' });
    await refused({ tenant: '1', target: 'latest' }).toMatchObject({ code: 'requester-unnamed' });
    await refused({ ...ASKED, mode: 'sideways' }).toMatchObject({ code: 'bad-request' });
    await refused({ ...ASKED, previewOnly: 'yes' }).toMatchObject({ code: 'bad-request' });
    await refused('all').toMatchObject({ code: 'bad-request' });
    await refused({ plan: 'k' }).toMatchObject({ code: 'bad-request' });
    const tenant = refOf(ctx, tenantId('1'));
    const other = refOf(ctx, tenantId('2'));
    const named = (plan: string) => ({ plan, tenant, requestedBy: 'dave' });
    await refused(named(`tenants/${other}/restore-plans/x`)).toMatchObject({ code: 'bad-plan-key' });
    await refused(named(`tenants/${tenant}/restore-plans/`)).toMatchObject({ code: 'bad-plan-key' });
    await refused(named(`tenants/${tenant}/restore-plans/nothing`)).toMatchObject({ code: 'unknown-plan' });
  });

  it('reports before requesting approval that one transaction would take too long, unless it is in batches', async () => {
    const w = await world(version);
    await w.db.query(ACCIDENT);
    const { ref, request: asked } = await staged(w.ctx, ASKED);
    const { reference, preview } = await compareStaged(w.ctx, ref, asked, POLICY);
    expect(reference.tooLong).toBe(false);
    expect(fitsOneFunction({ ...preview, predictedApplyMs: 11 * 60_000 })).toBe(false);
    const request = { ...preview.request, batches: 10 };
    expect(fitsOneFunction({ ...preview, request, predictedApplyMs: 11 * 60_000 })).toBe(true);
  });

  it('continues where the last batch, which proves the result, was rolled back with its process', async () => {
    const w = await world(version);
    const target = await liveState(w.ctx, '1');
    await w.db.query(ACCIDENT);
    const preview = await previewed(w.ctx, { ...ASKED, batches: 1000 });
    const text = await readKeptPlan(w.ctx, preview);
    const killed: Context = {
      ...w.ctx,
      crash: async point => {
        if (point === 'restore.before-commit') throw new Error('killed');
      },
    };
    const minute = () => timeBudget(60_000);
    await expect(applyPlanWithin(killed, text, ['bob'], minute())).rejects.toThrow('killed');
    const result = await applyPlanWithin(w.ctx, text, ['bob'], minute());
    expect(result!.record.partial).toBeUndefined();
    expect(await liveState(w.ctx, '1')).toEqual(target);
    const [item] = await records(w.ctx);
    const expected = { tenant: preview.tenant, kind: 'restore-record' } as const;
    expect((await readManifest(w.ctx, item!.key!, RestoreRecord, expected)).body.partial).toBeUndefined();
  });

  it('reports what batches wrote when they did not finish, and counts nothing twice', async () => {
    const w = await world(version);
    await w.db.query(ACCIDENT);
    const preview = await previewed(w.ctx, { ...ASKED, batches: 1 });
    const text = await readKeptPlan(w.ctx, preview);
    let batches = 0;
    const killed: Context = {
      ...w.ctx,
      crash: async point => {
        if (point === 'restore.during-apply' && ++batches % 2 === 0) throw new Error('killed');
      },
    };
    // Half of the calls crash after a commit with a lost answer: the next call continues after it.
    for (let calls = 0; calls < 8; calls++) {
      const call = applyPlanWithin(killed, text, ['bob'], timeBudget(0));
      expect(await call.catch(error => error.message)).toBe(calls % 2 === 0 ? undefined : 'killed');
    }
    expect(await records(w.ctx)).toMatchObject([{ state: 'committing' }]);
    // A preview by others meanwhile shows what is left, and settles nothing.
    const rest = await previewed(w.ctx, ASKED);
    expect(await dropKeptPlan(w.ctx, rest)).toEqual({ applied: false, partial: false });
    expect(await records(w.ctx)).toMatchObject([{ state: 'committing' }]);
    const rowsOf = ({ counts }: PreviewReference) => counts.inserts + counts.updates + counts.deletes;
    expect(rowsOf(rest)).toBeGreaterThan(0);
    // The application changes rows that are still to be restored.
    await w.db.query(`UPDATE projects SET amount = amount + 1 WHERE tenant_id = 1`);
    const failed = applyPlanWithin(w.ctx, text, ['bob'], timeBudget(60_000));
    await expect(failed).rejects.toMatchObject({
      code: 'rows-changed',
      message: expect.stringMatching(/Earlier batches remain/),
    });
    expect(await dropKeptPlan(w.ctx, preview)).toEqual({ applied: false, partial: true });
    const [item] = await records(w.ctx);
    const expected = { tenant: preview.tenant, kind: 'restore-record' } as const;
    const { body } = await readManifest(w.ctx, item!.key!, RestoreRecord, expected);
    expect(body).toMatchObject({ partial: true, approvedBy: ['bob'] });
    const { inserted, updated, deleted } = body.totals;
    expect(inserted + updated + deleted).toBeGreaterThan(0);
    expect(inserted + updated + deleted).toBe(rowsOf(preview) - rowsOf(rest));
    expect(await schemas(w)).toEqual([]);
  });
});
