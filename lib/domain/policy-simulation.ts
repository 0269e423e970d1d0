/**
 * What a change of retention would do, before it is made: part of the plan that people approve. Counts, bytes and dates
 * only. A lock cannot be shortened: what would go and is locked stays until its lock ends, and is listed with that day.
 */
import * as z from 'zod';
import { RetentionPolicy } from './retention.ts';
import { TenantRef } from './tenant.ts';

const Count = z.number().int().nonnegative();

/** Backups that the new policy does not keep and the old one does. */
export const LeavingBackups = z.object({
  backups: Count,
  /** Stored bytes that nothing else needs. */
  bytes: Count,
  /** The moments that they serve, ISO 8601 UTC; null: there are none. */
  oldest: z.string().nullable(),
  newest: z.string().nullable(),
  /** Neither locked nor held: the next expiry removes them. */
  free: Count,
  /** Under a legal hold: they stay until its release. */
  held: Count,
  /** By the day (UTC) on which their locks end, the earliest first. */
  locked: z.array(z.object({ until: z.iso.date(), backups: Count })),
});
export type LeavingBackups = z.infer<typeof LeavingBackups>;

export const SimulatedTenant = z.object({
  tenant: TenantRef,
  before: RetentionPolicy,
  after: RetentionPolicy,
  goes: LeavingBackups,
  /** Backups that legal holds keep, and that would go as well once they are released. */
  onRelease: Count,
  /** Backups that only the new policy keeps, or keeps for longer. */
  staysLonger: Count,
  /** Since when any second can be recovered; null: no snapshot yet. */
  window: z.object({ before: z.string().nullable(), after: z.string().nullable() }),
});
export type SimulatedTenant = z.infer<typeof SimulatedTenant>;

export const PolicySimulation = z.object({
  /** ISO 8601 UTC: the decisions are those of this moment. */
  at: z.string(),
  tenants: z.array(SimulatedTenant),
  /** Runs of the log that all tenants share. */
  log: z.object({ goes: LeavingBackups, staysLonger: Count }),
  /** Bytes of all that goes. */
  bytes: Count,
});
export type PolicySimulation = z.infer<typeof PolicySimulation>;
