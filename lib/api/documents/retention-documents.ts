/** JSON documents of `retention show`, `retention plan` and `retention change`. */
import * as z from 'zod';
import { RETENTION_FIELDS } from '../../domain/policy-change.ts';
import { PolicySimulation } from '../../domain/policy-simulation.ts';
import { RetentionPolicy } from '../../domain/retention.ts';

const Count = z.number().int().nonnegative();

export const TenantRetentionDocument = z.object({
  tenant: z.string().describe('Its reference, as in names of objects.'),
  tenantId: z.string().nullable(),
  policy: RetentionPolicy.describe('In force: the next expiry applies it.'),
  configured: RetentionPolicy,
  waiting: z.array(z.enum(RETENTION_FIELDS)).describe('Configured shorter, and not approved.'),
  undecided: z.boolean().describe('Its own retention is not known: nothing of it expires.'),
  backups: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['snapshot', 'incremental', 'log', 'archive']),
      toTime: z.string(),
      classes: z.array(z.string()),
      keep: z.boolean(),
      reasons: z.array(z.string()).describe('Every reason to keep it, or why it goes.'),
      certainUntil: z.string().nullable().describe('Certainly kept until then; null: not certain beyond today.'),
      lockedUntil: z.string().nullable(),
      held: z.boolean(),
      storedBytes: Count,
    }),
  ),
});

const Shown = z.object({ tenants: z.array(TenantRetentionDocument) }).describe('Of `retention show`.');

const Planned = PolicySimulation.extend({
  usdPerMonth: z
    .number()
    .nullable()
    .describe('At most, by the list price of S3 Standard in each region; null on one machine.'),
}).describe('Of `retention plan`.');

const Changed = z
  .object({
    ...{
      request: z.string(),
      tenant: z.string(),
      action: z.literal('change-policy'),
      state: z.enum(['waiting', 'started', 'done']),
    },
    ...{ planHash: z.string(), plan: z.array(z.string()), approvals: Count, until: z.string() },
    result: z.looseObject({ proof: z.unknown(), records: z.record(z.string(), z.string()) }).nullable(),
  })
  .describe('Of `retention change`.');

export const RetentionDocument = z.union([Shown, Planned, Changed]);
