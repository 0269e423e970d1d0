/**
 * A drill in many bounded calls: what a state machine is started with, and what its steps pass to each other. Invariants:
 * references, counts and times only, no tenant id and no row; and a drill that has a job ends in a record.
 */
import * as z from 'zod';
import { Acceptance, DrilledAccident, DrilledTenant, DrillScratch } from './drill.ts';
import { DRILL_KINDS, DrillKind } from './drill-kind.ts';
import { InputError } from './errors.ts';
import { TenantRef } from './tenant.ts';

/** Tenants that one drill of a whole system restores in steps; of a larger fleet the rest is predicted. */
export const MOST_IN_STEPS = 100;

const Count = z.number().int().min(1).max(MOST_IN_STEPS);

const Asked = {
  /** Default: those that wait longest. */
  refs: z.array(TenantRef).min(1).max(MOST_IN_STEPS).exactOptional(),
  /** Default: random in each window; of a whole system the newest. */
  moment: z.string().min(1).exactOptional(),
  /** Tenants at once, of `several-tenants`; tenants restored of `whole-system`. */
  count: Count.exactOptional(),
  /** Default: random. */
  seed: z.string().min(1).max(100).exactOptional(),
};

/** The input of run-drill: one drill, or the one that is due and was tried least recently. */
export const DrillRequest = z.union([
  z.strictObject({ due: z.literal(true) }),
  z.strictObject({ kind: DrillKind, ...Asked }),
]);
export type DrillRequest = z.infer<typeof DrillRequest>;

/** InputError `bad-drill`. */
export function parseDrillRequest(input: unknown): DrillRequest {
  const parsed = DrillRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-drill', 'The input is not a drill.', {
    hint: `Pass {"due": true}, or a kind: {"kind": "single-tenant"}. Kinds: ${DRILL_KINDS.join(', ')}. Optional: refs, moment, count (up to ${MOST_IN_STEPS}), seed.`,
  });
}

/** The drill that was decided on. Its scratch database is found by its id. */
export const DrillJob = z.object({
  ...{ id: z.string(), kind: DrillKind, startedAt: z.string(), startedBy: z.string() },
  ...{ ...Asked, seed: z.string() },
});
export type DrillJob = z.infer<typeof DrillJob>;

/** What is done with the tenants of one round. */
export const RoundPhase = z.enum(['restore', 'restore-all', 'singly', 'at-once', 'accident', 'region', 'acceptance']);
export type RoundPhase = z.infer<typeof RoundPhase>;

export const DrillMember = z.object({ tenant: TenantRef, moment: z.string().exactOptional() });
export type DrillMember = z.infer<typeof DrillMember>;

/** Some tenants, so many of them at once. */
const DrillRound = z.object({ phase: RoundPhase, atOnce: z.number().int(), members: z.array(DrillMember) });
export type DrillRound = z.infer<typeof DrillRound>;

export const TenantResult = z.object({
  ...{ tenant: TenantRef, startedAt: z.string(), endedAt: z.string() },
  drilled: DrilledTenant,
  accidents: z.array(DrilledAccident),
  acceptance: z.array(Acceptance),
  findings: z.array(z.string()),
});
export type TenantResult = z.infer<typeof TenantResult>;

/** A tenant whose step failed in a way that it could not report itself: as Step Functions passes it to a Catch. */
const FailedStep = z.object({
  tenant: TenantRef,
  error: z.object({ Error: z.string(), Cause: z.string().optional() }),
});
export type FailedStep = z.infer<typeof FailedStep>;

export const MemberResult = z.union([TenantResult, FailedStep]);
export type MemberResult = z.infer<typeof MemberResult>;

const EndedRound = z.object({ phase: RoundPhase, results: z.array(TenantResult) });
export type EndedRound = z.infer<typeof EndedRound>;

/** Between rounds. `rounds`: those that are left, the running one first. */
export const DrillState = z.object({
  scratch: DrillScratch.nullable(),
  rounds: z.array(DrillRound),
  ended: z.array(EndedRound),
  acceptance: z.array(Acceptance),
  findings: z.array(z.string()),
  phases: z.array(z.object({ phase: z.string(), ms: z.number() })),
});
export type DrillState = z.infer<typeof DrillState>;

export const NOTHING_DONE: DrillState = {
  ...{ scratch: null, rounds: [], ended: [], acceptance: [], findings: [], phases: [] },
};

/** Milliseconds from the first tenant's first call to the last tenant's end. */
export function roundMs(results: readonly Pick<TenantResult, 'startedAt' | 'endedAt'>[]): number {
  if (results.length === 0) return 0;
  const began = results.reduce((least, { startedAt }) => Math.min(least, Date.parse(startedAt)), Number.MAX_VALUE);
  const ended = results.reduce((most, { endedAt }) => Math.max(most, Date.parse(endedAt)), 0);
  return Math.max(0, ended - began);
}
