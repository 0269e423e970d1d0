/** JSON documents of the commands that restore: diff, restore, undo, revert, restores; and the lines of --json=lines. */
import * as z from 'zod';
import { Preview } from '../../domain/preview.ts';
import { GroupOutcome } from '../../domain/restore-group.ts';
import { RestoreRecord } from '../../domain/restore-record.ts';
import { ErrorReport } from './fleet-documents.ts';
import { GovernedDocument } from './request-documents.ts';

const Count = z.number().int().nonnegative();

export const DiffDocument = z.union([
  Preview,
  z
    .object({
      id: z.string().optional().describe('Under which AWS keeps it.'),
      plan: z.string().optional().describe('The file.'),
      preview: Preview,
    })
    .describe('With --out, or on AWS: the difference is kept.'),
]);

const Restored = z.object({
  record: RestoreRecord,
  preview: Preview.nullable().describe('What was applied; null for a restore side by side.'),
  partial: z.literal(true).optional().describe('Tables were excluded by name: exit code 8.'),
  tables: z.record(z.string(), z.string()).optional().describe('Side by side: where the rows of each table are.'),
});

/** Also of `undo`; with --dry-run that of `diff`. */
export const RestoreDocument = z.union([
  Restored,
  ...DiffDocument.options,
  GovernedDocument.describe('Where it waits for approvals.'),
  z
    .object({
      id: z.string(),
      tenants: z.array(
        z.union([z.intersection(z.object({ tenant: z.string() }), GroupOutcome), z.object({ tenant: z.string() })]),
      ),
      remaining: Count,
    })
    .describe('Of many tenants.'),
]);

export const RevertDocument = z.union([Restored, ...DiffDocument.options]);

export const RestoresDocument = z.object({
  restores: z.array(
    z.object({
      ...{ id: z.string(), tenant: z.string(), tenantId: z.string().nullable() },
      state: z.enum(['committing', 'done', 'failed', 'unknown']),
      at: z.string().nullable(),
      place: z.string().nullable(),
      asked: z.string().nullable().describe('The target as requested.'),
      ...{ target: z.string().nullable(), targetTime: z.string().nullable() },
      ...{ requestedBy: z.string().nullable(), approvedBy: z.array(z.string()).nullable() },
      reason: z.string().nullable(),
      totals: RestoreRecord.shape.totals.nullable(),
      partial: z.boolean(),
      proof: z.enum(['same', 'changed']).nullable(),
    }),
  ),
  more: z.boolean(),
});

/** One line of --json=lines. */
export const JsonLine = z.union([
  z.object({
    progress: z.object({
      ...{ step: z.string(), message: z.string() },
      ...{ done: z.number().optional(), total: z.number().optional(), unit: z.string().optional() },
    }),
  }),
  z.object({
    notice: z.looseObject({ severity: z.enum(['info', 'alarm']), code: z.string(), message: z.string() }),
  }),
  z.object({ result: z.unknown() }).describe('The document that --json prints. The last line, unless it follows.'),
  ErrorReport,
]);
