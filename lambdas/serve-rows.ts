/**
 * Shows the rows of a preview to whom the policies let read rows, each read in the audit trail before it is made; columns that
 * the tenant model marks as sensitive are masked. Of the functions of the console the only one that logs in to the database;
 * the plan it opens in a session for the one tenant, and it writes nothing there.
 */
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { ApiEvent } from '../lib/runtime/serve-api.ts';
import { answerAboutRows } from '../lib/runtime/serve-rows.ts';

export const handler = storageHandler(ApiEvent, answerAboutRows);
