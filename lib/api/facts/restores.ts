/** Asking for restores: what the routes take and answer, on one machine and on AWS. */
import * as z from 'zod';
import { RequestOpened } from '../documents/governed-documents.ts';
import { routeFacts } from '../route.ts';

export const REQUEST_RESTORE = routeFacts({
  ...{ id: 'requestRestore', method: 'post', path: '/tenants/{tenant}/restores', group: 'recover', onAws: 'requests' },
  summary: 'Ask for the restore that a preview shows: it waits for approvals, or can be executed at once',
  needs: { permission: 'restore', on: 'tenant' },
  body: z.strictObject({
    preview: z.string().max(100),
    hash: z.string().max(100).describe('Of the preview, as the person saw it.'),
    reason: z.string().trim().min(1).max(2000),
    ticket: z.string().max(200).optional(),
  }),
  answer: RequestOpened,
});
