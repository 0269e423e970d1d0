/**
 * A decision table: what policies must decide, written by people and checked by `holdfast policy test`. Each row is a
 * question and its answer.
 */
import * as z from 'zod';
import { PERMISSIONS } from './permission.ts';
import { Role } from './principal.ts';

const Row = z.strictObject({
  /** A user of `people`, or roles (with tenants, for a tenant administrator). */
  who: z.union([
    z.string().min(1),
    z.strictObject({ roles: z.array(Role), tenants: z.array(z.string().min(1)).default([]) }),
  ]),
  action: z.union([z.enum(PERMISSIONS), z.array(z.enum(PERMISSIONS)).min(1)]),
  /** Tenant id. Absent: the installation. */
  tenant: z.string().min(1).exactOptional(),
  /** Circumstances that are true. */
  when: z.array(z.enum(['ownRequest', 'tenantAdministratorDecides', 'held'])).default([]),
  allowed: z.boolean(),
});
export type DecisionRow = z.infer<typeof Row>;

export const DecisionTable = z.strictObject({
  format: z.literal('holdfast.decision-table/1'),
  decisions: z.array(Row).min(1),
});
export type DecisionTable = z.infer<typeof DecisionTable>;
