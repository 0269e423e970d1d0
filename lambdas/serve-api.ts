/**
 * Answers the console and programs with a token, from the catalog. It has no login to the database and no tenant's key, and
 * writes nothing but the audit trail: what needs a tenant's log is the work of serve-tenant.
 */
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { ApiEvent, answerRequest } from '../lib/runtime/serve-api.ts';

export const handler = storageHandler(ApiEvent, (event, tools) => answerRequest('catalog', event, tools));
