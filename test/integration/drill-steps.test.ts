/** Drills in many bounded calls, as a state machine makes them: the same proofs as in one call, resumable at every point. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DrillRecord } from '../../lib/domain/drill.ts';
import { type DrillRequest, type MemberResult, MOST_IN_STEPS } from '../../lib/domain/drill-steps.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { causeOf } from '../../lib/domain/workflow-failure.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import { beginRound } from '../../lib/operations/drills/begin-round.ts';
import type { DrillPlant } from '../../lib/operations/drills/drill-run.ts';
import { drillTenantStep, type TenantAnswer, type TenantCall } from '../../lib/operations/drills/drill-tenant.ts';
import { endDrill } from '../../lib/operations/drills/end-drill.ts';
import { planDrill } from '../../lib/operations/drills/plan-drill.ts';
import { drilledWorld, lookIntoScratch, type ShopRows } from '../support/drilled-world.ts';

const SCHEDULED = ['single-tenant', 'several-tenants', 'accident', 'whole-system'] as const;
const START = { startedBy: 'execution e', scheduled: SCHEDULED, hasRegion: false };

let shared: Awaited<ReturnType<typeof drilledWorld>>;
beforeAll(async () => {
  shared = await drilledWorld(18);
});
afterAll(() => shared?.dispose());

/** `stepBudgetMs` 0: one piece of work in each call. */
function world({ stepBudgetMs = 60_000 } = {}) {
  const made = shared;
  const ctx = { ...made.ctx, settings: { ...made.ctx.settings, stepBudgetMs } };
  const seen = new Map<string, Record<string, ShopRows>>();
  const plant: DrillPlant = {
    ...made.plant,
    acceptanceHook: async request => {
      seen.set(request.tenant ?? 'all', await lookIntoScratch(made.db, request));
      return [{ check: 'the observer was here', ok: true }];
    },
  };
  return { ...made, ctx, plant, seen };
}

/** JSON goes between the calls; every call is made twice, as a retry whose first answer was lost. */
const passed = <T>(value: T): T => JSON.parse(JSON.stringify(value));
async function twice<T>(call: () => Promise<T>): Promise<T> {
  await call();
  return passed(await call());
}

type Made = Pick<ReturnType<typeof world>, 'ctx' | 'plant'>;

/** As the state machine does; `lose`: the tenant's call number at which its function dies without a word. */
async function played({ ctx, plant }: Made, request: DrillRequest, lose?: number): Promise<DrillRecord> {
  const planned = passed(await planDrill(ctx, plant, { input: request, ...START }));
  if (!planned.due) throw new Error('Nothing is due.');
  let call: Parameters<typeof beginRound>[2] = planned;
  for (;;) {
    const round = await twice(() => beginRound(ctx, plant, call));
    if (round.over) return (await twice(() => endDrill(ctx, plant, round))).record;
    const results = await Promise.all(
      round.members.map(async (member): Promise<MemberResult> => {
        let answer: TenantAnswer = { done: false, step: undefined as never };
        for (let calls = 1; !answer.done; calls++) {
          if (calls === lose)
            return { tenant: member.tenant, error: { Error: 'Sandbox.Timedout', Cause: '{"errorMessage":"acme"}' } };
          const asked: TenantCall = { job: round.job, phase: round.phase, member, step: answer.step };
          answer = await twice(() => drillTenantStep(ctx, plant, asked));
        }
        return answer.result;
      }),
    );
    call = { ...round, results };
  }
}

it('restores, proves and records a tenant of each tier, and leaves nothing behind', async () => {
  const { seen, states, isClean, ...made } = world({ stepBudgetMs: 0 });
  const refs = [refOf(made.ctx, tenantId('2'))];
  const record = await played(made, { kind: 'single-tenant', refs, moment: 'latest' });
  expect(record).toMatchObject({ outcome: 'passed', findings: [], startedBy: 'execution e' });
  expect(record.tenants).toMatchObject([{ tenant: refs[0], restore: { differing: 0, brokenReferences: 0 } }]);
  expect(record.tenants[0]!.restore!.backup!.rows).toBeGreaterThan(0);
  expect(seen.get('2')).toEqual({ 2: states.at(-1)!.rows['2'] });
  expect(record.phases.map(({ phase }) => phase)).toEqual(['scratch', 'restore', 'clean']);
  expect(await isClean(record)).toBe(true);
  expect(made.deps.notices.filter(({ code }) => code.startsWith('drill'))).toEqual([]);
});

