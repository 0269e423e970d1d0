/** What self-service answers: times, counts and sentences; no positions, no rows, and nothing of another tenant. */
import * as z from 'zod';
import { GOVERNED_ACTIONS } from '../../domain/governed-action.ts';
import { REQUEST_STATES } from '../../domain/governed-request.ts';
import { QUOTA_KINDS } from '../../operations/catalog/tenant-quota.ts';
import { TENANT_STATES } from '../../operations/catalog/tenant-state.ts';
import { NextPage } from '../paging.ts';
import { Problem } from '../problem.ts';

const Count = z.number().int().nonnegative();
const Time = z.string().describe('ISO 8601 UTC.');
const Stretch = z.object({ from: Time, to: Time.nullable().describe('Null: it has not ended.') });

const Quota = z.object({ limit: Count, used: Count, freeAt: Time });

export const OwnState = z.object({
  tenantId: z.string(),
  label: z.string().nullable(),
  state: z.enum(TENANT_STATES),
  tone: z.enum(['good', 'warn', 'bad', 'plain']),
  sentence: z.string().describe('Whether the data is safe.'),
  detail: z.string(),
  ...{ oldest: Time.nullable(), newest: Time.nullable(), newestAgeMs: z.number().nullable() },
  objective: z.object({ recoveryPointSeconds: Count, recoveryTimeSeconds: Count }),
  lastBackup: Time.nullable(),
  lastVerified: z.object({ at: Time, ok: z.boolean() }).nullable(),
  quotas: z.object(
    Object.fromEntries(QUOTA_KINDS.map(kind => [kind, Quota])) as Record<(typeof QUOTA_KINDS)[number], typeof Quota>,
  ),
  approvals: z.object({ restore: Count, export: Count }).describe('How many people must approve each.'),
});

export const OwnTimeline = z.object({
  window: z.array(Stretch).describe('Every moment of these can be restored.'),
  gaps: z.array(Stretch),
  backups: z.array(z.object({ id: z.string(), at: Time, rows: Count })).describe('The newest 200, oldest first.'),
  restores: z.array(z.object({ id: z.string(), at: Time })).describe('When each took effect.'),
});

const OwnRestore = z.object({
  id: z.string(),
  state: z.enum(['committing', 'done', 'failed', 'unknown']),
  at: Time.nullable(),
  targetTime: Time.nullable(),
  reason: z.string().nullable(),
  totals: z.object({ inserted: Count, updated: Count, deleted: Count }).nullable(),
  partial: z.boolean(),
  proved: z.boolean().describe('Compared again after writing: nothing differed.'),
});
export const OwnRestores = z.object({ restores: z.array(OwnRestore), next: NextPage });

export const OwnRequest = z.object({
  id: z.string(),
  action: z.enum(GOVERNED_ACTIONS),
  state: z.enum(REQUEST_STATES),
  ...{ askedAt: Time, until: Time, reason: z.string() },
  plan: z.array(z.string()).describe('What would be done, in sentences.'),
  ...{ approvals: Count, approved: Count.describe('How many have approved.') },
  isOwn: z.boolean().describe('The caller asked for it.'),
  endedAt: Time.nullable(),
});
export type OwnRequest = z.infer<typeof OwnRequest>;
export const OwnRequests = z.object({ requests: z.array(OwnRequest), next: NextPage });

export const RestoreCounts = z.object({
  kind: z.literal('counts'),
  target: z.string().describe('The exact moment.'),
  time: Time.nullable(),
  mode: z.enum(['exact', 'missing-only']),
  totals: z.object({ inserts: Count, updates: Count, deletes: Count, rows: Count }),
  tables: z.array(z.object({ table: z.string(), inserts: Count, updates: Count, deletes: Count })),
  conflicts: z.array(z.object({ table: z.string(), blocking: z.boolean(), explanation: z.string() })),
  preview: z.string().nullable().describe('Id under which exactly this difference is kept; null: nothing differs.'),
  hash: z.string().describe('Of exactly this difference: what is asked for, and approved.'),
  predictedSeconds: z.number(),
});
export type RestoreCounts = z.infer<typeof RestoreCounts>;

const Asked = z.object({
  kind: z.literal('request'),
  request: OwnRequest,
  applied: z.boolean().describe('No approval was needed: it is done.'),
});
const BackedUp = z.object({ kind: z.literal('backup'), id: z.string(), at: Time, rows: Count });

export const WORK_RESULT = z.discriminatedUnion('kind', [RestoreCounts, Asked, BackedUp]);

export const Work = z.object({
  ...{ id: z.string(), work: z.string(), state: z.enum(['running', 'done', 'failed']) },
  ...{ startedAt: Time, endedAt: Time.nullable() },
  progress: z.array(
    z.object({
      ...{ step: z.string(), message: z.string() },
      ...{ done: z.number().optional(), total: z.number().optional(), unit: z.string().optional() },
    }),
  ),
  result: WORK_RESULT.nullable(),
  problem: Problem.nullable(),
});

const Moment = z.string().min(1).max(200).describe('A time with its offset, or `2 hours ago`.');

export const CountsAsked = z.strictObject({
  to: Moment,
  mode: z
    .enum(['exact', 'missing-only'])
    .default('exact')
    .describe('`missing-only`: only rows that are gone come back.'),
});
export const RestoreWanted = z.strictObject({
  preview: z.string().regex(/^[0-9a-z]{9}-[0-9a-z]{8}$/),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('Of the difference that the person saw.'),
  reason: z.string().trim().min(3).max(1000),
});
export const ExportWanted = z.strictObject({
  to: Moment.default('latest'),
  form: z.enum(['sql', 'csv', 'ndjson', 'parquet']).default('csv'),
  reason: z.string().trim().min(3).max(1000),
});
