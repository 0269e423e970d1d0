/**
 * Answers the console about restores that people ask for: previews, requests, decisions, and how far each is. It reaches no
 * database and writes no row: state machines do. Invariants: who asks and who decides is whom the token names, whatever the
 * request says; what it opens of a tenant it opens in a session for that tenant.
 */
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { ApiEvent } from '../lib/runtime/serve-api.ts';
import { answerAboutRequests } from '../lib/runtime/serve-requests.ts';

export const handler = storageHandler(ApiEvent, answerAboutRequests);
