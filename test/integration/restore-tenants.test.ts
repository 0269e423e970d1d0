/**
 * Many tenants by one request: the synthesized state machine, run by an interpreter with the operations of its functions on
 * a real database. An execution of restore-tenant is played by its operations, too: check, plan, stage, compare; or wait
 * for people, apply and prove.
 */
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { HoldfastError, workflowErrorOf } from '../../lib/domain/errors.ts';
import { shownGroup } from '../../lib/domain/group-run.ts';
import { RestoreRecord } from '../../lib/domain/restore-record.ts';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import { causeOf, readCause } from '../../lib/domain/workflow-failure.ts';
import { refOf } from '../../lib/operations/context.ts';
import { mark } from '../../lib/operations/log/mark.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { applyPlanWithin } from '../../lib/operations/restore/apply/apply-restore.ts';
import { decideApproval } from '../../lib/operations/restore/apply/approve.ts';
import { beginMember } from '../../lib/operations/restore/apply/begin-member.ts';
import { checkStarted } from '../../lib/operations/restore/apply/check-restore.ts';
import { approversOf } from '../../lib/operations/restore/apply/kept-approvals.ts';
import { groupMembers, keepMember, keptGroup } from '../../lib/operations/restore/apply/kept-group.ts';
import { noteMember } from '../../lib/operations/restore/apply/note-member.ts';
import { planGroup } from '../../lib/operations/restore/apply/plan-group.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { askApproval } from '../../lib/operations/restore/apply/request-approval.ts';
import { stampRequest } from '../../lib/operations/restore/apply/request-restore.ts';
import { summarizeGroup } from '../../lib/operations/restore/apply/summarize-group.ts';
import { readKeptPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import { compareStaged } from '../../lib/operations/restore/compare/preview-restore.ts';
import { planRequest } from '../../lib/operations/restore/plan/plan-restore.ts';
import { beginStaging, continueStaging } from '../../lib/operations/restore/stage/stage-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { timeBudget } from '../../lib/operations/time-budget.ts';
import { definitions, type Loose, synthesized } from '../infra/synthesized.ts';
import { interpret } from '../support/interpreted-machine.ts';
import { testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, stagedWorld } from '../support/staged-world.ts';

const POLICY = { approvals: { inPlace: 1, missingOnly: 1 }, keepMs: 27 * 3_600_000 };
const ALICE = 'arn:aws:iam::111122223333:user/alice';
const BOB = 'arn:aws:iam::111122223333:user/bob';
const ASKED = { group: 'release-7', tenants: ['1', '2', '3'], request: { target: 'mark:good', reason: 'ticket 4711' } };
const DAMAGE = `UPDATE projects SET title = 'X' || id WHERE tenant_id IN (1, 2)`;

let definition: Loose;
beforeAll(() => {
  definition = definitions(synthesized().templates.get('holdfast-recovery')!).get('holdfast-restore-tenants');
});

/** Three tenants with a snapshot and a marker, of which two are damaged afterwards. */
async function world() {
  const db = await testDatabase(18);
  await db.query(APP_SQL);
  const { ctx, dispose } = await stagedWorld(db, APP_MODEL);
  onTestFinished(dispose);
  await shipLog(ctx);
  for (const tenant of ['1', '2', '3']) {
    await takeSnapshot(ctx, tenantId(tenant));
    await mark(ctx, tenantId(tenant), 'good');
  }
  await shipLog(ctx);
  const good = new Map<string, Loose>();
  for (const tenant of ['1', '2', '3']) good.set(tenant, await liveState(ctx, tenant));
  await db.query(DAMAGE);
  await shipLog(ctx);
  const refusedBy = new Map<string, string>();
  const running = new Set<string>();
  const started: string[] = [];

  /** restore-tenant, from the outside. */
  async function restoreTenant(name: string, input: Loose): Promise<unknown> {
    started.push(name);
    const execution = { name, startedAt: ctx.clock.now() };
    const checked = await checkStarted(ctx, { input, execution }, POLICY);
    if (!checked.planned) {
      const { plan, planMs } = await planRequest(ctx, checked.request);
      let ref = await beginStaging(plan, ctx.source, { planMs });
      while (!ref.done) ref = await continueStaging(ctx, ref, ctx.source);
      return (await compareStaged(ctx, ref, checked.request, POLICY)).reference;
    }
    const { tenant, id, planKey, hash, requestedBy, takenUpBy, approvals } = checked.preview;
    const taken = takenUpBy === undefined ? {} : { takenUpBy };
    const asking = { tenant, id, plan: planKey, hash, requestedBy, ...taken, needed: approvals, token: name };
    await askApproval(ctx, { ...asking, approvalHours: 24 });
    const agrees = !refusedBy.has(tenant);
    await decideApproval(ctx, tenant, id, { by: BOB, agrees, hash });
    if (!agrees) throw new HoldfastError('approval-refused', 'bob refused the restore.', { hint: 'Ask bob.' });
    const approvedBy = await approversOf(ctx, { tenant, id, planKey }, approvals);
    const result = await applyPlanWithin(
      ctx,
      await readKeptPlan(ctx, { tenant, planKey }),
      approvedBy,
      timeBudget(60_000),
    );
    return { tenant, done: true, restore: result!.record.id };
  }

  /** As Step Functions passes the failure of an execution that it waited for. */
  async function waitedFor({ Name, Input }: Loose) {
    try {
      return { Status: 'SUCCEEDED', Output: await restoreTenant(Name, Input) };
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      const ended = { Status: 'FAILED', Error: workflowErrorOf(error), Cause: causeOf(error) };
      throw Object.assign(new Error(JSON.stringify(ended)), { name: 'States.TaskFailed' });
    }
  }

  /** An error of ours as its function throws it. */
  const asFunction =
    (work: (event: Loose) => Promise<unknown>) =>
    async (event: Loose): Promise<unknown> =>
      work(event).catch((error: HoldfastError) => {
        throw Object.assign(new Error(causeOf(error)), { name: workflowErrorOf(error) });
      });

  let runs = 0;
  /** `by`: signed at the entry; otherwise the execution is started directly. */
  async function run(input: object, { by, stopped }: { by?: string; stopped?: string } = {}) {
    const name = `run-${++runs}`;
    const stamped = by
      ? await stampRequest(ctx, { tenant: SYSTEM, id: name, input: input as Loose, requestedBy: by })
      : input;
    const execution = `arn:aws:states:eu-central-1:1:execution:restore-tenants:${name}`;
    const isRunning = async (arn: string) => running.has(arn);
    const note = asFunction(event => noteMember(ctx, event));
    const done = await interpret(
      definition,
      stamped,
      {
        // The interpreter has a clock of its own.
        'Plan the group': asFunction(event => planGroup(ctx, { ...event, startedAt: ctx.clock.now() }, isRunning)),
        "Begin the tenant's restore": asFunction(event => beginMember(ctx, event, isRunning)),
        'Restore the tenant': waitedFor,
        "Record the tenant's outcome": event => (stopped === event.tenant ? {} : note(event)),
        "Record the tenant's failure": note,
        'Summarize the group': asFunction(event => summarizeGroup(ctx, event)),
        'Record the failed run': async () => ({}),
      },
      { Id: execution },
    );
    const last = done.calls.at(-1)!;
    const failed = readCause(last.input.error?.Cause);
    return { ...done, failed, execution };
  }

  async function outcomes(group = 'release-7') {
    const members = await groupMembers(ctx, group);
    return shownGroup(
      (await keptGroup(ctx, group))!.group,
      tenant => members.get(refOf(ctx, tenantId(tenant)))?.outcome,
    ).outcomes;
  }
  const ref = (tenant: string) => refOf(ctx, tenantId(tenant));
  return { ctx, db, good, refusedBy, running, started, run, outcomes, ref };
}

describe('a restore of many tenants', () => {
  it('previews all, restores what was approved, shows what was refused, and goes on with that alone', async () => {
    const { ctx, db, good, refusedBy, started, run, outcomes, ref } = await world();
    const shown = await run({ ...ASKED, previewOnly: true }, { by: ALICE });
    expect(shown.result).toEqual({
      group: 'release-7',
      tenants: 3,
      previewed: 2,
      restored: 0,
      unchanged: 1,
      failed: 0,
    });
    expect(await outcomes()).toMatchObject({
      1: { state: 'previewed', totals: { inserts: 0, updates: 5, deletes: 0 }, blocking: 0 },
      2: { state: 'previewed' },
      3: { state: 'unchanged' },
    });
    expect(await liveState(ctx, '1')).not.toEqual(good.get('1'));
    // A second preview has nothing left to do: what is kept is shown again.
    expect((await run({ group: 'release-7', previewOnly: true }, { by: ALICE })).steps).not.toContain(
      'Restore the tenant',
    );

    refusedBy.set(ref('2'), BOB);
    const first = await run({ group: 'release-7' }, { by: ALICE });
    expect(first.failed).toMatchObject({ code: 'group-failed', details: { restored: 1, unchanged: 1, failed: 1 } });
    expect(await outcomes()).toMatchObject({
      1: { state: 'restored', totals: { updates: 5 } },
      2: { state: 'failed', code: 'approval-refused' },
      3: { state: 'unchanged' },
    });
    expect([await liveState(ctx, '1'), await liveState(ctx, '3')]).toEqual([good.get('1'), good.get('3')]);
    expect(await liveState(ctx, '2')).not.toEqual(good.get('2'));
    const [item] = await listRestores(ctx, ref('1'));
    const { body } = await readManifest(ctx, item!.key!, RestoreRecord, { tenant: ref('1'), kind: 'restore-record' });
    expect(body).toMatchObject({
      requestedBy: ALICE,
      approvedBy: [BOB],
      request: { group: 'release-7', reason: 'ticket 4711' },
    });

    // Work since then stays: only the refused one is previewed and restored again.
    await db.query(`UPDATE projects SET title = 'good work' WHERE tenant_id = 1 AND id = 1`);
    await shipLog(ctx);
    const working = await liveState(ctx, '1');
    refusedBy.clear();
    started.length = 0;
    await run({ group: 'release-7', previewOnly: true }, { by: ALICE });
    const second = await run({ group: 'release-7' }, { by: ALICE });
    expect(second.result).toMatchObject({ restored: 2, unchanged: 1, failed: 0 });
    expect(started.map(name => name.slice(-26))).toEqual([ref('2'), ref('2')]);
    expect(await liveState(ctx, '2')).toEqual(good.get('2'));
    expect(await liveState(ctx, '1')).toEqual(working);
  });

  it('restores no tenant twice, also where the run was stopped before it noted that one is restored', async () => {
    const { ctx, db, started, run, outcomes, ref } = await world();
    await run({ ...ASKED, previewOnly: true }, { by: ALICE });
    const stopped = await run({ group: 'release-7' }, { by: ALICE, stopped: ref('1') });
    expect(stopped.failed).toMatchObject({ code: 'group-failed', details: { previewed: 1, restored: 1 } });
    await db.query(`UPDATE projects SET title = 'good work' WHERE tenant_id = 1 AND id = 1`);
    const working = await liveState(ctx, '1');
    started.length = 0;
    expect((await run({ group: 'release-7' }, { by: ALICE })).result).toMatchObject({ restored: 2, failed: 0 });
    // The same if the catalog forgot how far the tenant had come.
    await keepMember(ctx, 'release-7', { format: 'holdfast.group-member/1', tenant: ref('1'), run: 'another' });
    expect((await run({ group: 'release-7', previewOnly: true }, { by: ALICE })).result).toMatchObject({ restored: 2 });
    expect(await outcomes()).toMatchObject({ 1: { state: 'restored' } });
    expect(started).toEqual([]);
    expect(await liveState(ctx, '1')).toEqual(working);
  });

  it('applies nothing for a requester whom nobody has proved, not even in a group that a person previewed', async () => {
    const { ctx, run, outcomes } = await world();
    const damaged = await liveState(ctx, '1');
    await run({ ...ASKED, previewOnly: true }, { by: ALICE });
    const direct = await run({ group: 'release-7', requestedBy: ALICE });
    expect(direct.failed).toMatchObject({ code: 'group-failed', details: { restored: 0, failed: 2 } });
    expect(await outcomes()).toMatchObject({ 1: { state: 'failed', code: 'requester-unverified' } });
    expect(await liveState(ctx, '1')).toEqual(damaged);
  });

  it('refuses two runs at once, a restore without a preview, and what is no group; notes who was left running', async () => {
    const { ctx, running, run, outcomes, ref } = await world();
    const refused = async (input: object) => (await run(input, { by: ALICE })).failed?.code;
    expect(await refused({ group: 'release-7' })).toBe('bad-group');
    expect(await refused({ ...ASKED })).toBe('bad-group');
    expect(await refused({ ...ASKED, previewOnly: true, where: 'id > 3' })).toBe('bad-group');
    expect(await refused({ ...ASKED, previewOnly: true, request: { target: 'latest', sideBySide: true } })).toBe(
      'bad-group',
    );
    expect(await refused({ ...ASKED, previewOnly: true, request: { target: 'latest', mode: 'sideways' } })).toBe(
      'bad-request',
    );
    const shown = await run({ ...ASKED, tenants: ['2', '3'], where: 'id < 3', previewOnly: true }, { by: ALICE });
    expect(Object.keys(await outcomes())).toEqual(['2']);
    running.add(shown.execution);
    expect(await refused({ group: 'release-7' })).toBe('group-running');
    running.clear();
    // An execution that an earlier run started goes on: it is not started beside it.
    const member = (await groupMembers(ctx, 'release-7')).get(ref('2'))!;
    running.add(member.execution!);
    expect((await run({ group: 'release-7' }, { by: ALICE })).failed).toMatchObject({ code: 'group-failed' });
    expect(await outcomes()).toMatchObject({ 2: { state: 'failed', code: 'group-running' } });
  });
});
