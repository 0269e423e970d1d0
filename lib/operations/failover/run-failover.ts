/**
 * A fail-over, step by step: drain ▶ freeze ▶ activate ▶ catalog ▶ promote ▶ resume ▶ validate ▶ traffic ▶ snapshots ▶ record.
 * It runs in the region that takes over; a fail-back is the same the other way.
 *
 * Invariants: nothing is promoted before every lease of the other region has ended and this one holds its own; each step
 * can be repeated, and what is written as done is not; the same call with the same id continues after a crash anywhere.
 */

import { sha256Hex } from '../../codec/digest.ts';
import { SourceError } from '../../domain/errors.ts';
import {
  FAILOVER_STEPS,
  type FailoverPlan,
  FailoverRecord,
  type FailoverStep,
  recordOf,
} from '../../domain/failover.ts';
import type { Responsible } from '../../domain/governed-action.ts';
import { requestUnfinished } from '../governance/carry-out-request.ts';
import { findGovernance, putGovernance } from '../governance/governance-document.ts';
import { awaitStep } from './await-step.ts';
import { drainRegion, isUnfinished, settleRegion } from './drain-region.ts';
import {
  doneSteps,
  type FailoverDeps,
  type FailoverRun,
  factOf,
  recordKey,
  regionDeps,
  type StepFacts,
  stepKey,
  writeStep,
} from './failover-steps.ts';
import { regionLease } from './region-lease.ts';
import { logBefore, resumeProtection, takeGapSnapshots } from './resume-protection.ts';
import { activateRegion, freezeRegions, type Takeover } from './take-region.ts';
import { validateFailover } from './validate-failover.ts';

/**
 * The record, and SHA-256 by key of it. `id`: of the request. Throws what its steps throw: then the same call goes on where
 * it stopped. ConflictError `failover-not-drained`: nothing was changed.
 */
export async function runFailover(
  deps: FailoverDeps,
  id: string,
  plan: FailoverPlan,
  responsible: Responsible,
): Promise<{ readonly record: FailoverRecord; readonly records: Readonly<Record<string, string>> }> {
  const before = await findGovernance(deps, recordKey(id), FailoverRecord);
  const record = before ?? (await carriedOut(deps, id, plan, responsible));
  return { record, records: { [recordKey(id)]: sha256Hex(await deps.vault.get(recordKey(id))) } };
}

async function carriedOut(
  given: FailoverDeps,
  id: string,
  plan: FailoverPlan,
  responsible: Responsible,
): Promise<FailoverRecord> {
  const lease = regionLease(regionDeps(given), given.regions.region);
  const deps = { ...given, requireActive: lease.require };
  let run: FailoverRun = { id, plan, responsible, done: await doneSteps(deps, id) };
  for (const step of FAILOVER_STEPS) {
    // Where this region is active already there is nothing to wait for: a fail-over that was given up.
    if (step === 'drain' && (!plan.planned || plan.from === null)) continue;
    if (run.done.some(done => done.step === step)) continue;
    run = { ...run, done: [...run.done, await stepDone(deps, run, step)] };
    if (deps.regions.shared !== undefined) throw requestUnfinished();
  }
  const record = recordOf(
    plan,
    id,
    responsible,
    run.done.map(done => ({ ...done, key: stepKey(id, done.step) })),
  );
  await putGovernance(deps, recordKey(id), record);
  await notifyEnd(deps, record);
  return record;
}

async function stepDone(deps: FailoverDeps, run: FailoverRun, step: FailoverStep) {
  const startedAt = deps.clock.now().toISOString();
  deps.progress?.({ step: `failover.${step}`, message: SENTENCES[step] });
  const facts = await STEPS[step](deps, run).catch(async error => {
    if (!isUnfinished(error)) await notifyFailure(deps, run, step);
    throw error;
  });
  await deps.crash?.('failover.after-work');
  const endedAt = deps.clock.now().toISOString();
  const done = { format: 'holdfast.failover-step/1' as const, id: run.id, step, startedAt, endedAt, ...facts };
  await writeStep(deps, done);
  await deps.crash?.('failover.after-step');
  return done;
}

