/** The routes of the API that ask for restores, follow them and decide on them. */
import type { FunctionTools, StorageContext } from './function-handler.ts';
import { type ApiEvent, answerRequest } from './serve-api.ts';

export function answerAboutRequests(event: ApiEvent, tools: FunctionTools<StorageContext>) {
  return answerRequest('requests', event, tools);
}
