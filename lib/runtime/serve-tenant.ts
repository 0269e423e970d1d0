/**
 * The routes of the API that read the log of one tenant. Invariant: the tenant is opened in a session of its own
 * (tenant-storage.ts), after the policies permitted the request.
 */

import type { FunctionTools, StorageContext } from './function-handler.ts';
import { type ApiEvent, answerRequest } from './serve-api.ts';

export function answerAboutTenant(event: ApiEvent, tools: FunctionTools<StorageContext>) {
  return answerRequest('tenant', event, tools);
}
