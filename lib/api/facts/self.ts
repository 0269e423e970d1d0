/** Self-service beyond reading: what the routes take and answer, on one machine and on AWS. */
import { CountsAsked, OwnRequest, OwnRequests, RestoreWanted, Work } from '../documents/self-documents.ts';
import { PageAsked } from '../paging.ts';
import { routeFacts } from '../route.ts';

const about = { group: 'self', onAws: 'requests' } as const;
const SEES_REQUESTS = { permission: 'seeRequests', on: 'own' } as const;

export const ASK_OWN_PREVIEW = routeFacts({
  ...{ id: 'askOwnPreview', method: 'post', path: '/self/previews', ...about, status: 202 },
  ...{ summary: 'What a restore would change, in numbers', body: CountsAsked, answer: Work },
  needs: { permission: 'previewRestore', on: 'own', isRecorded: true },
});

export const ASK_OWN_RESTORE = routeFacts({
  ...{ id: 'askOwnRestore', method: 'post', path: '/self/restores', ...about, status: 202 },
  ...{ summary: 'Ask for the restore that a preview showed', body: RestoreWanted, answer: Work },
  needs: { permission: 'restore', on: 'own' },
});

export const LIST_OWN_REQUESTS = routeFacts({
  ...{ id: 'listOwnRequests', method: 'get', path: '/self/requests', ...about },
  ...{ summary: 'What was asked for, the newest first', needs: SEES_REQUESTS },
  ...{ query: PageAsked, answer: OwnRequests },
});

export const READ_OWN_REQUEST = routeFacts({
  ...{ id: 'readOwnRequest', method: 'get', path: '/self/requests/{request}', ...about },
  ...{ summary: 'One request, and how far it is', needs: SEES_REQUESTS, answer: OwnRequest },
});

export const READ_OWN_WORK = routeFacts({
  ...{ id: 'readOwnWork', method: 'get', path: '/self/work/{work}', ...about },
  ...{ summary: 'Work that was begun: its progress and what came of it', answer: Work },
  needs: { permission: 'seeStatus', on: 'own' },
});
