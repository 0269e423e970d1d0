/** JSON documents of kept previews: what a restore would change, and its rows page by page. */
import * as z from 'zod';
import { Preview } from '../../domain/preview.ts';
import { RestoreMode } from '../../domain/restore-request.ts';
import { NextPage } from '../paging.ts';

const Texts = z.array(z.string().nullable()).describe('In the order of the columns; null is NULL, or masked.');

export const PreviewShown = z.object({
  ...{ id: z.string(), tenant: z.string().describe('Its reference.'), tenantId: z.string() },
  label: z.string().optional(),
  createdAt: z.string(),
  isKept: z.boolean().describe('False: its rows are gone from the database, and it cannot be applied.'),
  keptUntil: z.string().nullable().describe('Null: until it is applied or dropped; or it is gone.'),
  command: z.string().describe('The command line that does the same.'),
  approvals: z.number().int().nonnegative().describe('How many must approve the restore.'),
  isOwn: z.boolean().describe('The caller made it, and can ask for its restore.'),
  preview: Preview.describe('Without samples.'),
});

export const PreviewPage = z.object({
  previews: z.array(
    z.object({
      ...{ id: z.string(), createdAt: z.string(), requestedBy: z.string() },
      isOwn: z.boolean().describe('The caller made it, and can ask for its restore.'),
      isKept: z.boolean().describe('False: its rows are gone from the database, and it cannot be applied.'),
      keptUntil: z.string().nullable().describe('Null: until it is applied or dropped; or it is gone.'),
      mode: RestoreMode,
      undoes: z.string().nullable().describe('The restore that it takes back.'),
      takesBack: z
        .union([z.number().int().positive(), z.literal('all')])
        .nullable()
        .describe('How many transactions it takes back, or all since the target; null: it is no such preview.'),
      target: z.string().describe('As it was asked for.'),
      targetTime: z.string().nullable().describe('Of the target, where it was given as a time.'),
      totals: Preview.shape.totals,
    }),
  ),
  unreadable: z
    .array(z.object({ id: z.string(), code: z.string() }))
    .describe('Plans that were met and cannot be read: altered, or of another version. They cannot be applied.'),
  next: NextPage,
});

export const ChangedRowsShown = z.object({
  table: z.string(),
  columns: z.array(
    z.object({
      ...{ name: z.string(), type: z.string(), isKey: z.boolean() },
      isTenant: z.boolean().describe('Says whose the row is: the same in all rows.'),
      isMasked: z.boolean().describe('Sensitive by the tenant model.'),
    }),
  ),
  rows: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['insert', 'update', 'delete']),
      alongside: z.boolean().describe('Not asked for: others need it, or would be left behind without it.'),
      changed: z.array(z.number().int()).describe('Positions of the columns that change.'),
      before: Texts.nullable().describe('As it is now; null: it is not there.'),
      after: Texts.nullable().describe('As it will be; null: it will not be there.'),
      isStale: z.boolean().describe('The application changed the row since: the restore will be refused.'),
    }),
  ),
  next: NextPage,
});
