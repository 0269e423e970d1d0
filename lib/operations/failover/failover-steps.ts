/**
 * The steps of a fail-over as documents in the vault of the region that takes over: what is written was done, and is not
 * done again. Signed, sealed for the auditors.
 */
import {
  FAILOVER_STEPS,
  type FailoverPlan,
  FailoverRecord,
  type FailoverStep,
  FailoverStepDone,
} from '../../domain/failover.ts';
import { failoverKey, governancePrefix } from '../../domain/governance-key.ts';
import type { Responsible } from '../../domain/governed-action.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Regions } from '../../region-ports.ts';
import type { Context } from '../context.ts';
import { type DocumentDeps, findGovernance, putGovernance, readGovernance } from '../governance/governance-document.ts';
import type { TimeBudget } from '../time-budget.ts';
import type { RegionDeps } from './region-places.ts';

export type FailoverDeps = Context & {
  readonly regions: Regions;
  /** Of one call of a state machine. @default - no limit */
  readonly budget?: TimeBudget;
};

/** A fail-over that is under way. */
export interface FailoverRun {
  readonly id: string;
  readonly plan: FailoverPlan;
  readonly responsible: Responsible;
  readonly done: readonly FailoverStepDone[];
}

export type StepFacts = Pick<FailoverStepDone, 'facts' | 'tenants'>;

export function regionDeps({ regions, signer, clock, random, pause }: Omit<FailoverDeps, 'source'>): RegionDeps {
  const { places, leaseSeconds } = regions;
  return { signer, clock, random, places, leaseSeconds, ...(pause && { pause }) };
}

/** The steps that are done, in order. */
export async function doneSteps(deps: DocumentDeps, id: string): Promise<FailoverStepDone[]> {
  const found: FailoverStepDone[] = [];
  for (const step of FAILOVER_STEPS) {
    const done = await findGovernance(deps, stepKey(id, step), FailoverStepDone);
    if (done) found.push(done);
  }
  return found;
}

export async function writeStep(deps: FailoverDeps, done: FailoverStepDone): Promise<void> {
  await putGovernance(deps, stepKey(done.id, done.step), done);
}

export function stepKey(id: string, step: FailoverStep): string {
  return failoverKey(id, `steps/${step}`);
}

export function recordKey(id: string): string {
  return failoverKey(id, 'record');
}

/** The records of this region, newest first. */
export async function failoverRecords(deps: DocumentDeps): Promise<FailoverRecord[]> {
  const records: FailoverRecord[] = [];
  for await (const key of deps.vault.keys(governancePrefix('failovers', SYSTEM)))
    if (key.endsWith('/record')) records.push(await readGovernance(deps, key, FailoverRecord));
  return records.reverse();
}

/** A fact that an earlier step noted. */
export function factOf(run: Pick<FailoverRun, 'done'>, step: FailoverStep, name: string) {
  return run.done.find(each => each.step === step)?.facts[name] ?? null;
}
