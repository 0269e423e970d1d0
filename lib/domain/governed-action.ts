/**
 * What people can ask for, as documents: one shape for all kinds, so that a restore, a hold and a destruction are asked
 * for, approved, recorded and proved alike (decision 36).
 *
 * Invariant: an approval is for the hash of the plan, and the plan is everything that will be done.
 */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

export const GOVERNED_ACTIONS = [
  'restore',
  'export',
  'hold',
  'release',
  'destroy',
  'change-policy',
  'fail-over',
] as const;
export const GovernedAction = z.enum(GOVERNED_ACTIONS);
export type GovernedAction = z.infer<typeof GovernedAction>;

/** Who is responsible for an execution: part of every record that it leaves. */
export const Responsible = z.object({
  /** Id of the request. */
  request: z.string(),
  requestedBy: z.string(),
  approvedBy: z.array(z.string()),
  reason: z.string(),
  /** Reference in the team's own system. */
  ticket: z.string().exactOptional(),
  planHash: z.string(),
  /** True if it was executed at once, without approvals. */
  brokeGlass: z.boolean(),
});
export type Responsible = z.infer<typeof Responsible>;

/** Plan of one kind, ready to be printed, stored, hashed and approved. */
export const ActionPlan = z.object({
  format: z.literal('holdfast.action-plan/1'),
  action: GovernedAction,
  tenant: TenantRef,
  /** What will be done and what follows from it, one sentence each, without rows and tenant names. */
  sentences: z.array(z.string()),
  /** The plan of the kind. */
  body: z.unknown(),
});
export type ActionPlan = z.infer<typeof ActionPlan>;