it('finds the contention of several tenants at once', async () => {
  const made = world();
  const record = await played(made, { kind: 'several-tenants' });
  expect(record).toMatchObject({ outcome: 'passed', findings: [], contention: { atOnce: 3 } });
  expect(record.tenants.map(({ restore }) => restore!.backup !== null)).toEqual([true, true, true]);
  expect(Object.keys(made.seen.get('1')!).sort()).toEqual(['1', '2', '3']);
  expect(await made.isClean(record)).toBe(true);
});

it('plays every accident, each restored and undone', async () => {
  const made = world();
  const record = await played(made, { kind: 'accident' });
  expect(record).toMatchObject({ outcome: 'passed', findings: [] });
  expect(record.accidents).toMatchObject(
    ['delete', 'overwrite', 'wipe'].map(accident => ({ accident, restored: true, undone: true })),
  );
  expect(record.accidents!.every(({ damaged }) => damaged > 0)).toBe(true);
  expect(await made.isClean(record)).toBe(true);
});

it('restores the whole system, as the database has it, or a sample with a prediction', async () => {
  const made = world();
  const record = await played(made, { kind: 'whole-system' });
  expect(record).toMatchObject({ outcome: 'passed', prediction: { tenants: 3, restoredTenants: 3 } });
  expect(made.seen.get('all')).toEqual(made.states.at(-1)!.rows);
  const sample = await played(made, { kind: 'whole-system', count: 1 });
  expect(sample.prediction).toMatchObject({ tenants: 3, restoredTenants: 1 });
  expect(MOST_IN_STEPS).toBe(100);
});

it('has a record, an alarm and no scratch database left, wherever a function dies', async () => {
  const made = world();
  const refs = ['1', '3'].map(id => refOf(made.ctx, tenantId(id)));
  for (const lose of [1, 3, 5]) {
    const record = await played(made, { kind: 'single-tenant', refs }, lose);
    expect(record).toMatchObject({ outcome: 'failed', tenants: refs.map(tenant => ({ tenant, outcome: 'failed' })) });
    expect(JSON.stringify(record)).not.toMatch(/acme/);
    expect(await made.isClean(record)).toBe(true);
    expect(made.deps.notices.at(-1)).toMatchObject({ code: 'drill-failed', details: { drill: record.id } });
  }
});

it('ends in a record where it could not begin', async () => {
  const made = world();
  const input = { kind: 'single-tenant' };
  const planned = await planDrill(made.ctx, made.plant, { input, ...START });
  const Cause = causeOf({ code: 'scratch-refused', message: 'The server refuses.', hint: 'h' });
  const error = { Error: 'Holdfast.Refused', Cause };
  const { record } = await endDrill(made.ctx, made.plant, { ...(planned as never as object), error } as never);
  expect(record).toMatchObject({ outcome: 'failed', scratch: null, tenants: [] });
  expect(record.findings).toEqual(['The drill ended early: The server refuses. (scratch-refused)']);
});

it('takes of what is due the kind that was tried least recently, and refuses what is no drill', async () => {
  const made = world();
  const later = { now: () => new Date(Date.now() + 400 * 24 * 3600 * 1000) };
  const ctx = { ...made.ctx, clock: later };
  const start = (input: unknown) => planDrill(ctx, made.plant, { input, ...START });
  const tried: string[] = [];
  for (const _ of SCHEDULED) {
    const planned = await start({ due: true });
    if (!planned.due) throw new Error('Nothing is due.');
    tried.push(planned.job.kind);
    // It fails, and stays due.
    await endDrill(ctx, made.plant, { ...planned, error: { Error: 'States.Timeout' } });
  }
  expect(tried.sort()).toEqual([...SCHEDULED].sort());
  expect(await planDrill(made.ctx, made.plant, { input: { due: true }, ...START })).toEqual({
    due: false,
  });
  await expect(start({ kind: 'region' })).rejects.toMatchObject({ code: 'region-not-configured' });
  await expect(start({ kind: 'game-day' })).rejects.toMatchObject({ code: 'not-a-test-installation' });
  for (const input of [{}, { kind: 'all' }, { due: true, kind: 'accident' }, { kind: 'accident', refs: ['acme'] }])
    await expect(start(input)).rejects.toMatchObject({ code: 'bad-drill' });
});

it('keeps a damaged backup to the tenant whose it is', async () => {
  const made = world();
  const ref = refOf(made.ctx, tenantId('2'));
  for (const { key } of await backups.list(made.ctx.catalog, ref))
    await made.deps.tamper(key, bytes => bytes.subarray(1));
  const record = await played(made, { kind: 'whole-system' });
  expect(record.tenants.filter(({ outcome }) => outcome === 'failed').map(({ tenant }) => tenant)).toEqual([ref]);
  expect(record.tenants.filter(({ outcome }) => outcome === 'passed')).toHaveLength(2);
});
