/** The routes of the API that show the rows of a preview. */
import type { FunctionTools, StorageContext } from './function-handler.ts';
import { type ApiEvent, answerRequest } from './serve-api.ts';

export function answerAboutRows(event: ApiEvent, tools: FunctionTools<StorageContext>) {
  return answerRequest('rows', event, tools);
}