const STEPS: Readonly<Record<FailoverStep, (deps: FailoverDeps, run: FailoverRun) => Promise<StepFacts>>> = {
  drain: async (deps, run) => ({ facts: await drainRegion(deps, run) }),
  freeze: async (deps, run) => ({
    facts: { state: (await freezeRegions(regionDeps(deps), takeoverOf(deps, run))) ?? null },
  }),
  async activate(deps, run) {
    const frozen = factOf(run, 'freeze', 'state');
    const state = await activateRegion(regionDeps(deps), takeoverOf(deps, run), String(frozen ?? ''));
    return { facts: { term: state.term } };
  },
  async catalog(deps, run) {
    const isWhole = await settleRegion(deps, run);
    return { facts: { ...(await logBefore(deps)), isWhole } };
  },
  async promote(deps, run) {
    const isDone = async () => {
      await deps.requireActive?.();
      return deps.regions.database.promote(run.plan.planned);
    };
    await awaitStep(deps, run, { step: 'promote', seconds: PROMOTE_SECONDS, isDone, late: promotionLate });
    return { facts: {} };
  },
  resume: async (deps, run) => ({
    facts: await resumeProtection(deps, factOf(run, 'catalog', 'end'), {
      logIsWhole: factOf(run, 'catalog', 'isWhole') === true,
      wasLeft: run.plan.from !== null,
    }),
  }),
  async validate(deps, run) {
    const before = { end: factOf(run, 'catalog', 'end'), timeline: factOf(run, 'catalog', 'timeline') };
    const continued = factOf(run, 'resume', 'continued') === true;
    const tenants = await validateFailover(deps, run.id, before, continued);
    return { facts: { tenants: tenants.length }, tenants };
  },
  async traffic(deps) {
    await deps.regions.database.allowWrites();
    await deps.regions.traffic.move(deps.regions.region);
    return { facts: {} };
  },
  async snapshots(deps, run) {
    const { shared } = deps.regions;
    if (shared === undefined) return { facts: await takeGapSnapshots(deps) };
    const started = factOf(run, 'resume', 'continued') !== true;
    if (started) await shared.startSnapshots(run.id);
    return { facts: { started } };
  },
};

/** An Aurora global database may take this long to switch over. */
const PROMOTE_SECONDS = 2 * 3600;

function promotionLate(): SourceError {
  return new SourceError('promotion-failed', 'The database of this region did not accept writes in time.', {
    hint: 'Look at its events in RDS, and at the log of the server. Then repeat the fail-over: it goes on where it stopped.',
  });
}

const SENTENCES: Readonly<Record<FailoverStep, string>> = {
  drain: 'Stopping the application’s writes, and waiting until this region has everything',
  freeze: 'Waiting until no region is active',
  activate: 'Making this region the active one',
  catalog: 'Listing what the vault of this region has',
  promote: 'Promoting the database',
  resume: 'Going on with the change log',
  validate: 'Comparing the database with the vault',
  traffic: 'Leading the application here',
  snapshots: 'Taking the snapshots that the gap requires',
};

function takeoverOf({ regions }: FailoverDeps, { plan, responsible }: FailoverRun): Takeover {
  const { requestedBy: by, reason } = responsible;
  const fenced = plan.fenced.map(region => ({ region, by, reason }));
  const { region, home } = regions;
  return { region, home, fenced, by, reason, planned: plan.planned, ...(plan.automatic && { base: plan.automatic }) };
}

async function notifyFailure(deps: FailoverDeps, { id, plan }: FailoverRun, step: FailoverStep): Promise<void> {
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'failover-failed',
    message: `The fail-over to ${plan.region} stopped at the step ${step}. Repeating the request goes on there.`,
    details: { failover: id, step },
  });
}

async function notifyEnd(deps: FailoverDeps, record: FailoverRecord): Promise<void> {
  const { id, region, offered, doubtful, totalMs } = record;
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'region-changed',
    message: `The region ${region} is active after ${Math.round(totalMs / 1000)} s. ${offered.length} tenants have rows that only the vault has; ${doubtful.length} could not be proved.`,
    details: { failover: id, region, offered: offered.length, doubtful: doubtful.length },
  });
}
