/** Previews: what their routes take and answer, on one machine and on AWS. */
import * as z from 'zod';
import { Component, ownedTables, type TenantModel } from '../../domain/tenant-model.ts';
import { AskedRestore } from '../documents/asked-restore.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { PreviewPage, PreviewShown } from '../documents/preview-documents.ts';
import { PageAsked } from '../paging.ts';
import { routeFacts } from '../route.ts';

export const PREVIEWS = { permission: 'previewRestore', on: 'tenant' } as const;
const about = { group: 'recover', onAws: 'requests' } as const;
/** Whether a preview is still there, the database knows. */
const seen = { group: 'recover', onAws: 'rows' } as const;

export const MAKE_PREVIEW = routeFacts({
  ...{ id: 'makePreview', method: 'post', path: '/tenants/{tenant}/previews', ...about, status: 202 },
  summary: 'Find out what a restore would change; the result of the execution is {preview: its id}',
  ...{ needs: { ...PREVIEWS, isRecorded: true }, body: AskedRestore, answer: ExecutionShown },
});

export const READ_PREVIEW = routeFacts({
  ...{ id: 'readPreview', method: 'get', path: '/tenants/{tenant}/previews/{preview}', ...seen },
  ...{ summary: 'What a restore would change, in numbers', needs: PREVIEWS, answer: PreviewShown },
});

export const LIST_PREVIEWS = routeFacts({
  ...{ id: 'listPreviews', method: 'get', path: '/tenants/{tenant}/previews', ...seen, needs: PREVIEWS },
  ...{ summary: 'Previews of the tenant, the newest first', answer: PreviewPage },
  query: PageAsked.extend({
    kept: z.enum(['true', 'false']).optional().describe('Only those whose rows are still in the database.'),
  }),
});

export const LIST_TABLES = routeFacts({
  ...{ id: 'listTables', method: 'get', path: '/tenants/{tenant}/tables', ...about },
  summary: 'The tables of the tenant model that a restore can name',
  needs: { permission: 'seeTimeline', on: 'tenant' },
  answer: z.object({ tables: z.array(z.object({ table: z.string(), component: Component })) }),
});

export function restorable(model: TenantModel) {
  return ownedTables(model).map(({ table, component }) => ({ table, component }));
}
