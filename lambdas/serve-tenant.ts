/**
 * Answers the console about the log of one tenant: when it changed how much, which transactions it was and, for whom the
 * policies let read rows, what they changed, each such read in the audit trail. It reaches no database; what it opens of the
 * tenant it opens in a session for that tenant.
 */
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { ApiEvent } from '../lib/runtime/serve-api.ts';
import { answerAboutTenant } from '../lib/runtime/serve-tenant.ts';

export const handler = storageHandler(ApiEvent, answerAboutTenant);
